"""The shape of the cloud of codes: its principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.core.errors import NotApplicableError


@dataclass(frozen=True)
class Principal:
    """Principal components of codes.

    Attributes
    ----------
    mean : ndarray (D,)
    directions : ndarray (M, D)
        Orthonormal rows, the widest first; each row's largest entry is positive, so that signs never flip.
    std : ndarray (M,)
        Standard deviation of the codes along each direction (divisor N - 1).
    share : ndarray (M,)
        Part of the total variance, 0..1.
    """

    mean: np.ndarray
    directions: np.ndarray
    std: np.ndarray
    share: np.ndarray

    def coordinates(self, codes: np.ndarray) -> np.ndarray:
        """Codes (B, D) in these directions, (B, M)."""
        return np.asarray((codes - self.mean) @ self.directions.T)

    def seen_by(self, codes: np.ndarray) -> Principal:
        """The same directions, with how far other codes (N, D) vary along them."""
        z = np.asarray(codes, dtype=np.float64)
        along = self.coordinates(z).var(0, ddof=1) if len(z) > 1 else np.zeros(len(self.directions))
        total = z.var(0, ddof=1).sum() if len(z) > 1 else 0.0
        share = along / total if total > 0 else np.zeros_like(along)
        return Principal(self.mean, self.directions, np.sqrt(along), share)

    def codes(self, coordinates: np.ndarray) -> np.ndarray:
        """The codes (B, D) at coordinates (B, M), at the mean in every direction left out."""
        return np.asarray(self.mean + coordinates @ self.directions)


def principal(codes: np.ndarray, count: int | None = None) -> Principal:
    """Principal components of codes (N, D), at most `count`, in float64 (Pearson 1901).

    A single code has D directions of no width: the axes.
    """
    z = np.asarray(codes, dtype=np.float64)
    if not len(z):
        raise NotApplicableError("There are no codes to find directions in")
    mean = z.mean(0)
    dims = z.shape[1]
    values, vectors = np.linalg.eigh((z - mean).T @ (z - mean) / max(1, len(z) - 1))
    values, vectors = np.maximum(values[::-1], 0), vectors.T[::-1]
    if not values[0] > 0:
        vectors = np.eye(dims)
    largest = np.abs(vectors).argmax(1)
    vectors = vectors * np.where(vectors[np.arange(dims), largest] < 0, -1, 1)[:, None]
    total = values.sum()
    share = values / total if total > 0 else np.zeros(dims)
    keep = slice(None, count)
    return Principal(mean, vectors[keep], np.sqrt(values[keep]), share[keep])
