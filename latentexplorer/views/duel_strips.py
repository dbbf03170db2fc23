"""What two models make of the same image, of the same path, and of dimensions that match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import PART_NAMES, Array, Part
from latentexplorer.views.code_path import classes_along
from latentexplorer.views.duel_pairs import Pairs, paired
from latentexplorer.views.lookup import decode, is_conditional, rmse

if TYPE_CHECKING:
    from latentexplorer.latent.duel import Matches
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

IMAGE_WORDS = "write an image of the first run, such as test:3"


@dataclass(frozen=True)
class End:
    """An image that both models know, with its code in each.

    Attributes
    ----------
    pick : str
        `test:3`, a position in the first run.
    title : str
        "Sandal, held-out image 3".
    z : ((D,), (E,)) float32
    y : (int or None, int or None)
        Its class as each run counts them.
    original : (H, W, C) uint8 or None
    """

    pick: str
    title: str
    z: tuple[Array, Array]
    y: tuple[int | None, int | None]
    original: Array | None


@dataclass(frozen=True)
class Strips:
    """Rows of S decodes of the first and of the second model.

    Attributes
    ----------
    paths : two of (S, H, W, C) float32
        Straight from the code of the one end to that of the other.
    pulled : two of (R, S, H, W, C) float32
        Dimensions of the first R matches, pulled over their range from the first end; one that falls where its partner
        rises goes the other way round.
    values : two of (R, S) float64
        What the dimensions are there.
    """

    paths: tuple[Array, Array]
    pulled: tuple[Array, Array]
    values: tuple[Array, Array]

    @property
    def rows(self) -> int:
        """R."""
        return len(self.values[0])


@dataclass(frozen=True)
class SameImage:
    """One image through both models.

    Attributes
    ----------
    end : End
    images : two of (H, W, C) float32
    errors : (float, float)
        Root mean squared on [0, 1]; NaN where the image itself is not there.
    """

    end: End
    images: tuple[Array, Array]
    errors: tuple[float, float]


def checked_image(pick: str) -> str:
    """A pick that names an image, or none.

    Raises
    ------
    ValueError
    """
    if pick:
        part, _, position = pick.partition(":")
        if part not in PART_NAMES or not position.isdecimal():
            raise ValueError(f"{pick!r}: {IMAGE_WORDS}")
    return pick


def end_at(pairs: Pairs, row: int) -> End:
    """The image of a row."""
    ours, theirs = pairs.codes
    position = int(ours.index[row])
    labels = tuple(None if codes.labels is None else int(codes.labels[row]) for codes in (ours, theirs))
    name = f"{PART_NAMES[pairs.part]} image {position}"
    if labels[0] is not None and pairs.first.class_names:
        name = f"{pairs.first.class_names[labels[0]]}, {name}"
    return End(
        f"{pairs.part}:{position}",
        name,
        (ours.loc[row], theirs.loc[row]),
        (labels[0], labels[1]),
        pairs.original(row),
    )


def ends_of(first: Trained, second: Trained, pairs: Pairs, start: str, end: str) -> tuple[End, End]:
    """Two images by name; where none is named, the first that both know and the first of another class.

    Raises
    ------
    SettingsError, NotApplicableError
        Where an image is not among those that both know.
    """
    begin = image_named(first, second, pairs, start) if start else end_at(pairs, 0)
    if end:
        return begin, image_named(first, second, pairs, end)
    codes: Codes = pairs.codes[0]
    others = np.flatnonzero(codes.index != int(begin.pick.partition(":")[2]))
    if codes.labels is not None and begin.y[0] is not None and (codes.labels[others] != begin.y[0]).any():
        others = others[codes.labels[others] != begin.y[0]]
    return begin, end_at(pairs, int(others[0]))


def image_named(first: Trained, second: Trained, pairs: Pairs, pick: str) -> End:
    """The image called `pick`.

    Raises
    ------
    SettingsError, NotApplicableError
        Where it is not among those that both know.
    """
    name, _, position = checked_image(pick).partition(":")
    part: Part = "test" if name == "test" else "train"
    if part != pairs.part:
        pairs = paired(first, second, part)
    row = pairs.row_of(int(position))
    if row < 0:
        raise SettingsError(
            f"{first.name} and {second.name} do not both know {PART_NAMES[part]} image {position}", "Choose another"
        )
    return end_at(pairs, row)


def strips_of(
    first: Trained,
    second: Trained,
    matches: Matches,
    ends: tuple[End, End],
    rows: int,
    steps: int,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Strips:
    """The path between two images and the strongest matches pulled from the first, decoded by both."""
    from latentexplorer.latent.interpolation import interpolate
    from latentexplorer.latent.traversal import strip
    from latentexplorer.views.traversal import dimensions_of

    shown = matches.beyond_chance.nonzero()[0][:rows]
    start, end = ends
    paths, pulled, values = [], [], []
    for at, (run, dims) in enumerate(((first, matches.first), (second, matches.second))):
        low, high = dimensions_of(run).ranges[dims[shown]].T if len(shown) else (np.empty(0), np.empty(0))
        if at == 1:
            falls = matches.r[shown] < 0
            low, high = np.where(falls, high, low), np.where(falls, low, high)
        value = np.linspace(low, high, steps, axis=1)
        way = interpolate(start.z[at], end.z[at], steps)
        rows_of = [strip(start.z[at], int(dim), row) for dim, row in zip(dims[shown], value, strict=True)]
        classes = _classes(run, start.y[at], end.y[at], steps, len(rows_of))
        images = decode(run, np.concatenate([way, *rows_of]), classes, emit=emit, stop=stop)
        paths.append(images[:steps])
        pulled.append(images[steps:].reshape(len(rows_of), steps, *images.shape[1:]))
        values.append(value)
    return Strips((paths[0], paths[1]), (pulled[0], pulled[1]), (values[0], values[1]))


def _classes(run: Trained, start: int | None, end: int | None, steps: int, rows: int) -> Array | None:
    """What a conditional model decodes with: each end's own class, changing halfway; the first end's when pulled."""
    if not is_conditional(run):
        return None
    if start is None or end is None:
        raise NotApplicableError(f"{run.name} decodes with a class, and these images have none", "Choose another run")
    way = classes_along(np.linspace(0, 1, steps), start, end)
    return np.concatenate([way, np.full(rows * steps, start, np.int64)])


def same_image(pairs: Pairs, row: int, *, emit: Emit = ignore, stop: StopToken = NEVER) -> SameImage:
    """What both models make of the image of a row."""
    end = end_at(pairs, row)
    images = tuple(
        decode(run, z[None], y, emit=emit, stop=stop)
        for run, z, y in zip((pairs.first, pairs.second), end.z, end.y, strict=True)
    )
    errors = (float("nan"), float("nan"))
    if end.original is not None:
        found = [float(rmse(image, end.original[None])[0]) for image in images]
        errors = found[0], found[1]
    return SameImage(end, (images[0][0], images[1][0]), errors)
