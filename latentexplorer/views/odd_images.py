"""The oddest images of a set: those that are given back worst, beside held-out ones, and where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import amount_text
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import PART_NAMES, Array, Part, Pictures, SnapshotSettings, View, count_text
from latentexplorer.views.bring import MOST as MOST_NEW
from latentexplorer.views.bring import encoding_classes, notes_of, read
from latentexplorer.views.lookup import at_epoch, code_note, decode, originals
from latentexplorer.views.new_image import Files
from latentexplorer.views.reconstructions import chosen

if TYPE_CHECKING:
    from latentexplorer.latent.oddness import HeldOut
    from latentexplorer.runs import Trained
    from latentexplorer.views.bring import Given

MOST_SHOWN = 500
MOST_HELD_OUT = 2000
FULL = 6.0
"""Spreads from which on a pixel of a map is as bright as it can be."""
BRIGHTER, DARKER = (1.0, 0.62, 0.2), (0.3, 0.62, 1.0)
MAP_WORDS = "Misfit: orange where an image is brighter than its decode, blue darker, by up to 6 usual spreads"


class Settings(SnapshotSettings):
    """Which images, and how many of the oddest."""

    part: Part = Field("test", title="Images", description="Training or held-out images.")
    label: str = Field("", max_length=200, title="Class", description="Only images of this class. Empty: all.")
    count: int = Field(8, ge=1, le=MOST_SHOWN, title="Count", description="How many of the oddest images.")
    limit: int = Field(
        MOST_HELD_OUT,
        ge=1,
        le=1_000_000,
        title="Measured",
        description="Images of the run measured at most, evenly spread.",
    )
    images: Files = Field(
        (),
        max_length=MOST_NEW,
        title="New images",
        description="Files or folders of images that are none of the data, instead of the above.",
    )
    new_limit: int = Field(
        MOST_NEW, ge=1, le=1_000_000, title="New images measured", description="Of those measured at most."
    )


@dataclass(frozen=True)
class Result(Pictures):
    """The B oddest of m images, the oddest first.

    Attributes
    ----------
    originals : (B, H, W, C) uint8
    images : (B, H, W, C) float32
        Their decodes.
    maps : (B, H, W) float32
        Where they do not fit: residuals in units of the usual spread at each pixel.
    errors : (B,) float64
        Root mean squared, on [0, 1].
    p : (B,) float64
        Part of the images each is held against, itself counted, that are given back as badly: a p-value where `ranks`
        is False, else a rank among the training images.
    q : (B,) float64
        The least false discovery rate at which each is one, among all m (Benjamini and Hochberg).
    against : (B,) int64
        How many images each is held against.
    learned : (B,) bool
        Which are images that the model was trained on.
    names : tuple of B str
        Their files where they are files.
    measured : int
        m.
    ranks : bool
    new : bool
        Whether they are none of the data.
    below : int
        How many of the m have p ≤ 0.05.
    expected : float
        How many of them are expected to by chance: 0.05 m, or fewer where few images were held out.
    smallest : float
        The smallest p there can be.
    """

    originals: Array
    images: Array
    maps: Array
    errors: Array
    p: Array
    q: Array
    against: Array
    learned: Array
    names: tuple[str, ...]
    measured: int
    ranks: bool
    new: bool
    below: int
    expected: float
    smallest: float

    @property
    def pictures(self) -> Array:
        """The maps as pictures (B, H, W, 3) float32 in [0, 1]."""
        return map_pictures(self.maps)

    def words(self, row: int) -> str:
        """How odd an image is, for a caption: its p, or its rank where it was learned."""
        if self.ranks:
            return f"rank {row + 1}"
        return f"p {share_text(float(self.p[row]))}" + (" (learned)" if self.learned[row] else "")


def map_pictures(z: Array) -> Array:
    """Maps of what does not fit (B, H, W) as pictures (B, H, W, 3) float32 in [0, 1], black where all is as usual."""
    strength = np.clip(np.abs(z) / FULL, 0, 1)[..., None]
    hue = np.where((z > 0)[..., None], BRIGHTER, DARKER)
    return np.asarray(strength * hue, np.float32)


def share_text(share: float) -> str:
    """A p-value: two digits that count."""
    return f"{share:.2f}" if share >= 0.095 else f"{share:.2g}" if share >= 1e-4 else f"{share:.0e}"


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Measure the images and find the oddest."""
    from latentexplorer.latent.oddness import refuse_mixtures

    refuse_mixtures(trained)
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    shown.data = trained.data
    if settings.images:
        given = read(shown, settings.images, most=settings.new_limit, emit=emit, stop=stop)
        most, label = settings.limit, settings.label
        return of_new_images(shown, given, settings.count, label=label, most=most, emit=emit, stop=stop)
    return _of_part(shown, settings, emit, stop)


