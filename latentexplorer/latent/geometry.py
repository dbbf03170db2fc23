"""The shape of the cloud of codes: its principal directions, and how far from it a code lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.neighbours import nearest, neighbour_graph


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


class Support:
    """How near a code lies to real ones, judged by how near real codes lie to one another.

    For a code at distance d from its k-th nearest real code the support is 1 / (1 + (d / q)^4), where q is the
    distance within which 95 % of the real codes have their own k-th neighbour: 1 on top of the data, 0.5 at its edge,
    towards 0 in empty space.

    Parameters
    ----------
    codes : ndarray (N, D), N >= 2
        Codes of real images.
    k : int
        Neighbours; lowered for few codes.
    limit : int
        At most so many codes are compared with, drawn with `seed`.

    Raises
    ------
    NotApplicableError
        For fewer than two codes.
    """

    WORDS = ((0.5, "near data"), (0.2, "at the edge of the data"), (0.05, "away from the data"))
    FARTHEST = "far from any data"

    def __init__(
        self, codes: np.ndarray, *, k: int = 5, limit: int = 10_000, seed: int = 0, stop: StopToken = NEVER
    ) -> None:
        if len(codes) < 2:
            raise NotApplicableError("One code alone does not tell how far from the data another one lies")
        rng = np.random.default_rng(seed)
        if len(codes) > limit:
            codes = codes[np.sort(rng.choice(len(codes), limit, replace=False))]
        self.codes = np.asarray(codes, dtype=np.float32)
        self.k = min(k, len(codes) - 1)
        probe = rng.choice(len(codes), min(len(codes), 2_000), replace=False)
        if len(probe) == len(codes):
            own = neighbour_graph(self.codes, self.k, stop=stop)[1][:, -1]
        else:
            # A code's nearest is itself, at distance nought, so the k-th other one is the next further on.
            own = nearest(self.codes[probe], self.codes, self.k + 1, stop=stop)[1][:, -1]
        self.edge = float(np.quantile(own, 0.95))

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Support of codes (B, D), 0..1, float32 (B,)."""
        away = nearest(np.atleast_2d(z), self.codes, self.k)[1][:, -1].astype(np.float64)
        ratio = away / self.edge if self.edge > 0 else np.where(away > 0, np.inf, 0.0)
        return (1 / (1 + ratio**4)).astype(np.float32)

    @classmethod
    def words(cls, value: float) -> str:
        """What a support means, for a person."""
        return next((words for least, words in cls.WORDS if value >= least), cls.FARTHEST)
