"""t-SNE (van der Maaten and Hinton 2008), in steps that can be watched, stopped and resumed.

What attracts comes from openTSNE's routines, and so does the place of new codes; the descent and its forces are driven
here (`latentexplorer.latent.descent`), so that a stop is seen at every step and a resumed map ends exactly where an
undisturbed one does. Those routines are private ones: `pyproject.toml` holds openTSNE below the next minor version, and
a newer one is let in when the tests of maps pass with it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import Emit, ProjectionMoved
from latentexplorer.latent.affinities import Affinities, affinities_of, device_for, perplexity_for
from latentexplorer.latent.descent import Forces, State, descend
from latentexplorer.latent.exact_maps import principal_map
from latentexplorer.latent.geometry import principal
from latentexplorer.latent.map_kl import map_kl
from latentexplorer.latent.maps import Projection, described, early_steps
from latentexplorer.latent.neighbours import nearest
from latentexplorer.latent.placing import placed

FEWEST = 5
"""Points below which there are too few neighbours for any perplexity: principal components are shown."""


@dataclass(frozen=True)
class TsneSettings:
    """What makes one t-SNE map differ from another of the same codes; see `projection.project`."""

    perplexity: float = 30.0
    steps: int = 600
    seed: int = 0
    early: int | None = None

    @property
    def early_steps(self) -> int:
        """Steps with exaggerated attraction, at the beginning."""
        return early_steps(self.steps, self.early)


class TsneMap(Projection):
    """A t-SNE layout with all that is needed to go on with it, and to place more codes on it.

    Attributes
    ----------
    affinities : Affinities or None
        To be handed to the next `project` of the same codes as `reuse`. None of a map that was kept: they are worked
        out when it goes on.
    step, steps : int
        Gradient steps done, and asked for.
    kl : float or None
        What the steps minimise, as it stands, nats: see `map_kl`.
    """

    settings: TsneSettings
    perplexity: float
    affinities: Affinities | None
    state: State
    n_jobs: int = 1
    kl: float | None = None

    @property
    def step(self) -> int:
        """Gradient steps done."""
        return self.state.step

    @property
    def steps(self) -> int:
        """Gradient steps asked for, in all."""
        return self.settings.steps

    def continued(self, steps: int, n_jobs: int, emit: Emit, stop: StopToken) -> TsneMap:
        """A new map that goes on from this one to `steps` steps; this one stays as it is."""
        state = self.state.copy()
        settings = TsneSettings(self.settings.perplexity, steps, self.settings.seed, self.state.early)
        if self.affinities is None:
            points, seed = self.codes[self.sampled], settings.seed
            self.affinities = affinities_of(
                points, self.perplexity, seed=seed, n_jobs=n_jobs, reuse=None, emit=emit, stop=stop
            )
        followers = _followers(self.codes, self.sampled, stop)
        return _finish(self, settings, state, followers, n_jobs, emit, stop)

    def standing(self, settings: TsneSettings, perplexity: float, state: State) -> TsneMap:
        """This map, with where it stands and what that is called."""
        self.settings, self.perplexity, self.state = settings, perplexity, state
        stopped = "" if self.finished else f", stopped after {state.step} of {settings.steps} steps"
        what = f"t-SNE (perplexity {perplexity:.3g})"
        kept = "" if self.kl is None else f", KL {self.kl:.2f} nats"
        self.description = described(what, len(self.sampled), len(self.codes)) + kept + stopped
        return self

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """New codes, each drawn towards its nearest codes while the map stands still (Poličar et al. 2023)."""
        new = np.asarray(new, np.float32)
        return placed(new, self.codes[self.sampled], self.state.layout, self.n_jobs, stop).astype(np.float32)


def lay_out(
    codes: np.ndarray,
    index: np.ndarray,
    sampled: np.ndarray,
    settings: TsneSettings,
    n_jobs: int,
    reuse: Affinities | None,
    emit: Emit,
    stop: StopToken,
    until: int | None = None,
) -> Projection:
    """A t-SNE of `codes[sampled]`, the rest placed afterwards; called by `projection.project`."""
    if len(sampled) < FEWEST:
        made = principal_map(codes, index)
        made.notes = (*made.notes, f"t-SNE needs {FEWEST} points: principal components are shown")
        return made
    points = codes[sampled]
    perplexity = perplexity_for(len(points), settings.perplexity)
    notes: tuple[str, ...] = ()
    if perplexity < settings.perplexity:
        notes = (f"Perplexity lowered to {perplexity:.3g}: each point has {len(points) - 1} others",)
    start = _start(points, settings.seed)
    begun = TsneMap(codes, np.empty((0, 2), np.float32), index, "tsne", "", notes, sampled, False)
    begun.perplexity = perplexity
    # The start is shown before the neighbours are known: the first picture is there at once.
    followers = _followers(codes, sampled, stop)
    emit(ProjectionMoved(_for_all(followers, sampled, start, len(codes)), 0, settings.steps))
    begun.affinities = affinities_of(
        points, perplexity, seed=settings.seed, n_jobs=n_jobs, reuse=reuse, emit=emit, stop=stop
    )
    state = State(start, 0, settings.early_steps)
    return _finish(begun, settings, state, followers, n_jobs, emit, stop, until)


def _start(points: np.ndarray, seed: int) -> np.ndarray:
    """The first two principal components, shrunk to a dot (Kobak and Berens 2019), a little shaken apart."""
    coords = np.zeros((len(points), 2))
    found = principal(points, 2)
    if found.std[0] > 0:
        along = found.coordinates(points.astype(np.float64))
        coords[:, : along.shape[1]] = 1e-4 * along / found.std[0]
    return np.ascontiguousarray(coords + np.random.default_rng(seed).normal(0, 1e-6, coords.shape))


def _finish(
    begun: TsneMap,
    settings: TsneSettings,
    state: State,
    followers: _Followers | None,
    n_jobs: int,
    emit: Emit,
    stop: StopToken,
    until: int | None = None,
) -> TsneMap:
    """Move the points up to the last step or a stop, then give the codes outside the sample their places.

    `until`: as if it had been stopped after so many steps.
    """
    codes, sampled = begun.codes, begun.sampled
    assert begun.affinities is not None
    probabilities = begun.affinities.by_perplexity[begun.perplexity]

    def show() -> None:
        emit(ProjectionMoved(_for_all(followers, sampled, state.layout, len(codes)), state.step, settings.steps))

    with contextlib.suppress(Stopped):
        forces = Forces.of(probabilities, device_for(len(sampled)), n_jobs)
        descend(state, forces, settings.steps if until is None else until, stop, show)
    coords = _for_all(followers, sampled, state.layout, len(codes))
    finished = until is None and state.step >= settings.steps
    if finished and followers is not None:
        try:
            rest = followers.rows
            coords[rest] = placed(codes[rest], codes[sampled], state.layout, n_jobs, stop)
        except Stopped:
            finished = False
    made = TsneMap(codes, coords, begun.index, "tsne", "", begun.notes, sampled, finished)
    made.affinities, made.n_jobs = begun.affinities, n_jobs
    made.kl = map_kl(probabilities, state.layout)
    return made.standing(settings, begun.perplexity, state)


@dataclass(frozen=True)
class _Followers:
    """Codes outside the sample: while the map moves, each is shown amid its nearest sampled ones."""

    rows: np.ndarray
    leaders: np.ndarray
    weights: np.ndarray


def _followers(codes: np.ndarray, sampled: np.ndarray, stop: StopToken) -> _Followers | None:
    if len(sampled) == len(codes):
        return None
    rows = np.setdiff1d(np.arange(len(codes)), sampled)
    leaders, away = nearest(codes[rows], codes[sampled], 3, stop=stop)
    weights = 1 / (away.astype(np.float64) + 1e-6 + away[:, :1])
    return _Followers(rows, leaders, weights / weights.sum(1, keepdims=True))


def _for_all(followers: _Followers | None, sampled: np.ndarray, layout: np.ndarray, count: int) -> np.ndarray:
    coords = np.empty((count, 2), np.float32)
    coords[sampled] = layout
    if followers is not None:
        coords[followers.rows] = np.einsum("rk,rkc->rc", followers.weights, layout[followers.leaders])
    return coords


__all__ = ["Affinities", "TsneMap", "TsneSettings", "affinities_of", "lay_out"]
