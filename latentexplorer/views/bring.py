"""New images brought to a run: read, brought to the shape that its model knows, and given codes.

A model with an encoder answers at once; without one a code is fitted to each image, from several starts, which can be
watched and stopped. A conditional model is told the class that the image's folder or file is named after, or one that
was chosen, or the class that fits best. A model that takes mixtures apart is given one image, the mixture, or two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError, NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import expanded, is_folder, is_there
from latentexplorer.data.class_matching import match_classes
from latentexplorer.data.subsets import spaced
from latentexplorer.views.base import Array, count_text
from latentexplorer.views.code import Code
from latentexplorer.views.lookup import class_number, decode, is_conditional, rmse
from latentexplorer.views.new_image import NewImage

if TYPE_CHECKING:
    from latentexplorer.data import ImageSet
    from latentexplorer.runs import Trained

MOST = 500
"""New images that are brought at once, at most."""
FEW = 16
"""So many are fitted with all care; each of more is fitted once."""
STARTS, STEPS = 4, 150
DARK = 48
"""Grey level up to which the ground of a run's images is clearly dark."""
FIRST = 100
"""Images of a run that its ground is judged by."""
NAMED = 3
"""Files that are left out and said by name, at most."""


@dataclass(frozen=True, eq=False)
class Given:
    """New images in the shape that a run's model knows.

    Attributes
    ----------
    images : list of NewImage
    labels : list of str
        What the class of each is called, "" where it is not said.
    notes : tuple of str
        What was left out, for a person.
    """

    images: list[NewImage]
    labels: list[str]
    notes: tuple[str, ...] = ()


# -- reading -----------------------------------------------------------------------------------------------------------


def read(
    trained: Trained, files: Sequence[str], *, most: int = MOST, emit: Emit = ignore, stop: StopToken = NEVER
) -> Given:
    """Images in files and folders, as `NewImage.files` names them; `most` of them, evenly spread in each.

    Raises
    ------
    DataError
        Where none of them holds an image that can be read.
    """
    found, wrong = Given([], []), []
    notes: list[str] = []
    for file in files:
        stop.check()
        try:
            some = _read(trained, file, most, emit, stop)
        except DataError as error:
            if len(files) == 1:
                raise
            wrong.append(f"{Path(file).name} ({error.what})")
            continue
        notes += some.notes
        found = Given([*found.images, *some.images], [*found.labels, *some.labels])
    if not found.images:
        raise DataError(f"None of these can be read as images: {_some(wrong)}", "Bring pictures, arrays or a folder")
    if wrong:
        notes.append(f"{count_text(len(wrong), 'file')} left out: {_some(wrong)}")
    if len(found.images) > most:
        notes.append(f"the first {most} of {len(found.images):,} images are explored")
    return Given(found.images[:most], found.labels[:most], tuple(dict.fromkeys(notes)))


def _read(trained: Trained, file: str, most: int, emit: Emit, stop: StopToken) -> Given:
    from latentexplorer.runs.images_like import images_like

    path, position = _place(trained, file)
    seen: list[int] = []
    choose = partial(_some_of, seen, most) if position is None else partial(_only, position)
    images = images_like(trained, path, skip_unreadable=is_folder(path), choose=choose, emit=emit, stop=stop)
    names = [str(name) for name in images.columns["file"]] if "file" in images.columns else None
    found, labels = [], []
    rows = np.arange(len(images)) if images.ids is None else images.ids
    for at in range(len(images)):
        if is_folder(path) and names is not None:
            name, where = Path(names[at]).name, str(path / names[at])
        elif names is not None or (len(images) == 1 and position is None):
            name, where = path.name, str(path)
        else:
            row = int(rows[at]) if position is None else position
            name, where = f"{path.name} {row}", f"{path}#{row}"
        notes = tuple(_of_one(note, name) for note in images.notes) if len(images) == 1 else images.notes
        found.append(NewImage(images.images[at], name, (where,), notes))
        labels.append(_label(trained, images, at, Path(where)))
    said = []
    if images.left_out:
        said.append(f"{count_text(len(images.left_out), 'file')} left out: {_some(images.left_out)}")
    if seen and seen[0] > most:
        said.append(f"{most} of the {seen[0]:,} images of {path.name} are explored, evenly spread")
    return Given(found, labels, tuple(said))


