"""Laying one set of points onto another one that is the same but for its frame (orthogonal Procrustes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from latentexplorer.core.errors import NotApplicableError

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Alignment:
    """Turns, mirrors, scales and shifts points.

    Attributes
    ----------
    centre, onto : (D,)
        The middle of the points, and where it goes.
    turn : (D, D)
        Orthogonal.
    scale : float
    share : float
        How much of the spread of the target the laid points explain, 0 to 1 (R squared).
    """

    centre: Points
    onto: Points
    turn: Points
    scale: float
    share: float

    def __call__(self, points: npt.ArrayLike) -> Points:
        """Points (M, D) where they come to lie."""
        laid: Points = (np.asarray(points, np.float64) - self.centre) @ self.turn * self.scale + self.onto
        return laid


def align(points: npt.ArrayLike, target: npt.ArrayLike) -> Alignment:
    """The turn, mirroring, scale and shift that bring points (N, D) nearest to a target (N, D), row by row.

    Orthogonal Procrustes with scaling: Schönemann and Carroll 1970, by the singular values of the product.

    Raises
    ------
    NotApplicableError
        For fewer than three points, or where all of them are in one place: nothing says how they lie.
    """
    x, y = np.asarray(points, np.float64), np.asarray(target, np.float64)
    if len(x) < 3:
        raise NotApplicableError("Fewer than three images are in both, which does not say how one map lies on another")
    centre, onto = x.mean(0), y.mean(0)
    x, y = x - centre, y - onto
    spread, wanted = float(np.square(x).sum()), float(np.square(y).sum())
    if not spread or not wanted:
        raise NotApplicableError("All codes are in one place, which does not say how one map lies on another")
    left, values, right = np.linalg.svd(x.T @ y)
    total = float(values.sum())
    return Alignment(centre, onto, left @ right, total / spread, min(total**2 / (spread * wanted), 1.0))
