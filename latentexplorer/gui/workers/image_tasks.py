"""What new images ask of the threads: plain functions without Qt; everything heavy is imported inside.

Those that take `emit` and `stop` last are jobs' work; the others are questions for the decoder's thread.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Progress
from latentexplorer.gui.workers import decoding
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.on_card import card
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.bring import Given
from latentexplorer.views.code import Code
from latentexplorer.views.new_image import NewImage, png_of, without_code

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.odd_images import Result as Odd
    from latentexplorer.views.reconstructions import Result

MANY, FEW = 200, 32
"""New images that are worth the question whether a card takes less time for them, and how many of them answer it."""


@dataclass(frozen=True, eq=False)
class Source:
    """What a person brings.

    Attributes
    ----------
    name : str
        For a person.
    files : tuple of str
        Files and folders.
    png : callable () or None
        A pasted picture of any shape: makes a PNG file of it.
    image : NewImage or None
        One in the model's shape: drawn, or brought before.
    label : str
        The class that it is encoded with; "" leaves it to its name, or to what fits best.
    kept : bool
        Whether a picture that lies nowhere is kept with the run, so that figures can name it.
    selected : bool
        Whether a single one becomes the selection too.
    """

    name: str
    files: tuple[str, ...] = ()
    png: Callable[[], bytes] | None = None
    image: NewImage | None = None
    label: str = ""
    kept: bool = True
    selected: bool = False


@dataclass(frozen=True, eq=False)
class Seeking:
    """New images are read, their codes are sought."""

    images: tuple[NewImage, ...]


@dataclass(frozen=True, eq=False)
class Brought:
    """New images with their codes.

    Attributes
    ----------
    codes : tuple of Code
    notes : tuple of str
        What was left out, for a person.
    """

    codes: tuple[Code, ...]
    notes: tuple[str, ...]


def bring(run: Trained, source: Source, emit: Report, stop: StopToken) -> Brought:
    """Read new images and find their codes. A fit is reported as it moves, and keeps what it has when it is stopped."""
    from latentexplorer.views import bring as views

    emit(Progress(0, 0, f"reading {source.name}"))
    given = _given(run, source, emit, stop)
    stop.check()
    if source.kept:
        given = replace(given, images=[_kept(run, image, source.name) for image in given.images])
    emit(Seeking(tuple(given.images)))

    def sought(where: Trained) -> list[Code]:
        return views.bring(where, given, source.label, watched=True, emit=emit, stop=stop)

    if len(given.images) < MANY:
        return Brought(tuple(sought(run)), given.notes)
    few = replace(given, images=given.images[:FEW], labels=given.labels[:FEW])
    codes = card.at_best(run, "bring", lambda where: views.bring(where, few, source.label, stop=stop), sought)
    return Brought(tuple(codes), given.notes)


def _given(run: Trained, source: Source, emit: Report, stop: StopToken) -> Given:
    from latentexplorer.views.bring import read

    if source.image is not None:
        return Given([source.image], [""])
    if source.png is None:
        return read(run, source.files, emit=emit, stop=stop)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pasted.png"
        path.write_bytes(source.png())
        given = read(run, [str(path)], emit=emit, stop=stop)
    return Given([replace(image, name=source.name, files=()) for image in given.images], [""])


def _kept(run: Trained, image: NewImage, name: str) -> NewImage:
    """The image, with a file that it lies in: of the run's own, where it has none yet and the run has a folder."""
    if image.files or run.path is None:
        return image
    try:
        return replace(image, files=(run.folder().keep_picture(name, png_of(image.pixels)),))
    except LatentExplorerError as error:
        return replace(image, notes=(*image.notes, f"not kept with the run: {error.what}"))


def encode(run: Trained, image: NewImage, label: str) -> tuple[Code, Array]:
    """A question, for models with an encoder: the code of an image, and its decode (1, H, W', C)."""
    from latentexplorer.views import bring as views

    code = views.bring(run, Given([image], [""]), label)[0]
    return code, decoding.decode_as(run, code.z[None], code.y)


def encode_again(run: Trained, code: Code) -> tuple[Code, Array]:
    """A question: the code of the same new image by newer weights, and its decode (1, H, W', C).

    Where they give none, the code stays what it was.
    """
    assert code.image is not None
    label = "" if code.y is None else run.class_names[code.y]
    try:
        found, decoded = encode(run, code.image, label)
    except LatentExplorerError:
        return code, decoding.decode_as(run, code.z[None], code.y)
    return replace(code, z=found.z, scale=found.scale), decoded


def encode_all_again(run: Trained, codes: tuple[Code, ...]) -> tuple[Code, ...]:
    """A question: the codes of the same new images by newer weights."""
    return tuple(encode_again(run, code)[0] for code in codes)


def pictures_of(run: Trained, codes: Sequence[Code]) -> Result | Refused:
    """A question: new images beside the decodes of their codes."""
    from latentexplorer.views.reconstructions import of_new_images

    try:
        return of_new_images(run, codes)
    except LatentExplorerError as error:
        return Refused.of(error)


def odd_images(run: Trained, codes: Sequence[Code], count: int, emit: Report, stop: StopToken) -> Odd | Refused:
    """A job: the oddest of new images, all of which are encoded or fitted as held-out ones are."""
    from latentexplorer.views.bring import bring
    from latentexplorer.views.odd_images import of_new_images

    names = run.class_names
    images = [without_code(code.image) for code in codes if code.image is not None]
    labels = ["" if code.label is None else names[code.label] for code in codes if code.image is not None]

    def found(where: Trained) -> Odd:
        return of_new_images(where, Given(images, labels), count, emit=emit, stop=stop)

    def piece(where: Trained) -> object:
        return bring(where, Given(images[:FEW], labels[:FEW]), "", stop=stop)

    try:
        return card.at_best(run, "bring", piece, found) if len(images) >= MANY else found(run)
    except LatentExplorerError as error:
        return Refused.of(error)
