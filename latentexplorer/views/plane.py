"""Where things lie on a latent grid: places between its cells, codes beside it, and other rectangles of its plane.

Places are counted in cells, as column and row: (0, 0) is the middle of the cell at the top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.plane_result import Result
from latentexplorer.views.plane_settings import Settings
from latentexplorer.views.ranges import LIMIT, Range, RangeSetting, brief, number_text

if TYPE_CHECKING:
    from latentexplorer.latent.plane import Plane
    from latentexplorer.models import Codes

Rectangle = tuple[Range, Range]
"""What a plane spans across and up: the middles of its first and last cells."""
Shape = tuple[int, int]
"""Rows and columns."""

LEAST_WIDTH = 1e-6
ON_PLANE = 1e-4
"""A code farther from the plane than this part of its length does not lie on it."""


# -- other rectangles of the same plane --------------------------------------------------------------------------------


def shown_range(result: Result) -> Rectangle:
    """The rectangle of a result."""
    return _rectangle(result.x, result.y)


def evenly_spaced(result: Result) -> bool:
    """Whether the steps between cells are all alike, across and up."""
    steps = [np.abs(np.diff(axis)) for axis in (result.x, result.y)]
    return all(float(np.ptp(step)) <= LEAST_WIDTH * float(step.max()) for step in steps)


def _rectangle(x: Array, y: Array) -> Rectangle:
    return (float(x[0]), float(x[-1])), (float(y[-1]), float(y[0]))


def over(settings: Settings, x: Range, y: Range) -> Settings:
    """The same plane over another rectangle, evenly spaced."""
    return settings.model_copy(update={"spacing": "auto", "x_range": _sound(x), "y_range": _sound(y)})


def unmoved(settings: Settings) -> Settings:
    """The plane as it was before anybody moved it."""
    return spanning(settings.model_copy(update={"spacing": "auto", "centre": "", "origin": "mean"}), "auto")


def spanning(settings: Settings, choice: RangeSetting) -> Settings:
    """The same plane over another range on both sides; numbers are evenly spaced."""
    spacing = "auto" if isinstance(choice, tuple) else settings.spacing
    return settings.model_copy(update={"range": choice, "spacing": spacing, "x_range": None, "y_range": None})


def moved(ranges: Rectangle, shape: Shape, right: float, down: float) -> Rectangle:
    """A rectangle of so many rows and columns after its plane was dragged by so many cells."""
    (x0, x1), (y0, y1) = ranges
    rows, columns = shape
    across, up = -right * (x1 - x0) / (columns - 1), down * (y1 - y0) / (rows - 1)
    return (x0 + across, x1 + across), (y0 + up, y1 + up)


def zoomed(x: Array, y: Array, factor: float, column: float, row: float) -> Rectangle:
    """A rectangle made `factor` times as large around a place that stays where it is.

    Parameters
    ----------
    x, y : (columns,), (rows,)
        Where its cells stand now: `x` rising, `y` falling.
    """
    fixed = value_at(x, column), value_at(y, row)
    # Where it stands in the picture, so that it stays under the pointer although the spacing becomes even.
    part = column / (len(x) - 1), 1 - row / (len(y) - 1)
    new = []
    for (low, high), at, share in zip(_rectangle(x, y), fixed, part, strict=True):
        width = (high - low) * factor
        new.append((at - share * width, at + (1 - share) * width))
    return new[0], new[1]


def around(ranges: Rectangle, middle: tuple[float, float]) -> Rectangle:
    """A rectangle moved so that its middle is elsewhere."""
    (x0, x1), (y0, y1) = ranges
    wide, high = (x1 - x0) / 2, (y1 - y0) / 2
    return (middle[0] - wide, middle[0] + wide), (middle[1] - high, middle[1] + high)


def _sound(ends: Range) -> Range:
    """Never turned over, never without width, never beyond all numbers."""
    low, high = (float(np.clip(end, -LIMIT, LIMIT)) for end in ends)
    if not high - low > LEAST_WIDTH:
        middle = (low + high) / 2
        low, high = middle - LEAST_WIDTH, middle + LEAST_WIDTH
    # As a person would write it: seven digits tell any two cells apart.
    step = 10.0 ** (np.floor(np.log10(high - low)) - 6)
    return round(low / step) * step, round(high / step) * step


# -- codes and cells ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a code lies: `column` and `row` in cells, and whether it lies on the plane or only comes nearest there.

    Attributes
    ----------
    values : (float, float)
        Its coordinates across and up.
    outside : bool
        Whether it lies beside the cells.
    """

    column: float
    row: float
    on_plane: bool
    values: tuple[float, float] = (0.0, 0.0)
    outside: bool = False


