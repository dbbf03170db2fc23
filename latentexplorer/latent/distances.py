"""True distances from one code to all others: what a map shows only in part."""

from __future__ import annotations

import numpy as np


class Distances:
    """Euclidean distances among codes (N, D), one row of them at a time by one matrix-vector product.

    In single precision: off by some 1e-4 of the cloud's width at most, which no colour shows.
    """

    def __init__(self, codes: np.ndarray) -> None:
        codes = np.asarray(codes, np.float32)
        # Rounding is smallest near the middle of the codes.
        self._codes = codes - codes.mean(0, dtype=np.float64).astype(np.float32)
        self._squares = np.einsum("nd,nd->n", self._codes, self._codes)

    def to(self, row: int) -> np.ndarray:
        """Distances (N,) of all codes to one of them, float32, in units of the code; 0 to itself."""
        squared = self._squares + self._squares[row] - 2 * (self._codes @ self._codes[row])
        squared[row] = 0
        return np.asarray(np.sqrt(np.maximum(squared, 0)))
