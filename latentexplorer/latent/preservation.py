"""How well a map keeps neighbourhoods: which neighbours on it are none among the codes, and which are torn apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, Progress, ignore

Measure = Literal["kept", "trustworthiness", "continuity"]
MEASURES: tuple[Measure, ...] = ("kept", "trustworthiness", "continuity")
NEIGHBOURS = 15
ALL_UP_TO = 10_000
"""Points up to which each of them is asked about."""
QUERIES = 2_000
"""Points that are asked about where there are more, each still against all others: the mean is then off by some 0.001,
as the values of single points spread by 0.05."""
CELLS = 500_000
"""Distances held at once, for each of the two spaces: they stay near the processor, and a stop is heard soon."""
EQUAL = 1e-12
"""Squared distances that differ by no more than this part of the largest squared norm are equal: it is rounding."""


@dataclass(frozen=True)
class Preservation:
    """How well the neighbourhoods of some points are kept, each from 0 to 1; the mean over points is the map's.

    Attributes
    ----------
    neighbours : int
        k, the size of a neighbourhood: less than was asked for where there are fewer than about 2 k points.
    count : int
        N, points of the map.
    rows : ndarray (Q,), int64
        Points that were asked about, ascending; all of them where Q = N.
    kept : ndarray (Q,)
        Part of the k nearest on the map that are among the k nearest in the latent space.
    trustworthiness : ndarray (Q,)
        1 where no neighbour on the map is one from afar.
    continuity : ndarray (Q,)
        1 where no neighbour in the latent space is torn away.
    """

    neighbours: int
    count: int
    rows: np.ndarray
    kept: np.ndarray
    trustworthiness: np.ndarray
    continuity: np.ndarray

    def values(self, measure: Measure) -> np.ndarray:
        """A measure of each point of the map (N,), NaN for those that were not asked about."""
        values = np.full(self.count, np.nan)
        values[self.rows] = getattr(self, measure)
        return values

    def overall(self, measure: Measure) -> float:
        """A measure of the whole map, 0..1."""
        return float(np.mean(getattr(self, measure)))


def preservation(
    codes: np.ndarray,
    coords: np.ndarray,
    k: int = NEIGHBOURS,
    *,
    queries: int | None = None,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Preservation:
    """Trustworthiness and continuity of a map, point by point (Venna and Kaski 2001).

    For point i, with r(i, j) the rank of j among all others by distance in the latent space (1: the nearest) and the
    sum over its k nearest on the map,

        trustworthiness_i = 1 - 2 / (k (2 N - 3 k - 1)) * sum_j max(0, r(i, j) - k)

    which is 0 at worst. Continuity is the same with the spaces swapped. Distances are Euclidean. Points that are
    equally far away share the best of their ranks, so equal codes count for a map and not against it.

    Parameters
    ----------
    codes : ndarray (N, D), N >= 3
    coords : ndarray (N, 2)
    k : int
        Lowered to less than N / 2, beyond which the measure has no meaning.
    queries : int or None
        Points that are asked about, drawn at random where there are more; each against all others. None: all up to
        `ALL_UP_TO`, else `QUERIES`.
    emit, stop
        `Progress` in points; polled for each block of them.

    Raises
    ------
    NotApplicableError
        Where there are fewer than three points.
    """
    count = len(codes)
    if len(coords) != count:
        raise ValueError(f"{count} codes cannot be the points of a map of {len(coords)}")
    if count < 3:
        raise NotApplicableError("Fewer than three points have no neighbourhoods to keep", "Show more codes")
    k = min(k, (count - 1) // 2)
    rows = _asked(count, queries, seed)
    spaces = _Space(codes), _Space(coords)
    found = np.empty((3, len(rows)))
    worst = k * (2 * count - 3 * k - 1) / 2
    step = max(1, CELLS // count)
    for start in range(0, len(rows), step):
        stop.check()
        some = rows[start : start + step]
        latent, shown = (space.from_rows(some) for space in spaces)
        far = spaces[0].ranks(latent, _nearest(shown, k))
        torn = spaces[1].ranks(shown, _nearest(latent, k))
        part = slice(start, start + len(some))
        found[0, part] = (far <= k).mean(1)
        found[1, part] = 1 - np.maximum(far - k, 0).sum(1) / worst
        found[2, part] = 1 - np.maximum(torn - k, 0).sum(1) / worst
        emit(Progress(start + len(some), len(rows), "looking for neighbours"))
    return Preservation(k, count, rows, *found)


def _asked(count: int, queries: int | None, seed: int) -> np.ndarray:
    most = queries if queries is not None else count if count <= ALL_UP_TO else QUERIES
    if most >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


class _Space:
    """Squared distances among points (N, D), in double precision."""

    def __init__(self, points: np.ndarray) -> None:
        # Rounding is smallest near the middle of the points.
        self._points = np.asarray(points, np.float64) - np.asarray(points, np.float64).mean(0)
        self._squares = np.einsum("nd,nd->n", self._points, self._points)
        self._equal = EQUAL * float(self._squares.max())

    def from_rows(self, rows: np.ndarray) -> np.ndarray:
        """Squared distances (B, N) from some of the points to all, infinite to themselves."""
        squared = self._squares[rows, None] + self._squares - 2 * (self._points[rows] @ self._points.T)
        squared[np.arange(len(rows)), rows] = np.inf
        return np.asarray(squared)

    def ranks(self, squared: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Which place (B, k) some others (B, k) have by distances (B, N) from each point: 1 is the nearest."""
        theirs = np.take_along_axis(squared, others, 1) - self._equal
        # Of few others those that are nearer are counted sooner than all points are sorted.
        nearer = [[np.count_nonzero(row < one) for one in some] for row, some in zip(squared, theirs, strict=True)]
        return np.array(nearer) + 1


def _nearest(squared: np.ndarray, k: int) -> np.ndarray:
    """The k nearest (B, k), in no order, by distances (B, N)."""
    return np.argpartition(squared, k - 1, axis=1)[:, :k]
