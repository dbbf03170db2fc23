"""What every map of codes is: coordinates, a place for new codes, a code for empty places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.latent.neighbours import nearest

Method = Literal["tsne", "pca", "umap", "dims"]
METHODS: tuple[Method, ...] = ("tsne", "pca", "umap", "dims")
NEIGHBOURS = 5
"""Codes that together answer for an empty place."""
ON_POINT = 1e-6
"""A place is on a point where it is no farther from it than so much of the map's extent."""
EARLY = 100
"""Steps by which the attraction of a t-SNE that is exaggerated has settled, from principal components: with 60, 125 and
250 of them 10,000 codes end, 500 steps later, with 1.622, 1.629 and 1.633 nats and the same neighbours kept."""


def early_steps(steps: int, asked: int | None = None) -> int:
    """Steps of a t-SNE with exaggerated attraction, at the beginning: a third of all, 100 at most, unless asked for."""
    return min(steps // 3, EARLY) if asked is None else asked


@dataclass
class Projection:
    """Codes on a map.

    Attributes
    ----------
    codes : ndarray (N, D), float32
    coords : ndarray (N, 2), float32
    index : ndarray (N,), int64
        What each row is: its position in the part of the data it comes from.
    method : str
    description : str
        How the map was made, for a person, with the size of the sample it rests on.
    notes : tuple of str
        What had to be done differently from what was asked.
    sampled : ndarray (M,), int64
        Rows the map was made from; the others were placed afterwards.
    finished : bool
        False for a map that was stopped before it had converged: hand it to `project` again as `resume`.
    """

    codes: np.ndarray
    coords: np.ndarray
    index: np.ndarray
    method: Method
    description: str
    notes: tuple[str, ...] = ()
    sampled: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    finished: bool = True

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """Where new codes (M, D) lie on this map: (M, 2), float32. The map itself does not move."""
        raise NotImplementedError

    @property
    def step(self) -> int:
        """Steps done; 0 where a map is made in one piece."""
        return 0

    @property
    def steps(self) -> int:
        """Steps asked for, in all; 0 where a map is made in one piece."""
        return 0

    def place_roughly(self, new: np.ndarray) -> np.ndarray:
        """Places of new codes (M, D) to within their neighbourhood, (M, 2), in a millisecond: the mean place of their
        nearest codes; exact where `place` is as quick.
        """
        near, away = nearest(np.asarray(new, np.float32), self.codes, NEIGHBOURS)
        weight = 1 / np.maximum(away.astype(np.float64), 1e-12) ** 2
        amid = np.einsum("mk,mkc->mc", weight / weight.sum(1, keepdims=True), self.coords[near])
        return np.asarray(amid, np.float32)

    def code_at(self, position: Sequence[float] | np.ndarray, base: np.ndarray | None = None) -> tuple[np.ndarray, str]:
        """A code for a place on the map where there is none.

        Parameters
        ----------
        position : (x, y)
        base : ndarray (D,) or None
            The code that settles what the map does not show, where the method can use one; else the mean code.

        Returns
        -------
        z : ndarray (D,), float32
        how : str
            How it was found, for a person.
        """
        return weighted_code(self.coords, self.codes, np.asarray(position, np.float64))


def weighted_code(coords: np.ndarray, codes: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, str]:
    """The mean of the codes nearest on the map, weighted by 1 / distance squared; on a point, its own code."""
    index, distance = nearest(position[None], coords, min(NEIGHBOURS, len(coords)))
    spread = float(np.ptp(coords, axis=0).max()) if len(coords) > 1 else 1.0
    if distance[0, 0] <= ON_POINT * spread:
        return np.asarray(codes[index[0, 0]], np.float32), "the code of the point itself"
    count = index.shape[1]
    how = f"weighted mean of the {count} nearest codes on the map" if count > 1 else "the only code on the map"
    return amid(codes[index], distance, spread)[0], how


def amid(near: np.ndarray, away: np.ndarray, spread: float) -> np.ndarray:
    """Means (P, D) of codes near (P, k, D), weighted by 1 / distance (P, k) squared; on a point, its own code.

    `spread`: how far the map reaches, by which a place is on a point.
    """
    away = away.astype(np.float64)
    weight = 1 / np.maximum(away, ON_POINT * max(spread, 1e-30)) ** 2
    mean = np.einsum("pk,pkd->pd", weight / weight.sum(1, keepdims=True), near.astype(np.float64))
    return np.where(away[:, :1] <= ON_POINT * spread, near[:, 0], mean).astype(np.float32)


def described(what: str, sampled: int, count: int, balanced: str = "") -> str:
    """ "t-SNE of 1,000 codes", or with the size of the sample where it is not all of them."""
    if sampled == count:
        return f"{what} of {count:,} {'code' if count == 1 else 'codes'}"
    return f"{what} of {sampled:,} of {count:,} codes{balanced}, the others placed afterwards"
