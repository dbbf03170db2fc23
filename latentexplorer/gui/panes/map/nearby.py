"""Which of many points lie around a place: only the cells of a grid about it are looked at."""

from __future__ import annotations

import numpy as np

from latentexplorer.views.base import Array

POINTS_A_CELL = 4
MOST_ACROSS = 256
"""Cells in a row at most: their numbers have 16 bits, which numpy sorts in one pass."""


class Nearby:
    """N points, sorted by the cell of a grid over them in which they lie: 60,000 of them take some 3 ms.

    Quick enough to be made by whoever first asks after they have moved: no thread has to bring it, and no question
    needs another way until it is there.
    """

    def __init__(self, coords: Array) -> None:
        rows = np.flatnonzero(np.isfinite(coords).all(1))
        known = coords[rows]
        self._across = int(np.clip(np.sqrt(len(rows) / POINTS_A_CELL), 1, MOST_ACROSS))
        self._low = known.min(0) if len(rows) else np.zeros(2)
        size = np.ptp(known, axis=0) if len(rows) else np.ones(2)
        self._step = np.where(size > 0, size, 1.0) / self._across
        column, line = self._cells(known).T
        cells = (line * self._across + column).astype(np.uint16)
        # Stable: within a cell the rows keep their order.
        self._rows = rows[np.argsort(cells, kind="stable")]
        counts = np.bincount(cells, minlength=self._across**2)
        self._begin = np.concatenate([[0], np.cumsum(counts)])

    def _cells(self, places: Array) -> Array:
        """Column and line (N, 2) of the cells that places lie in, those beyond the grid in its outermost."""
        # Clipped before it is made whole: a place may be farther away than whole numbers reach.
        cells = np.clip(np.floor((places - self._low) / self._step), 0, self._across - 1)
        return np.asarray(cells.astype(np.int64))

    def within(self, middle: Array, reach: Array) -> Array:
        """Rows, ascending, among which are all points no farther than `reach` (2,) from a place (2,) on either axis."""
        (left, low), (right, high) = self._cells(np.stack([middle - reach, middle + reach]))
        begin = self._begin
        lines = [line * self._across for line in range(low, high + 1)]
        found = [self._rows[begin[first + left] : begin[first + right + 1]] for first in lines]
        return np.sort(np.concatenate(found))
