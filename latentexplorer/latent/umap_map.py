"""UMAP (McInnes et al. 2018), through the optional package umap-learn: one piece of work without hooks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import MissingExtraError
from latentexplorer.core.events import Emit, Progress
from latentexplorer.latent.exact_maps import principal_map
from latentexplorer.latent.maps import Projection, described

FEWEST = 5
"""Points below which UMAP's graph is no graph: principal components are shown."""


class UmapMap(Projection):
    """A UMAP layout and what is needed to place more codes on it."""

    reducer: Any

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """Where UMAP's own `transform` puts new codes."""
        stop.check()
        return _quietly(self.reducer.transform, np.asarray(new, np.float32))


def lay_out(
    codes: np.ndarray, index: np.ndarray, sampled: np.ndarray, neighbours: int, seed: int, emit: Emit, stop: StopToken
) -> Projection:
    """A UMAP of `codes[sampled]`, the rest placed afterwards; called by `projection.project`."""
    if len(codes) < FEWEST:
        made = principal_map(codes, index)
        made.notes = (*made.notes, f"UMAP needs {FEWEST} points: principal components are shown")
        return made
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import umap
        except ImportError:
            raise MissingExtraError(
                "UMAP is not installed", 'Install it with: pip install "latentexplorer[umap]"'
            ) from None
    stop.check()
    emit(Progress(0, 0, "laying out with UMAP"))
    near = min(neighbours, len(sampled) - 1)
    reducer = umap.UMAP(n_neighbors=near, random_state=seed, n_jobs=1, init="pca" if codes.shape[1] >= 2 else "random")
    coords = np.empty((len(codes), 2), np.float32)
    coords[sampled] = _quietly(reducer.fit_transform, codes[sampled])
    stop.check()
    rest = np.setdiff1d(np.arange(len(codes)), sampled)
    if len(rest):
        coords[rest] = _quietly(reducer.transform, codes[rest])
    what = f"UMAP ({near} neighbours)"
    made = UmapMap(codes, coords, index, "umap", described(what, len(sampled), len(codes)), (), sampled)
    made.reducer = reducer
    return made


def _quietly(work: Any, points: np.ndarray) -> np.ndarray:
    # It warns of seeds that make it single-threaded, of small graphs and of its own dependencies: nothing to act on.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(work(points), np.float32)
