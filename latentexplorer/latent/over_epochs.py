"""How codes move from epoch to epoch: over an area that stays, and how far each state still is from the end.

Maps whose axes mean nothing (t-SNE, UMAP) lie alike only where they are one map: codes of all states are then laid out
together, each code drawn to its neighbours of whatever state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.latent.maps import Method, Projection, described
from latentexplorer.latent.projection import project
from latentexplorer.models import Codes

MARGIN = 0.04
"""Beside the outermost places, in parts of what they span."""


@dataclass(frozen=True)
class Movement:
    """The same N codes after each of E epochs.

    Attributes
    ----------
    index : ndarray (N,), int64
        Positions of the images that have a code in every state, ascending.
    moved : ndarray (E,), float64
        Root mean square way that the codes still go from each state to the last one, in spreads of the last (the root
        of the total variance of its codes): 0 at the end, about 1.4 where a state has nothing in common with it.
    """

    index: np.ndarray
    moved: np.ndarray


def movement(states: Sequence[Codes]) -> Movement:
    """How far codes still are from where they end, epoch by epoch; the last of `states` is the end.

    Raises
    ------
    NotApplicableError
        Where no image has a code in every state.
    """
    index = reduce(np.intersect1d, [codes.index for codes in states])
    if not len(index):
        raise NotApplicableError("No image has a code in every kept state")
    end = same_images(states[-1], index).loc.astype(np.float64)
    spread = float(np.sqrt(np.square(end - end.mean(0)).sum(1).mean()))
    ways = [np.sqrt(np.square(same_images(codes, index).loc - end).sum(1).mean()) for codes in states]
    return Movement(index, np.array(ways) / spread if spread > 0 else np.zeros(len(ways)))


def same_images(codes: Codes, index: np.ndarray) -> Codes:
    """The codes of the images at positions `index`, in that order; all of them must have one."""
    order = np.argsort(codes.index, kind="stable")
    return codes.take(order[np.searchsorted(codes.index, index, sorter=order)])


def area_of(places: Sequence[np.ndarray]) -> tuple[float, float, float, float]:
    """The square that holds all places (N, 2) of every state, with a little air: left, right, bottom, top."""
    low = np.min([each.min(0) for each in places], axis=0).astype(np.float64)
    high = np.max([each.max(0) for each in places], axis=0).astype(np.float64)
    least = 1e-6 * max(1.0, float(np.abs(high).max()), float(np.abs(low).max()))
    half = (0.5 + MARGIN) * max(float((high - low).max()), least)
    low, high = (low + high) / 2 - half, (low + high) / 2 + half
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


class StateMap(Projection):
    """The codes of one state on a map of several: new codes stand amid the nearest of that state.

    Attributes
    ----------
    whole : Projection
        The map of all states: what is gone on with where it was stopped.
    """

    whole: Projection

    def of(self, whole: Projection) -> StateMap:
        """This map, with that of all states."""
        self.whole = whole
        return self

    @property
    def step(self) -> int:
        """Steps done by the map of all states."""
        return self.whole.step

    @property
    def steps(self) -> int:
        """Steps asked of the map of all states."""
        return self.whole.steps

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """The mean place of the nearest codes, (M, 2)."""
        return self.place_roughly(new)


def laid_out_together(
    states: Sequence[np.ndarray],
    method: Method,
    index: np.ndarray,
    *,
    perplexity: float = 30.0,
    seed: int = 0,
    steps: int = 600,
    early: int | None = None,
    until: int | None = None,
    resume: Projection | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> list[Projection]:
    """One map of the codes of all states, a part of it for each; unfinished where it was stopped while points moved.

    Parameters
    ----------
    states : sequence of ndarray (N, D)
        Codes of the same N images after each of E epochs.
    method : "tsne" or "umap"
    index : ndarray (N,), int64
        Positions of the images.
    steps : int
        Of t-SNE.
    early, until : int or None
        Of t-SNE: steps that pull neighbours together harder, and the step at which it is left unfinished, as in
        `project`.
    resume : Projection or None
        `StateMap.whole` of a t-SNE that is gone on with, up to `steps` steps in all.

    Returns
    -------
    list of E StateMap
        Principal components (`method` says so) where there are too few different codes for another map.

    Raises
    ------
    Stopped
        Where no point has moved yet.
    """
    count = len(index)
    every = np.concatenate(states)
    # All of them: one that is placed afterwards would stand where its neighbours of other states do.
    made = project(
        every,
        method,
        limit=len(every),
        perplexity=perplexity,
        seed=seed,
        steps=steps,
        early=early,
        until=until,
        resume=resume,
        emit=emit,
        stop=stop,
    )
    name = {"tsne": "t-SNE", "umap": "UMAP"}.get(made.method, "principal components")
    what = f"{described(name, len(every), len(every))} of {len(states)} states together"
    what += "" if made.finished else f", stopped after {made.step} of {made.steps} steps"
    rows = np.arange(count)
    return [
        StateMap(codes, coords, index, made.method, what, made.notes, rows, made.finished).of(made)
        for codes, coords in zip(states, np.split(made.coords, len(states)), strict=True)
    ]