def code_at(result: Result, column: float, row: float) -> Code:
    """The code at a place between the cells; a cell's own code at its middle."""
    if column == int(column) and row == int(row):
        how = f"latent grid, column {int(column) + 1}, row {int(row) + 1}"
        return Code(result.codes[int(row), int(column)], result.label, how=how)
    u, v = value_at(result.x, column), value_at(result.y, row)
    return Code(_plane_of(result).code(u, v), result.label, how=f"latent grid, at {brief(u)}, {brief(v)}")


def place_of(result: Result, z: Array) -> Place:
    """Where a code (D,) lies on, or comes nearest to, the plane of a result."""
    cells, away = cells_of(result, z[None])
    size = max(*(float(np.linalg.norm(code.astype(np.float64))) for code in (z, result.codes[0, 0])), 1e-6)
    column, row = float(cells[0, 0]), float(cells[0, 1])
    across, up = _plane_of(result).position(z[None])[0]
    inside = -0.5 <= column <= len(result.x) - 0.5 and -0.5 <= row <= len(result.y) - 0.5
    return Place(column, row, bool(away[0] <= ON_PLANE * size), (float(across), float(up)), not inside)


def outside_words(result: Result, place: Place) -> str:
    """For the arrow at the edge that points to the current code: where that lies."""
    spans = [abs(float(axis[-1] - axis[0])) for axis in (result.x, result.y)]
    parts = zip(result.axes, place.values, spans, strict=True)
    where = ", ".join(f"{name.split(' (')[0]} = {number_text(at, width)}" for name, at, width in parts)
    return f"The current code lies outside, at {where}. Click to bring it into the middle"


def cells_of(result: Result, z: Array) -> tuple[Array, Array]:
    """Columns and rows (B, 2), in cells, nearest to codes (B, D), and how far from the plane they are (B,)."""
    plane = _plane_of(result)
    # Squares of what a diverging model has for codes leave the range of their own type.
    z = z.astype(np.float64)
    along = plane.position(z)
    away = np.linalg.norm(z - (plane.origin + along @ plane.axes), axis=1)
    return np.stack([_in_cells(along[:, 0], result.x), _in_cells(along[:, 1], result.y)], axis=1), away


def codes_in_sight(result: Result, codes: Codes, most: int) -> tuple[Array, Array | None]:
    """Columns and rows (M, 2) of those of a run's codes that come nearest to a cell of the plane, and their labels.

    `most` codes are tried at most, evenly spread over those that are kept.
    """
    rows = np.unique(np.linspace(0, len(codes.loc) - 1, min(len(codes.loc), most)).astype(np.int64))
    cells, _ = cells_of(result, codes.loc[rows])
    inside = ((cells > -0.5) & (cells < [[len(result.x) - 0.5, len(result.y) - 0.5]])).all(1)
    return cells[inside], None if codes.labels is None else codes.labels[rows][inside]


def _plane_of(result: Result) -> Plane:
    from latentexplorer.latent.plane import Plane

    origin, axes = result.origin.astype(np.float64), result.basis.astype(np.float64)
    return Plane(result.codes, result.x, result.y, origin, axes, result.axes)