def _of_part(trained: Trained, settings: Settings, emit: Emit, stop: StopToken) -> Result:
    """Images of the run, each beside the others of its part."""
    from latentexplorer.latent.naming import named
    from latentexplorer.latent.oddness import expected_by_chance, learned, measured, q_values, some

    part, of_train = settings.part, settings.part == "train"
    every = chosen(trained, trained.codes_of(part), (), settings.label)
    codes = some(every, settings.limit)
    usual = measured(trained, part, codes, emit=emit, stop=stop)
    p, against = usual.judge(usual.errors, usual.labels, own=True)
    q = q_values(p)
    order = _oddest(p, usual.errors, settings.count)
    scale, notes = usual, []
    if of_train:
        scale, note = _held_out(trained, usual, emit, stop)
        notes.append(note)
    else:
        notes.append("One in twenty has p ≤ 0.05 by definition, as each is held against the others: the order tells")
    if len(codes) < len(every):
        notes.append(f"{len(codes):,} of {len(every):,} are measured, evenly spread")
    x = originals(trained, part, codes.index[order])
    x_hat = decode(trained, codes.loc[order], _labels(codes.labels, order), emit=emit, stop=stop)
    files = named(trained, part, codes.index[order]).file
    names = [f"image {at}" for at in codes.index[order]] if files is None else [str(name) for name in files]
    which = count_text(len(codes), f"{PART_NAMES[part]} image")
    name = f" of class {settings.label}" if settings.label else ""
    return Result(
        originals=x,
        images=x_hat,
        maps=scale.misfit(x, x_hat),
        errors=usual.errors[order],
        p=p[order],
        q=q[order],
        against=against[order] - 1,
        # A held-out image may be there twice, and once have been learned.
        learned=np.full(len(order), True) if of_train else learned(trained, x),
        names=tuple(names),
        measured=len(codes),
        ranks=of_train,
        new=False,
        below=int((p <= 0.05).sum()),
        expected=expected_by_chance(against - 1),
        smallest=float(1 / against.max()),
        index=codes.index[order],
        labels=_labels(codes.labels, order),
        class_names=trained.class_names,
        part=part,
        title="Odd images",
        subtitle=f"the {len(order)} oddest of {which}{name}",
        notes=(*notes, *_few(len(codes) - 1, of_train), MAP_WORDS, *code_note(trained)),
    )


def _held_out(trained: Trained, usual: HeldOut, emit: Emit, stop: StopToken) -> tuple[HeldOut, str]:
    """What maps of training images are drawn by, and how much smaller their errors are than held-out ones."""
    from latentexplorer.latent.oddness import as_new, measured

    what = "These were learned: ranks among the training images, and no p-values"
    try:
        other = measured(trained, "test", as_new(trained, emit=emit, stop=stop), emit=emit, stop=stop)
    except LatentExplorerError:
        return usual, f"{what}. No images were held out to compare them with"
    return other, (
        f"{what}. Median error {np.median(usual.errors):.3f}, of {len(other):,} held-out images "
        f"{np.median(other.errors):.3f}"
    )


