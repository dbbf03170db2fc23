"""What panes that show codes ask of the threads: codes by name, paths between them, one dimension after another.

Those that take `emit` and `stop` last are jobs' work; the others are questions for the decoder's thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError, NotApplicableError
from latentexplorer.gui.workers import decoding
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.bring import as_one, bring, read
from latentexplorer.views.code import Code, code_of_setting, named_code, picked_code
from latentexplorer.views.local_axes import USUAL, Kind, axes_at
from latentexplorer.views.tiling import for_screen

if TYPE_CHECKING:
    from latentexplorer.latent.local_axes import LocalAxes
    from latentexplorer.latent.ranges import Choice
    from latentexplorer.runs import Trained
    from latentexplorer.views.fading import Fading
    from latentexplorer.views.traversal import Dimensions, Ends


@dataclass(frozen=True, eq=False)
class PathImages:
    """What is seen along a path.

    Attributes
    ----------
    codes : (S, D) float32
    classes : (S,) int64 or None
        What they are decoded with.
    images : (S, H, W, C) float32
    fading : Fading or None
        How boldly each is shown, (S,); None: not known yet, or all alike.
    """

    codes: Array
    classes: Array | None
    images: Array
    fading: Fading | None = None


@dataclass(frozen=True, eq=False)
class Strips:
    """Some dimensions pulled from end to end.

    Attributes
    ----------
    dimensions : (R,) int64
    values : (R, S) float64
    images : (R, S, H, W, C) float32
    fading : Fading or None
        How boldly each is shown, (R, S); None: not known yet, or all alike.
    """

    dimensions: Array
    values: Array
    images: Array
    fading: Fading | None = None


# -- codes by name -----------------------------------------------------------------------------------------------------


def named_codes(run: Trained, names: dict[str, str]) -> dict[str, Code]:
    """A question: the codes that names stand for, by key."""
    return {key: named_code(run, name) for key, name in names.items()}


def fit_and_name_codes(run: Trained, names: dict[str, str], emit: Report, stop: StopToken) -> dict[str, Code]:
    """`named_codes` where that takes a while: without a prior, random codes need a density fitted to known ones."""
    return named_codes(run, names)


def code_of_figure(
    run: Trained, pick: str | tuple[float, ...], label: str, files: tuple[str, ...], emit: Report, stop: StopToken
) -> Code:
    """The code that a figure's settings name, with the class that it is decoded with there.

    `files`: of the new image that it is the code of; where they are gone, the code comes back without it.
    """
    if not files:
        return code_of_setting(run, pick, label)
    try:
        given = read(run, files, emit=emit, stop=stop)
    except DataError as error:
        if not pick:
            raise
        return replace(code_of_setting(run, pick, label), how=f"the figure's code; {error.what}")
    if not pick:
        return bring(run, given, label, emit=emit, stop=stop)[0]
    image = as_one(run, given.images)
    return replace(code_of_setting(run, pick, label), how=image.name, image=image)


def ends_of_figure(run: Trained, settings: Settings, emit: Report, stop: StopToken) -> dict[str, Code]:
    """The two ends "A" and "B" of an interpolation figure, with the classes that they are decoded with there."""
    from latentexplorer.views.interpolation import ends_of
    from latentexplorer.views.lookup import decode_class
    from latentexplorer.views.registry import settings_of

    checked = settings_of("interpolation", settings)
    first, last = (picked_code(run, picked) for picked in ends_of(run, run, checked))
    labels = checked.label, checked.end_label or checked.label
    ys = [decode_class(run, label, default=code.y or 0) for label, code in zip(labels, (first, last), strict=True)]
    return {"A": replace(first, y=ys[0]), "B": replace(last, y=ys[1])}


# -- pictures of codes -------------------------------------------------------------------------------------------------


def path_images(run: Trained, codes: Array, classes: Array | None, fade: int = 0) -> Iterator[PathImages | None]:
    """A question in steps: the images of codes (S, D) on a path, with their classes (S,); then how they fade.

    `fade`: codes that say where, at most; 0: nowhere.
    """
    found = PathImages(codes, classes, decoding.decode(run, codes, classes))
    yield found
    if fade:
        for fading in decoding.fading_of_shown(run, codes, classes, found.images, fade):
            yield None if fading is None else replace(found, fading=fading)


def in_classes(run: Trained, z: Array, classes: Array) -> Iterator[Array | None]:
    """A question in steps: a code (D,) decoded as each of M classes, (M, H, W, C); one step where that is quick."""
    images: list[Array] = []
    tile = decoding.pace.tile
    for start in range(0, len(classes), tile):
        if images:
            yield None
        part = classes[start : start + tile]
        images.append(for_screen(decoding.decode(run, z[None].repeat(len(part), 0), part), len(classes)))
    yield np.concatenate(images)


def dimensions(run: Trained, choice: Choice, ends: Ends, before: Dimensions | None) -> Dimensions:
    """A question: how much each dimension of a run matters, and from where to where it goes, see `dimensions_of`."""
    from latentexplorer.views.traversal import dimensions_of

    return dimensions_of(run.frame, choice, ends, before)


def strips(
    run: Trained, z: Array, y: int | None, dimensions: Array, values: Array, fade: int = 0
) -> Iterator[Strips | None]:
    """A question in steps: a code (D,) of class `y` with each of R dimensions set to its values (R, S).

    A few rows at a time, the first ones first; then how they fade (`fade`: codes that say where, at most; 0: nowhere).
    """
    from latentexplorer.latent.traversal import strip

    rows, steps = values.shape
    start, shown = 0, []
    while start < rows:
        part = slice(start, start + max(decoding.pace.tile // steps, 1))
        start = part.stop
        codes = [strip(z, int(at), row) for at, row in zip(dimensions[part], values[part], strict=True)]
        images = decoding.decode_for_screen(run, np.concatenate(codes), y=y, side_by_side=steps)
        shown.append((np.concatenate(codes), Strips(dimensions[part], values[part], _rows(images, steps))))
        yield shown[-1][1]
    for flat, found in shown if fade else ():
        images = found.images.reshape(-1, *found.images.shape[2:])
        for fading in decoding.fading_of_shown(run, flat, y, images, fade):
            yield None if fading is None else replace(found, fading=fading.shaped(found.values.shape))


@dataclass(frozen=True, eq=False)
class AxisStrip:
    """One axis walked from end to end: its number, images (S, H, W, C), and how boldly each is shown, where known."""

    axis: int
    images: Array
    fading: Fading | None = None


def local_axes(run: Trained, kind: Kind, z: Array, y: int | None, emit: Report, stop: StopToken) -> LocalAxes | Refused:
    """A job: the axes around a code (D,) that is decoded as class `y`, or why there are none."""
    try:
        return axes_at(run, kind, z, y, stop=stop)
    except NotApplicableError as error:
        return Refused.of(error)


def axis_strips(
    run: Trained, axes: LocalAxes, place: Array, y: int | None, count: int, steps: int, fade: int = 0
) -> Iterator[AxisStrip | None]:
    """A question in steps: a place (M,) with each of the first axes set to `steps` values, a row at a time.

    Then how they fade (`fade`: codes that say where, at most; 0: nowhere).
    """
    shown = []
    for axis in range(count):
        places = np.tile(place, (steps, 1))
        places[:, axis] = np.linspace(*USUAL, steps)
        codes = axes.codes(places)
        shown.append((codes, AxisStrip(axis, decoding.decode_for_screen(run, codes, y=y, side_by_side=steps))))
        yield shown[-1][1]
    for codes, strip in shown if fade else ():
        for fading in decoding.fading_of_shown(run, codes, y, strip.images, fade):
            yield None if fading is None else replace(strip, fading=fading)


def _rows(images: Array, steps: int) -> Array:
    return images.reshape(-1, steps, *images.shape[1:])
