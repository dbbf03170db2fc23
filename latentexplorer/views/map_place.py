"""A place on a map between its points: how far from them it lies, which says nothing of the code inferred there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

PROBES = 2_000
"""Points whose nearest other point is looked for: enough to know what is usual."""
MOST_OF_THEM = 0.95
AMONG, BESIDE = 1.0, 3.0
"""Up to `AMONG` a place is no farther from a point than 95 % of the points are from each other, so what nearly every
point of the map is called itself; up to `BESIDE` it is at a rim of the points, where the neighbours that a code is
inferred from are still those of one cluster. Beyond that they are whoever happens to be least far."""


@dataclass(frozen=True)
class MapPlace:
    """Where on a map a code was inferred.

    Attributes
    ----------
    position : (x, y)
    ratio : float or None
        Distance to the nearest point, as a multiple of the distance within which 95 % of the points have their nearest
        other one. None where that is not known: fewer than two different points.
    """

    position: tuple[float, float]
    ratio: float | None

    @property
    def words(self) -> str:
        """`place far from points`; "" where it is not known."""
        if self.ratio is None:
            return ""
        near = "among points" if self.ratio <= AMONG else "beside points" if self.ratio <= BESIDE else "far from points"
        return f"place {near}"

    @property
    def far(self) -> bool:
        """Whether what is decoded there is no statement about any points near by."""
        return self.ratio is not None and self.ratio > BESIDE

    @property
    def numbers(self) -> str:
        """The same with its numbers, a sentence; "" where it is not known."""
        if self.ratio is None:
            return ""
        return f"Nearest point on the map: {_times(self.ratio)} the distance within which 95 % of points have theirs"

    @property
    def short(self) -> str:
        """The same in a few words; "" where it is not known."""
        return f"{_times(self.ratio)} as far from a point as usual" if self.ratio is not None else ""


def _times(ratio: float) -> str:
    """`0.4 times`, `14 times`, `more than 1,000 times`."""
    if ratio > 1000:
        return "more than 1,000 times"
    return f"{ratio:.1f} times" if ratio < 9.95 else f"{ratio:.0f} times"


class PlaceJudge:
    """Judges places of a map, and keeps what it learned of its points until others are asked about.

    May be asked from any thread: two that ask at once work the same out twice.
    """

    def __init__(self) -> None:
        self._known: tuple[Array, cKDTree | None, float] | None = None

    def place(self, coords: Array, position: tuple[float, float]) -> MapPlace:
        """How far a place lies from the points (N, 2) of a map."""
        known = self._known
        if known is None or known[0] is not coords:
            known = self._known = (coords, *_tree(coords))
        _, tree, usual = known
        if tree is None or not usual > 0:
            return MapPlace(position, None)
        away = float(tree.query(np.asarray(position, np.float64))[0])
        return MapPlace(position, away / usual)


def _tree(coords: Array) -> tuple[cKDTree | None, float]:
    distances, tree = _nearest_distances(coords)
    return tree, float(np.quantile(distances, MOST_OF_THEM)) if len(distances) else 0.0


def usual_reach(coords: Array) -> float:
    """The distance within which 95 % of the points (N, 2) of a map have their nearest other one; 1 for fewer than two.

    A place that is farther than so many of it from all points is called far, see `MapPlace`.
    """
    return _tree(coords)[1] or 1.0


def usual_distance(coords: Array) -> float:
    """Median distance from a point (N, 2) of a map to its nearest other one; 0 where no two differ."""
    distances = _nearest_distances(coords)[0]
    return float(np.median(distances)) if len(distances) else 0.0


def _nearest_distances(coords: Array) -> tuple[Array, cKDTree | None]:
    """Distances from some points to the nearest that lies elsewhere, and the tree of all of them."""
    from scipy.spatial import cKDTree

    known = np.unique(np.asarray(coords, np.float64)[np.isfinite(coords).all(1)], axis=0)
    if len(known) < 2:
        return np.empty(0), None
    tree = cKDTree(known)
    probes = known
    if len(known) > PROBES:
        probes = known[np.random.default_rng(0).choice(len(known), PROBES, replace=False)]
    return np.asarray(tree.query(probes, 2)[0][:, 1]), tree