def _some_of(seen: list[int], most: int, count: int) -> Array:
    """At most so many positions; how many there are is noted in `seen`."""
    seen.append(count)
    return spaced(count, most)


def _of_one(note: str, name: str) -> str:
    """What is said of a set of one image, as it is said of an image."""
    alone = re.sub(r"^1 (\w+ )?images?:? ", "", note).replace(", 1 of them ", ", ")
    alone = alone.removesuffix(f": {name}").replace(" of their ", " of its ")
    return alone.replace("among colour ones, their grey repeated", "grey repeated as red, green and blue")


def _only(position: int, count: int) -> Array:
    if position >= count:
        raise DataError(f"There is no image {position}", f"There are {count:,}")
    return np.array([position])


def _place(trained: Trained, file: str) -> tuple[Path, int | None]:
    """The path that a text names, and the position in what it holds; within the run's folder where it is there."""
    name, sharp, number = file.rpartition("#")
    for text, position in ((file, None), (name, int(number) if sharp and number.isdecimal() else None)):
        if text and (position is not None or text == file):
            path = expanded(text)
            own = None if path.is_absolute() or trained.path is None else trained.path / path
            for place in (own, path):
                if place is not None and is_there(place):
                    return place.absolute(), position
    return expanded(file).absolute(), None


def _label(trained: Trained, images: ImageSet, at: int, path: Path) -> str:
    """The class of an image by name: its own, else what its folder or file is called, where the run knows such one."""
    own = "" if images.labels is None else images.class_names[int(images.labels[at])]
    for name in filter(None, (own, path.parent.name, path.stem)):
        matched = match_classes(trained.class_names, [name])
        if not matched.unknown:
            return matched.names[int(matched.numbers[0])]
    return ""


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


# -- codes -------------------------------------------------------------------------------------------------------------


