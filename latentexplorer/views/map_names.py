"""Names of classes on a map: where each belongs, and which of them can be written without lying over one another.

The same for a pane and for a figure: both say how large a name is and how far it is from point to point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from latentexplorer.views.base import Array

CELLS = 20
"""Cells of the counting grid across the side that is seen."""
APART, ALWAYS = 6, 14
"""Cells from one name of a class to its next: where it is sparse between them, and in any case."""
SPARSE = 0.5
"""So much of the lower of two summits is a valley between two clusters."""
SHARE = 0.5
"""A further cluster of a class is named where it holds so much of what the largest one holds."""
MOST = 24
"""Names of one class at most."""
FINEST = 3
"""Level beyond which no more places are sought: the map is then eight times as large as the part that is seen."""
GAP = (7.0, 6.0)
"""Free room at each side of a name, across and up, in the unit of the sizes: names that stand apart can be read."""
TILE = 96.0


@dataclass(frozen=True)
class Spot:
    """A place for the name of a class.

    Attributes
    ----------
    group : int
    place : (x, y)
        Amid the points of the class, where they are densest.
    weight : int
        Points that it speaks for: of two names that want the same room the heavier one gets it, of its group's first
        names or of further ones.
    """

    group: int
    place: tuple[float, float]
    weight: int


@dataclass(frozen=True)
class Written:
    """A name that is written: with its middle so far from its spot, in the unit of the sizes, `y` as on the map."""

    spot: Spot
    away: tuple[float, float]
    size: tuple[float, float]


def level_of(extent: float, seen: float) -> int:
    """How closely a map is looked at: 0 as a whole, one more each time the part that is seen is half as wide."""
    if not (extent > 0 and seen > 0):
        return 0
    return int(np.clip(round(math.log2(extent / seen)), 0, FINEST))


def extent_of(coords: Array) -> float:
    """The longer side of what points (N, 2) span; 0 where there are none."""
    known = coords[np.isfinite(coords).all(1)]
    return float(np.ptp(known, axis=0).max()) if len(known) else 0.0


def spots_of(coords: Array, groups: Array, level: int = 0, extent: float | None = None) -> list[Spot]:
    """Where the names of groups belong: at the densest place of each, and at that of each further cluster of it.

    The densest place and not the middle, which may lie between two clusters. The closer a map is looked at, the
    nearer to each other are places of one group. Depends on nothing else, so that names stay where they are while the
    map is moved.

    Parameters
    ----------
    coords : (N, 2)
    groups : (N,) int
    level : int
        See `level_of`.
    extent : float or None
        Of the whole map; None: of these points.

    Returns
    -------
    list of Spot
        In the order in which they get their room: the first place of each group, the heaviest first, then further
        ones.
    """
    finite = np.isfinite(coords).all(1)
    coords, groups = np.asarray(coords[finite], np.float64), np.asarray(groups)[finite]
    if not len(coords):
        return []
    extent = extent_of(coords) if extent is None else extent
    cell = extent / 2**level / CELLS if extent > 0 else 1.0
    column, row = np.floor((coords - coords.min(0)) / cell).astype(np.int64).T
    cells = _Counts.of(groups, column, row)
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 2))
    found: list[list[Spot]] = [[], []]
    for group in np.unique(groups).tolist():
        mine = order[starts[group] : starts[group + 1]]
        for at, (summit, weight) in enumerate(cells.summits(group)):
            near = (np.abs(column[mine] - summit[0]) <= 1) & (np.abs(row[mine] - summit[1]) <= 1)
            x, y = coords[mine[near]].mean(0)
            found[min(at, 1)].append(Spot(group, (float(x), float(y)), weight))
    return [spot for rank in found for spot in sorted(rank, key=_first)]


def _first(spot: Spot) -> tuple[float, ...]:
    return (-spot.weight, spot.group, *spot.place)


@dataclass(frozen=True)
class _Counts:
    """Occupied cells of a counting grid, in the order of their groups.

    Attributes
    ----------
    starts : dict
        Of each group its rows in the arrays.
    column, row, count, density : (M,)
        `density` is the count smoothed over a cell's neighbours by 1/4, 1/2, 1/4 in both directions.
    """

    starts: dict[int, slice]
    column: Array
    row: Array
    count: Array
    density: Array

    @classmethod
    def of(cls, groups: Array, column: Array, row: Array) -> _Counts:
        high = int(row.max()) + 3
        wide = (int(column.max()) + 3) * high
        keys, counts = np.unique(groups * wide + (column + 1) * high + row + 1, return_counts=True)
        density = np.zeros(len(keys))
        for x, y in ((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)):
            beside = keys + x * high + y
            at = np.minimum(np.searchsorted(keys, beside), len(keys) - 1)
            density += np.where(keys[at] == beside, counts[at], 0) * (2 - abs(x)) * (2 - abs(y))
        owner = keys // wide
        present, first = np.unique(owner, return_index=True)
        ends = [*first[1:].tolist(), len(keys)]
        starts = {
            int(group): slice(begin, end) for group, begin, end in zip(present, first.tolist(), ends, strict=True)
        }
        return cls(starts, keys % wide // high - 1, keys % high - 1, counts, density)

    def summits(self, group: int) -> Iterator[tuple[tuple[int, int], int]]:
        """Cells where a group is densest, the densest first, and how many points are about each."""
        rows = self.starts[group]
        column, row, count = self.column[rows], self.row[rows], self.count[rows]
        density = self.density[rows]
        known = dict(zip(zip(column.tolist(), row.tolist(), strict=True), density.tolist(), strict=True))
        left = density.copy()
        found: list[tuple[int, int]] = []
        most = 0
        while len(found) < MOST and left.any():
            at = int(left.argmax())
            here = (int(column[at]), int(row[at]))
            away = np.maximum(np.abs(column - here[0]), np.abs(row - here[1]))
            weight = int(count[away <= APART // 2].sum())
            if all(_apart(here, other, known) for other in found):
                if found and weight < max(SHARE * most, 2):
                    # What follows is thinner still, but may be wider: it is looked at too.
                    left[away <= 1] = 0
                    continue
                most = most or weight
                found.append(here)
                yield here, weight
                left[away < APART] = 0
            else:
                left[away <= 1] = 0


def _apart(one: tuple[int, int], other: tuple[int, int], density: dict[tuple[int, int], float]) -> bool:
    """Whether two summits are two places for a name: in two clusters, or so far apart that both are looked for."""
    far = max(abs(one[0] - other[0]), abs(one[1] - other[1]))
    if far >= ALWAYS:
        return True
    least = SPARSE * min(density[one], density[other])
    between = (
        (round(one[0] + (other[0] - one[0]) * at / far), round(one[1] + (other[1] - one[1]) * at / far))
        for at in range(1, far)
    )
    return far >= APART and any(density.get(cell, 0.0) < least for cell in between)


def arranged(spots: Sequence[Spot], scale: tuple[float, float], sizes: dict[int, tuple[float, float]]) -> list[Written]:
    """The names that can be written without touching one another: the heaviest first, moved a little where that helps.

    No group is named twice where that takes the room from one that is not named at all: who finds its first place taken
    is written at a further one.

    Depends on distances only and not on what is in sight, so that names stay as they are while the map is moved.

    Parameters
    ----------
    spots : sequence of Spot
        In the order in which they take their room, see `spots_of`.
    scale : (float, float)
        Of the map's coordinates to the unit of the sizes.
    sizes : dict
        Width and height of each group's name; groups that are not in it have none.
    """
    taken: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}
    written: list[Written] = []
    named: set[int] = set()
    for spot in _before_second_names(spots, named):
        if spot.group not in sizes:
            continue
        width, height = sizes[spot.group]
        x, y = (at * factor for at, factor in zip(spot.place, scale, strict=True))
        for away in ((0.0, 0.0), (0.0, height), (0.0, -height), (width / 2, 0.0), (-width / 2, 0.0)):
            box = _box(x + away[0], y + away[1], width + 2 * GAP[0], height + 2 * GAP[1])
            tiles = _tiles(box)
            if not any(_touch(box, other) for tile in tiles for other in taken.get(tile, ())):
                for tile in tiles:
                    taken.setdefault(tile, []).append(box)
                written.append(Written(spot, away, (width, height)))
                named.add(spot.group)
                break
    return written


def _before_second_names(spots: Sequence[Spot], named: set[int]) -> Iterator[Spot]:
    """Every spot once, in order; none of a group that is named by now before all of those that are not."""
    further = []
    for spot in spots:
        if spot.group in named:
            further.append(spot)
        else:
            yield spot
    yield from further


def _box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _tiles(box: tuple[float, float, float, float]) -> list[tuple[int, int]]:
    left, bottom, right, top = (math.floor(side / TILE) for side in box)
    return [(column, row) for column in range(left, right + 1) for row in range(bottom, top + 1)]


def _touch(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
