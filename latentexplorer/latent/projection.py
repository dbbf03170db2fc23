"""Maps: two coordinates for every code, a place for new codes, and a code for empty places.

Methods: `tsne`, `pca`, `umap` (an extra) and `dims` (two raw dimensions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.registry import suggest
from latentexplorer.latent.geometry import Principal, principal
from latentexplorer.latent.neighbours import nearest

if TYPE_CHECKING:
    from latentexplorer.latent.tsne import Affinities

Method = Literal["tsne", "pca", "umap", "dims"]
METHODS: tuple[Method, ...] = ("tsne", "pca", "umap", "dims")
NEIGHBOURS = 5
"""Codes that together answer for an empty place."""


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

    def glance(self, new: np.ndarray) -> np.ndarray:
        """About where new codes (M, D) lie, (M, 2), in a millisecond: amid their nearest codes; exact where `place` is
        as quick.
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
    near, away = codes[index[0]].astype(np.float64), distance[0].astype(np.float64)
    spread = float(np.ptp(coords, axis=0).max()) if len(coords) > 1 else 1.0
    if away[0] <= 1e-6 * spread:
        return near[0].astype(np.float32), "the code of the point itself"
    weight = 1 / away**2
    count = len(near)
    how = f"weighted mean of the {count} nearest codes on the map" if count > 1 else "the only code on the map"
    return (weight @ near / weight.sum()).astype(np.float32), how


class DimensionMap(Projection):
    """Two raw dimensions of the codes."""

    dims: tuple[int, int]

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """The two dimensions of new codes."""
        return _two(np.asarray(new, np.float32), self.dims)

    glance = place

    def code_at(self, position: Sequence[float] | np.ndarray, base: np.ndarray | None = None) -> tuple[np.ndarray, str]:
        """The two dimensions as they are; the others from `base`, else at the mean of the codes."""
        z = np.array(self.codes.mean(0) if base is None else base, np.float32)
        for axis, dimension in reversed(list(enumerate(self.dims))):
            z[dimension] = position[axis]
        if len(z) <= 2:
            return z, "exact"
        return z, "exact in the two dimensions shown, the others " + (
            "at the mean of the codes" if base is None else "as in the current code"
        )


class PrincipalMap(Projection):
    """The two widest directions of the codes."""

    found: Principal

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """The coordinates of new codes along the same directions."""
        return _two(self.found.coordinates(np.asarray(new, np.float64)).astype(np.float32), (0, 1))

    glance = place

    def code_at(self, position: Sequence[float] | np.ndarray, base: np.ndarray | None = None) -> tuple[np.ndarray, str]:
        """The exact inverse; in the directions not shown as `base`, else the mean of the codes."""
        shown = np.asarray(position, np.float64)[: len(self.found.directions)]
        z = self.found.codes(shown)
        if base is not None:
            inside = self.found.coordinates(np.asarray(base, np.float64))
            z = z + (np.asarray(base, np.float64) - self.found.codes(inside))
        if len(z) <= 2:
            return z.astype(np.float32), "exact inverse of the projection"
        return z.astype(np.float32), "exact inverse of the projection, the directions not shown " + (
            "at the mean of the codes" if base is None else "as in the current code"
        )