# -- the axes ----------------------------------------------------------------------------------------------------------


def value_at(axis: Array, cells: float) -> float:
    """The value of an axis at a place between its cells; beyond its ends continued straight."""
    low = int(np.clip(np.floor(cells), 0, len(axis) - 2))
    return float(axis[low] + (cells - low) * (axis[low + 1] - axis[low]))


def _in_cells(values: Array, axis: Array) -> Array:
    """Positions of values on an axis of cell middles, continued straight beyond its ends."""
    at = np.arange(len(axis), dtype=np.float64)
    rising = axis if axis[-1] >= axis[0] else -axis
    wanted = values if axis[-1] >= axis[0] else -values
    inside = np.interp(wanted, rising, at)
    # Where the codes do not differ along it, its cells have no length: then one is as long as a unit.
    first, last = rising[1] - rising[0] or 1.0, rising[-1] - rising[-2] or 1.0
    below, above = wanted < rising[0], wanted > rising[-1]
    inside = np.where(below, (wanted - rising[0]) / first, inside)
    return np.asarray(np.where(above, at[-1] + (wanted - rising[-1]) / last, inside))


def axis_number(values: Array, at: int) -> str:
    """A value of an axis, with as many digits as tell its values apart."""
    step = float(np.abs(np.diff(values)).min(initial=np.inf)) if len(values) > 1 else 1.0
    digits = int(np.clip(np.ceil(-np.log10(max(step, 1e-9))), 0, 6)) if np.isfinite(step) else 2
    text = f"{float(values[at]):.{digits}f}"
    text = text if float(text) else text.lstrip("-")
    return text.replace("-", "−")


def ticks(axis: Array, most: int) -> list[tuple[float, float]]:
    """Round numbers between the ends of an axis, at most `most`, and where they lie in cells; nought among them."""
    low, high = min(axis[0], axis[-1]), max(axis[0], axis[-1])
    if most < 1 or not high > low:
        return []
    rough = (high - low) / most
    unit = 10.0 ** np.floor(np.log10(rough))
    step = next((factor * unit for factor in (1, 2, 5) if factor * unit >= rough), 10 * unit)
    values = step * np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return list(zip(values.tolist(), _in_cells(values, axis).tolist(), strict=True))


def tick_number(value: float, step: float) -> str:
    """A round number with the digits that its neighbours, a `step` away, ask for."""
    digits = int(np.clip(np.ceil(-np.log10(step) - 1e-9), 0, 6)) if step > 0 else 2
    text = f"{value:.{digits}f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


# -- how many cells fill a room ----------------------------------------------------------------------------------------

SQUARE_ENOUGH = 0.8
"""A square plane that takes this part of its room stays square."""
LEAST_SIDE, MOST_SIDE = 3, 64


def filling(n: int, room: tuple[float, float], ratio: float, least: float = 0.0) -> Shape:
    """Rows and columns of about `n` x `n` cells that fill a room.

    Parameters
    ----------
    room : (width, height)
    ratio : float
        Width of a picture as a part of its height.
    least : float
        Height of a cell below which there are rather fewer of them.
    """
    width, height = max(room[0], 1.0), max(room[1], 1.0)
    if least > 0:
        n = max(min(n, int(np.sqrt(width * height / ratio) / least)), LEAST_SIDE)
    cell = min(width / n / ratio, height / n)
    if cell * cell * ratio * n * n >= SQUARE_ENOUGH * width * height:
        return n, n
    exact = n * np.sqrt(height * ratio / width)
    rows = int(np.clip(round(exact), LEAST_SIDE, MOST_SIDE))
    columns = int(np.clip(int(width / ratio / (height / rows)), LEAST_SIDE, MOST_SIDE))
    if exact > n:
        columns = int(np.clip(round(n * n / exact), LEAST_SIDE, MOST_SIDE))
        rows = int(np.clip(int(height / (width / ratio / columns)), LEAST_SIDE, MOST_SIDE))
    return rows, columns
