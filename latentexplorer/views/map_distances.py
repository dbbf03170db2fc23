"""The true distances from one point of a map to all others, as colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.latent.distances import Distances

SHADES = 256


@dataclass(frozen=True)
class Shaded:
    """Distances in the latent space to the point `row` of a map.

    Attributes
    ----------
    row : int
    shades : (N,) int64
        From 0, the nearest, to `SHADES` - 1.
    low, high : float
        The distances between which shades differ, in units of the code.
    """

    row: int
    shades: Array
    low: float
    high: float


class DistanceShades:
    """Shades the codes of a map, and keeps what it needs for that until others are asked about.

    May be asked from any thread: two that ask at once work the same out twice.
    """

    def __init__(self) -> None:
        self._known: tuple[Array, Distances] | None = None

    def to(self, codes: Array, row: int) -> Shaded:
        """True distances from all codes (N, D) to one of them."""
        from latentexplorer.latent.distances import Distances

        known = self._known
        if known is None or known[0] is not codes:
            known = self._known = (codes, Distances(codes))
        away = known[1].to(row)
        low, high = _limits(np.delete(away, row))
        shades = np.clip((away - low) / (high - low), 0, 1) * (SHADES - 1)
        return Shaded(row, shades.astype(np.int64), low, high)


def _limits(others: Array) -> tuple[float, float]:
    """Ends of the scale: all but the one other in a hundred at either end; from 0 where all are as far."""
    low, high = np.quantile(others, [0.01, 0.99]) if len(others) else (0.0, 0.0)
    return (float(low), float(high)) if low < high else (0.0, float(high) or 1.0)