def project(
    codes: np.ndarray,
    method: str = "tsne",
    *,
    index: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    dims: tuple[int, int] = (0, 1),
    perplexity: float = 30.0,
    steps: int = 750,
    limit: int = 10_000,
    seed: int = 0,
    n_jobs: int = 1,
    reuse: Affinities | None = None,
    resume: Projection | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Projection:
    """Lay codes out on a map. Any number of codes, one and two included.

    Parameters
    ----------
    codes : ndarray (N, D)
    method : one of `METHODS`
    index : ndarray (N,) or None
        Carried along into the result.
    labels : ndarray (N,) or None
        Only used to draw the sample evenly over classes.
    dims : (int, int)
        For `dims`: the dimensions to show.
    perplexity : float
        For `tsne`: how many neighbours each point minds; lowered for few points, with a note. For `umap`: the number
        of neighbours is half of it.
    steps : int
        For `tsne`: gradient steps, the first third with exaggerated attraction.
    limit : int
        For `tsne` and `umap`: codes that make the map; the rest is placed afterwards.
    seed : int
        Of the sample and the start. Same codes and seed, same map.
    n_jobs : int
        Threads for `tsne`. The map does not depend on it.
    reuse : Affinities or None
        For `tsne`: `TsneMap.affinities` of an earlier map of the same codes, so that they are not worked out again.
    resume : Projection or None
        For `tsne`: an unfinished map of these codes to go on with, or a finished one to give more steps; its own
        settings hold, and `steps` is the total to reach.
    emit, stop
        `tsne` emits `ProjectionMoved` at least every 25 steps. When stopped while points move it returns the map as
        it stands, `finished` False; when stopped earlier, or in another method, `Stopped` is raised.

    Raises
    ------
    SettingsError
        For an unknown method or dimension.
    MissingExtraError
        For `umap` where it is not installed.
    NotApplicableError
        Where there are no codes.
    """
    if method not in METHODS:
        raise SettingsError(f"There is no projection {method!r}", suggest(method, METHODS))
    codes = np.ascontiguousarray(codes, np.float32)
    if codes.ndim != 2 or not len(codes) or not codes.shape[1]:
        raise NotApplicableError("There are no codes to lay out on a map")
    if not np.isfinite(codes).all():
        raise NotApplicableError("Some codes are not finite numbers, so they have no place on a map")
    index = np.arange(len(codes)) if index is None else np.asarray(index, np.int64)
    if method == "dims":
        return _dimensions(codes, index, dims)
    if method == "pca":
        return _principal(codes, index)
    if method == "umap":
        from latentexplorer.latent.umap_map import lay_out as lay_out_umap

        sampled = sample_rows(len(codes), limit, labels, seed)
        return lay_out_umap(codes, index, sampled, max(2, round(perplexity / 2)), seed, emit, stop)
    from latentexplorer.latent.tsne import TsneMap, TsneSettings, lay_out

    if resume is not None:
        if not isinstance(resume, TsneMap):
            raise SettingsError("Only a t-SNE map can be resumed")
        return resume.continued(max(steps, resume.step), n_jobs, emit, stop)
    settings = TsneSettings(perplexity=perplexity, steps=steps, seed=seed)
    sampled = sample_rows(len(codes), limit, labels, seed)
    return lay_out(codes, index, sampled, settings, n_jobs, reuse, emit, stop)


def sample_rows(count: int, limit: int, labels: np.ndarray | None, seed: int) -> np.ndarray:
    """At most `limit` of `count` rows, ascending: evenly over classes where labels are known, else drawn at random."""
    if count <= limit:
        return np.arange(count)
    rng = np.random.default_rng(seed)
    if labels is None:
        return np.sort(rng.choice(count, limit, replace=False))
    # In a random order, the first of every class come before the second of any.
    order = rng.permutation(count)
    turn = np.empty(count, np.int64)
    shuffled = np.asarray(labels)[order]
    for label in np.unique(shuffled):
        mine = np.flatnonzero(shuffled == label)
        turn[mine] = np.arange(len(mine))
    return np.sort(order[np.argsort(turn, kind="stable")[:limit]])


def described(what: str, sampled: int, count: int, balanced: str = "") -> str:
    """ "t-SNE of 1,000 codes", or with the size of the sample where it is not all of them."""
    if sampled == count:
        return f"{what} of {count:,} {'code' if count == 1 else 'codes'}"
    return f"{what} of {sampled:,} of {count:,} codes{balanced}, the others placed afterwards"


def _two(values: np.ndarray, columns: tuple[int, int]) -> np.ndarray:
    coords = np.zeros((len(values), 2), np.float32)
    for axis, column in enumerate(columns):
        if column < values.shape[1] and (axis == 0 or values.shape[1] > 1):
            coords[:, axis] = values[:, column]
    return coords


def _flat_note(dims: int) -> tuple[str, ...]:
    return ("The code has one dimension: it lies along a line",) if dims == 1 else ()


def _dimensions(codes: np.ndarray, index: np.ndarray, dims: tuple[int, int]) -> Projection:
    count = codes.shape[1]
    if count == 1:
        dims = (0, 0)
    else:
        for dimension in dims:
            if not 0 <= dimension < count:
                raise SettingsError(f"There is no latent dimension {dimension}", f"Choose from 0 to {count - 1}")
    what = f"dimensions {dims[0]} and {dims[1]}" if count > 1 else "the only dimension"
    made = DimensionMap(
        codes,
        _two(codes, dims),
        index,
        "dims",
        described(what, len(codes), len(codes)),
        _flat_note(count),
        np.arange(len(codes)),
    )
    made.dims = dims
    return made


def _principal(codes: np.ndarray, index: np.ndarray) -> Projection:
    found = principal(codes, 2)
    share = " + ".join(f"{100 * part:.0f} %" for part in found.share)
    made = PrincipalMap(
        codes,
        np.empty((0, 2), np.float32),
        index,
        "pca",
        f"{described('principal components', len(codes), len(codes))}, {share} of the variance",
        _flat_note(codes.shape[1]),
        np.arange(len(codes)),
    )
    made.found = found
    made.coords = made.place(codes)
    return made
