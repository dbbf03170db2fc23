"""Maps: two coordinates for every code, a place for new codes, and a code for empty places.

Methods: `tsne`, `pca`, `umap` (an extra) and `dims` (two raw dimensions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.cores import usable_cores
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.registry import suggest
from latentexplorer.latent.exact_maps import DimensionMap, PrincipalMap, dimension_map, principal_map
from latentexplorer.latent.maps import METHODS, Method, Projection, weighted_code

FEWEST = 5
"""Different codes below which t-SNE and UMAP, which push equal ones apart, would draw places that mean nothing."""

if TYPE_CHECKING:
    from latentexplorer.latent.affinities import Affinities

__all__ = [
    "METHODS",
    "DimensionMap",
    "Method",
    "PrincipalMap",
    "Projection",
    "project",
    "sample_rows",
    "weighted_code",
]


def project(
    codes: np.ndarray,
    method: str = "tsne",
    *,
    index: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    dims: tuple[int, int] = (0, 1),
    perplexity: float = 30.0,
    steps: int = 600,
    early: int | None = None,
    until: int | None = None,
    limit: int = 10_000,
    seed: int = 0,
    n_jobs: int | None = None,
    reuse: Affinities | None = None,
    resume: Projection | None = None,
    along: np.ndarray | None = None,
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
        For `tsne`: how many neighbours each point is drawn to; lowered for few points, with a note. For `umap`: the
        number of neighbours is half of it.
    steps : int
        For `tsne`: gradient steps.
    early : int or None
        For `tsne`: so many of them, at the beginning, with exaggerated attraction; None: a third, 100 at most.
    until : int or None
        For `tsne`: leave it after so many steps, unfinished, as if it had been stopped there.
    limit : int
        For `tsne` and `umap`: codes that make the map; the rest is placed afterwards.
    seed : int
        Of the sample and the start. Same codes and seed, same map.
    n_jobs : int or None
        Threads for `tsne`; None: one for each core that this process may use. The map does not depend on it.
    reuse : Affinities or None
        For `tsne`: `TsneMap.affinities` of an earlier map of the same codes, so that they are not worked out again.
    resume : Projection or None
        For `tsne`: an unfinished map of these codes to go on with, or a finished one to give more steps; its own
        settings hold, and `steps` is the total to reach.
    along : ndarray (M, D) or None
        For `pca`: other codes whose principal components are the axes.
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
        return dimension_map(codes, index, dims)
    if method == "pca":
        return principal_map(codes, index, along)
    from latentexplorer.latent.tsne import TsneMap, TsneSettings, lay_out

    if resume is not None:
        if not isinstance(resume, TsneMap):
            raise SettingsError("Only a t-SNE map can be resumed")
        return resume.continued(max(steps, resume.step), n_jobs or usable_cores(), emit, stop)
    different = _different(codes)
    if different < FEWEST <= len(codes):
        made = principal_map(codes, index)
        only = "All codes are equal" if different == 1 else f"There are only {different} different codes"
        made.notes = (*made.notes, f"{only}: principal components are shown, where equal codes have one place")
        return made
    sampled = sample_rows(len(codes), limit, labels, seed)
    if method == "umap":
        from latentexplorer.latent import umap_map

        made = umap_map.lay_out(codes, index, sampled, umap_map.neighbours_for(perplexity), seed, emit, stop)
    else:
        settings = TsneSettings(perplexity=perplexity, steps=steps, seed=seed, early=early)
        made = lay_out(codes, index, sampled, settings, n_jobs or usable_cores(), reuse, emit, stop, until)
    if different < len(codes) and made.method == method:
        made.notes = (
            *made.notes,
            f"{len(codes):,} codes are {different:,} different ones; equal ones lie side by side",
        )
    return made


def _different(codes: np.ndarray) -> int:
    """How many different codes there are; 1 where they differ by no more than rounding."""
    if float(np.ptp(codes, axis=0).max()) <= 1e-6 * max(1.0, float(np.abs(codes).max())):
        return 1
    return len(np.unique(codes, axis=0))


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