def bring(
    trained: Trained,
    given: Given,
    label: str = "",
    *,
    watched: bool = False,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> list[Code]:
    """Codes of new images: encoded, or fitted. The same images and run give the same codes.

    Parameters
    ----------
    label : str
        The class of all of them, by name or number, for conditional models; "" leaves it to `Given.labels`, then to
        the class that fits best.
    watched : bool
        Whether a fit is reported step by step, and keeps what it has when it is stopped.

    Raises
    ------
    NotApplicableError
        Where a model that takes mixtures apart is given more than two, or the model gives no numbers.
    """
    from latentexplorer.latent.codes import infer

    if trained.config.model.kind.separates:
        return [_mixture(trained, given.images)]
    pixels = np.stack([image.pixels for image in given.images])
    y, why = encoding_classes(trained, pixels, given.labels, label, emit, stop)
    careful = len(pixels) <= FEW
    starts, steps = (STARTS, STEPS) if careful else (1, None)
    inferred = infer(trained, pixels, y, steps=steps, starts=starts, watched=watched, emit=emit, stop=stop)
    _check(inferred.codes.loc)
    encoded = trained.config.model.kind.encoder
    stopped = watched and stop.requested
    codes = []
    for at, image in enumerate(given.images):
        notes = list(image.notes)
        if y is not None:
            notes.append(why[at])
        if not encoded:
            began = f"the best of {STARTS} starts began" if careful else "begun"
            cut = f", stopped after {inferred.steps_taken} steps" if stopped else ""
            notes.append(f"fitted after epoch {trained.epoch}{cut}: {began} at {inferred.started_at[at]}")
        scale = None if inferred.codes.scale is None else inferred.codes.scale[at]
        klass = None if y is None else int(y[at])
        known = trained.class_names.index(given.labels[at]) if given.labels[at] else None
        words = f"{image.name}, {'encoded' if encoded else 'fitted'}"
        words += f" as {trained.class_names[klass]}" if klass is not None else ""
        kept = replace(image, notes=tuple(notes))
        codes.append(Code(inferred.codes.loc[at], klass, how=words, scale=scale, label=known, image=kept))
    return codes


def encoding_classes(
    trained: Trained, pixels: Array, labels: Sequence[str], label: str, emit: Emit, stop: StopToken
) -> tuple[Array | None, list[str]]:
    """The class that each image (N, H, W, C) is encoded with and why that; None where the model is told none."""
    if not is_conditional(trained):
        return None, []
    names = trained.class_names
    if label:
        number = class_number(trained, label)
        return np.full(len(pixels), number, np.int64), [f"encoded as {names[number]}, as chosen"] * len(pixels)
    y = np.array([names.index(name) if name else -1 for name in labels], np.int64)
    why = [f"encoded as {name}, by its name" for name in labels]
    open_rows = np.flatnonzero(y < 0)
    if len(open_rows):
        best = best_classes(trained, pixels[open_rows], emit=emit, stop=stop)
        for row, number in zip(open_rows, best, strict=True):
            y[row] = number
            why[row] = f"encoded as {names[number]}, which fits best of {len(names)} classes"
    return y, why


def best_classes(trained: Trained, pixels: Array, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Array:
    """The class of each image (N, H, W, C) whose code gives it back with the least error, (N,) int64."""
    from latentexplorer.latent.codes import infer

    errors = []
    for number in range(trained.num_classes):
        y = np.full(len(pixels), number, np.int64)
        codes = infer(trained, pixels, y, stop=stop).codes
        errors.append(rmse(decode(trained, codes.loc, y, stop=stop), pixels))
    best: Array = np.argmin(np.stack(errors), axis=0).astype(np.int64)
    return best


def _mixture(trained: Trained, images: Sequence[NewImage]) -> Code:
    """The code of a mixture: of two images as in training, or of one that is the mixture itself."""
    from latentexplorer.models.encoding import encode_mixture

    image = as_one(trained, images)
    z = encode_mixture(trained.model, images[0].pixels, images[1].pixels if len(images) == 2 else None)
    _check(z)
    return Code(z, how=f"{image.name}, {'taken apart' if image.mixture else 'mixed'}", image=image)


def as_one(trained: Trained, images: Sequence[NewImage]) -> NewImage:
    """What stands beside a decode: the image; for a model that takes mixtures apart the mixture, or both images.

    Raises
    ------
    NotApplicableError
        For more images than that.
    """
    model = trained.config.model
    if len(images) > (2 if model.kind.separates else 1):
        raise NotApplicableError(
            f"{model.kind.title} takes a mixture of two images apart, and these are {len(images)}"
            if model.kind.separates
            else f"One image has one code, and these are {len(images)}",
            "Bring one, the mixture itself, or two to be mixed" if model.kind.separates else "Choose one of them",
        )
    first, last = images[0], images[-1]
    if not model.kind.separates:
        return first
    if len(images) == 1:
        note = "taken as the mixture itself; bring two images to have them mixed"
        return replace(first, notes=(*first.notes, note), mixture=True)
    notes = (*first.notes, *last.notes, f"mixed: their {model.mixture}")
    pixels = np.concatenate([first.pixels, last.pixels], axis=1)
    files = (*first.files, *last.files) if first.files and last.files else ()
    return NewImage(pixels, f"{first.name} and {last.name}", files, tuple(dict.fromkeys(notes)))


def _check(z: Array) -> None:
    if not np.isfinite(z).all():
        raise NotApplicableError(
            "The model gives no finite code for this image", "Train it with a lower learning rate, or open another run"
        )


def border(images: Array) -> float:
    """Grey level at the edges of images (N, H, W, C): the median of the means of their four sides."""
    sides = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    return float(np.median([side.mean() for side in sides]))


def on_dark(trained: Trained) -> bool:
    """Whether a run's images are bright on a dark ground, as far as that is known."""
    known = _some_images(trained)
    return known is None or border(known) < 128


def negative(trained: Trained, image: NewImage) -> bool:
    """Whether a new image has a bright ground where the run's images have a dark one, or the other way."""
    known = _some_images(trained)
    if known is None:
        return False
    theirs, own = border(known), border(image.pixels[None])
    # Photographs have a ground of any grey: only what is clearly dark or clearly bright has an opposite.
    return (theirs < DARK and own > 255 - 2 * DARK) or (theirs > 255 - DARK and own < 2 * DARK)


def _some_images(trained: Trained) -> Array | None:
    """The first few images that a run learned from, (N, H, W, C) uint8."""
    if trained.data is None or not len(trained.data.train):
        return None
    return np.asarray(trained.data.train.images[:FIRST])


def notes_of(images: Sequence[NewImage]) -> tuple[str, ...]:
    """What was done to several images, each note once, with a count where it is not true of all."""
    counts = Counter(note for image in images for note in dict.fromkeys(image.notes))
    return tuple(
        note if count == len(images) else f"{count} of {len(images)}: {note}" for note, count in counts.items()
    )