def of_new_images(
    trained: Trained,
    given: Given,
    count: int,
    *,
    label: str = "",
    most: int = MOST_HELD_OUT,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Result:
    """The oddest of images that are none of the data, beside held-out ones, `most` of them; `index` counts them.

    Parameters
    ----------
    label : str
        The class that all are decoded with by a conditional model; "" leaves it to their names, then to what fits best.
    """
    from latentexplorer.latent.codes import infer
    from latentexplorer.latent.oddness import (
        LEAST,
        as_new,
        errors_of,
        expected_by_chance,
        learned,
        measured,
        q_values,
        refuse_mixtures,
        residuals,
    )

    refuse_mixtures(trained)
    reference = as_new(trained, most=most, emit=emit, stop=stop)
    usual = measured(trained, "test", reference, emit=emit, stop=stop)
    x = np.stack([image.pixels for image in given.images])
    y, why = encoding_classes(trained, x, given.labels, label, emit, stop)
    codes = infer(trained, x, y, emit=emit, stop=stop).codes
    x_hat = decode(trained, codes.loc, y, emit=emit, stop=stop)
    errors = errors_of(residuals(x, x_hat))
    # A class that was looked for fits better than one that is known: such an image is held against all.
    told = None if y is None else np.where([_is_told(reason) for reason in why], y, -1)
    p, against = usual.judge(errors, told)
    q, known = q_values(p), learned(trained, x)
    order = _oddest(p, errors, count)
    below, expected = int((p <= 0.05).sum()), expected_by_chance(against)
    notes = [_chance(below, len(p), expected, int((q <= 0.1).sum()))]
    if known.any():
        notes.append(
            f"{int(known.sum())} of {len(known):,} are images that the model learned: their errors say little "
            f"(marked learned)"
        )
    if told is not None and (told < 0).any():
        unknown = int((told < 0).sum())
        notes.append(f"{unknown} of unknown class: decoded as the one that fits best, beside all held-out images")
    if told is not None and (thin := usual.thin(told)).any():
        classes = ", ".join(trained.class_names[number] for number in np.unique(told[thin]))
        notes.append(f"Of {classes} there are fewer than {LEAST} held-out images: those are held against all classes")
    return Result(
        originals=x[order],
        images=x_hat[order],
        maps=usual.misfit(x[order], x_hat[order]),
        errors=errors[order],
        p=p[order],
        q=q[order],
        against=against[order],
        learned=known[order],
        names=tuple(given.images[at].files[0] if given.images[at].files else given.images[at].name for at in order),
        measured=len(p),
        ranks=False,
        new=True,
        below=below,
        expected=expected,
        smallest=float(1 / (1 + against.max())),
        index=order,
        labels=_labels(y, order),
        class_names=trained.class_names if y is not None else (),
        part="test",
        title="Odd images",
        subtitle=f"the {len(order)} oddest of {count_text(len(p), 'new image')}, "
        f"p beside {count_text(len(usual), 'held-out image')}",
        notes=(
            *notes,
            *given.notes,
            *_few(len(usual), False),
            MAP_WORDS,
            *code_note(trained),
            *notes_of(given.images),
        ),
    )


def _is_told(reason: str) -> bool:
    """Whether an image's class was said, and not looked for."""
    return "fits best" not in reason


def _oddest(p: Array, errors: Array, count: int) -> Array:
    """Rows of the oddest, the oddest first: by p, and by error where p is the same."""
    worst = np.nan_to_num(errors, nan=np.inf)
    order: Array = np.lexsort((-worst, p))[:count]
    return order


def _labels(labels: Array | None, rows: Array) -> Array | None:
    return None if labels is None else labels[rows]


def _chance(below: int, count: int, expected: float, found: int) -> str:
    """How many of new images are odd, and how many would be by chance."""
    by_chance = amount_text(expected, 2)
    return (
        f"{below:,} of {count:,} have p ≤ 0.05, where {by_chance} are expected by chance; {found:,} with q ≤ 0.1 "
        "(Benjamini and Hochberg), at most a tenth of them by chance in the mean"
    )


def _few(count: int, ranks: bool) -> Sequence[str]:
    """What so few held-out images can tell at most."""
    from latentexplorer.latent.oddness import LEAST

    if ranks or count >= LEAST:
        return ()
    if not count:
        return ("No other image is held out: nothing tells how odd it is",)
    beside = count_text(count, "held-out image")
    return (f"Beside {beside} the smallest possible p is {1 / (1 + count):.2g}: 0.05 takes {LEAST} of them",)


VIEW = View(Settings, compute)
