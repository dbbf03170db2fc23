"""UMAP (McInnes et al. 2018), through the optional package umap-learn: one piece of work, but for a bar it draws."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import MissingExtraError
from latentexplorer.core.events import Emit, Progress
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.latent.exact_maps import principal_map
from latentexplorer.latent.maps import Projection, described

FEWEST = 5
"""Points below which UMAP's graph is no graph: principal components are shown."""


class _Listener:
    """What UMAP draws its bar into, a few times a second: where it can be asked to stop once it has been compiled."""

    def __init__(self, emit: Emit, stop: StopToken) -> None:
        self._emit, self._stop = emit, stop

    def write(self, text: str) -> int:
        """Pass on how far it is, or raise `Stopped`."""
        self._stop.check()
        if far := re.search(r"(\d+) of (\d+)", text):
            self._emit(Progress(int(far[1]), int(far[2]), "laying out with UMAP"))
        return len(text)

    def flush(self) -> None:
        """Nothing waits to be written."""


class _NoLock:
    """In place of the lock that all of UMAP's bars share: a bar that is stopped while it is drawn never gives it back.

    The next layout, on another thread, would wait for it for ever. Each bar is drawn on the one thread it belongs to.
    """

    def acquire(self, *_: object, **__: object) -> bool:
        """It is there."""
        return True

    def release(self) -> None:
        """Nobody waits."""

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None:
        """Nobody waits."""


class UmapMap(Projection):
    """A UMAP layout and what is needed to place more codes on it.

    Attributes
    ----------
    reducer : umap.UMAP or None
        None of a map that was kept: UMAP's own state could only be kept as code that runs.
    """

    reducer: Any = None

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """Where UMAP's own `transform` puts new codes; amid their nearest codes on a map that was kept."""
        stop.check()
        if self.reducer is None:
            return self.place_roughly(new)
        return _quietly(self.reducer.transform, np.asarray(new, np.float32), stop)


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
            with one_at_a_time():
                import umap
                from tqdm.auto import tqdm
        except ImportError:
            raise MissingExtraError(
                "UMAP is not installed", 'Install it with: pip install "latentexplorer[umap]"'
            ) from None
    tqdm.set_lock(_NoLock())
    tqdm.monitor_interval = 0  # a thread that looks after bars on a terminal
    stop.check()
    emit(Progress(0, 0, "laying out with UMAP"))
    near = min(neighbours, len(sampled) - 1)
    bar = {"file": _Listener(emit, stop), "bar_format": "{n} of {total}", "disable": False, "mininterval": 0.1}
    start = "pca" if codes.shape[1] >= 2 else "random"
    reducer = umap.UMAP(n_neighbors=near, random_state=seed, n_jobs=1, init=start, tqdm_kwds=bar)
    coords = np.empty((len(codes), 2), np.float32)
    coords[sampled] = _quietly(reducer.fit_transform, codes[sampled], stop)
    stop.check()
    rest = np.setdiff1d(np.arange(len(codes)), sampled)
    if len(rest):
        coords[rest] = _quietly(reducer.transform, codes[rest], stop)
    reducer.tqdm_kwds = {"disable": True}
    made = UmapMap(codes, coords, index, "umap", description(near, len(sampled), len(codes)), (), sampled)
    made.reducer = reducer
    return made


def neighbours_for(perplexity: float) -> int:
    """How many neighbours stand for a perplexity."""
    return max(2, round(perplexity / 2))


def description(near: int, sampled: int, count: int) -> str:
    """How such a map was made, for a person."""
    return described(f"UMAP ({near} neighbours)", sampled, count)


@contextmanager
def stopped_while_compiling(stop: StopToken) -> Iterator[None]:
    """numba compiles what UMAP is made of when it first runs, for half a minute: it is told to stop between two passes.

    Raises
    ------
    Stopped
        On this thread, as if what is compiled could not be: it is compiled when it is asked for again.
    """
    with one_at_a_time():
        from numba.core import event
    here = threading.get_ident()

    class Asked(event.Listener):  # type: ignore[misc]
        def on_start(self, _event: object) -> None:
            if threading.get_ident() == here:
                stop.check()

        def on_end(self, _event: object) -> None:
            """The next one begins soon."""

    with event.install_listener("numba:run_pass", Asked()):
        yield


def _quietly(work: Any, points: np.ndarray, stop: StopToken) -> np.ndarray:
    # It warns of seeds that make it single-threaded, of small graphs and of its own dependencies: nothing to act on.
    with warnings.catch_warnings(), stopped_while_compiling(stop):
        warnings.simplefilter("ignore")
        return np.asarray(work(points), np.float32)
