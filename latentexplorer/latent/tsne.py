"""t-SNE (van der Maaten and Hinton 2008) by openTSNE's routines, in steps that can be watched, stopped and resumed.

openTSNE's own driver looks at its callbacks only between steps that end with an extra evaluation, and multiplies the
affinities in place; here its gradient descent is driven directly, so that a stop is seen at every step, no step is
wasted, and a resumed map ends exactly where an undisturbed one does. These routines are private ones: `pyproject.toml`
holds openTSNE below the next minor version, and a newer one is let in when the tests of maps pass with it.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import Emit, Progress, ProjectionMoved
from latentexplorer.latent.exact_maps import principal_map
from latentexplorer.latent.geometry import principal
from latentexplorer.latent.maps import Projection, described
from latentexplorer.latent.neighbours import nearest, neighbour_graph

FEWEST = 5
"""Points below which there are too few neighbours for any perplexity: principal components are shown."""
EXACT = 20_000
"""Points up to which neighbours are exact; above, Annoy's trees find nearly all of them in less time."""
REPORT_STEPS = 25
REPORT_S = 0.4
EXAGGERATION = 12.0
FFT_FROM, FFT_AREA = 10_000, 0.8
"""Points from which forces come by interpolation on a grid (Linderman et al. 2019), below by a tree; and the most area
of the map for each point: a grid takes time by the area, a tree by the points, and is the more exact one."""
PLACE_STEPS = 100
PLACE_PERPLEXITY = 5


@dataclass(frozen=True)
class TsneSettings:
    """What makes one t-SNE map differ from another of the same codes; see `projection.project`."""

    perplexity: float = 30.0
    steps: int = 750
    seed: int = 0
    early: int | None = None

    @property
    def early_steps(self) -> int:
        """Steps with exaggerated attraction, at the beginning: a third, unless said otherwise."""
        return self.steps // 3 if self.early is None else self.early


@dataclass
class Affinities:
    """How strongly each point attracts each other one: the slow half of t-SNE, which codes and perplexity alone decide.

    Attributes
    ----------
    key : str
        Fingerprint of the codes it was made from.
    neighbours, distances : ndarray (M, k)
    by_perplexity : dict
        Symmetric joint probabilities, (M, M) sparse, that sum to 1.
    """

    key: str
    neighbours: np.ndarray
    distances: np.ndarray
    by_perplexity: dict[float, Any] = field(default_factory=dict)


@dataclass
class State:
    """Where the optimisation stands, whole: copied, it continues the same way.

    `early` is fixed when the map begins, so that asking for more steps later changes nothing that was done.
    """

    layout: np.ndarray
    optimizer: Any
    step: int
    early: int


class TsneMap(Projection):
    """A t-SNE layout with all that is needed to go on with it, and to place more codes on it.

    Attributes
    ----------
    affinities : Affinities or None
        To be handed to the next `project` of the same codes as `reuse`. None of a map that was kept: they are worked
        out when it goes on.
    step, steps : int
        Gradient steps done, and asked for.
    """

    settings: TsneSettings
    perplexity: float
    affinities: Affinities | None
    state: State
    n_jobs: int = 1

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
        state = State(self.state.layout.copy(), self.state.optimizer.copy(), self.state.step, self.state.early)
        settings = TsneSettings(self.settings.perplexity, steps, self.settings.seed, self.state.early)
        if self.affinities is None:
            points, seed = self.codes[self.sampled], settings.seed
            self.affinities = affinities_of(
                points, self.perplexity, seed=seed, n_jobs=n_jobs, reuse=None, emit=emit, stop=stop
            )
        return _finish(self, settings, state, n_jobs, emit, stop)

    def standing(self, settings: TsneSettings, perplexity: float, state: State) -> TsneMap:
        """This map, with where it stands and what that is called."""
        self.settings, self.perplexity, self.state = settings, perplexity, state
        stopped = "" if self.finished else f", stopped after {state.step} of {settings.steps} steps"
        what = f"t-SNE (perplexity {perplexity:.3g})"
        self.description = described(what, len(self.sampled), len(self.codes)) + stopped
        return self

    def place(self, new: np.ndarray, *, stop: StopToken = NEVER) -> np.ndarray:
        """New codes, each drawn towards its nearest codes while the map stands still (Poličar et al. 2023)."""
        new = np.asarray(new, np.float32)
        return _place(new, self.codes[self.sampled], self.state.layout, self.n_jobs, stop).astype(np.float32)


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
    from openTSNE.tsne import gradient_descent

    begun = TsneMap(codes, np.empty((0, 2), np.float32), index, "tsne", "", notes, sampled, False)
    begun.perplexity = perplexity
    # The start is shown before the neighbours are known: the first picture is there at once.
    emit(ProjectionMoved(_for_all(_followers(codes, sampled, stop), sampled, start, len(codes)), 0, settings.steps))
    begun.affinities = affinities_of(
        points, perplexity, seed=settings.seed, n_jobs=n_jobs, reuse=reuse, emit=emit, stop=stop
    )
    state = State(start, gradient_descent(), 0, settings.early_steps)
    return _finish(begun, settings, state, n_jobs, emit, stop, until)


def perplexity_for(points: int, asked: float) -> float:
    """The perplexity that so many points allow."""
    return min(asked, (points - 1) / 3)


def affinities_of(
    points: np.ndarray,
    perplexity: float,
    *,
    seed: int,
    n_jobs: int,
    reuse: Affinities | None,
    emit: Emit,
    stop: StopToken,
) -> Affinities:
    """The affinities of points (M, D) at a perplexity, with as much of `reuse` as fits them."""
    key = hashlib.sha256(str(points.shape).encode() + np.ascontiguousarray(points).tobytes()).hexdigest()
    k = min(len(points) - 1, max(1, int(3 * perplexity)))
    if reuse is None or reuse.key != key or reuse.neighbours.shape[1] < k:
        emit(Progress(0, 0, "finding neighbours"))
        reuse = Affinities(key, *_graph(points, k, seed, n_jobs, stop))
    if perplexity not in reuse.by_perplexity:
        emit(Progress(0, 0, "weighing neighbours"))
        reuse.by_perplexity[perplexity] = _joint(
            reuse.neighbours[:, :k], reuse.distances[:, :k], perplexity, n_jobs, stop
        )
    return reuse


def _graph(points: np.ndarray, k: int, seed: int, n_jobs: int, stop: StopToken) -> tuple[np.ndarray, np.ndarray]:
    if len(points) <= EXACT:
        return neighbour_graph(points, k, stop=stop)
    from openTSNE.dependencies.annoy import AnnoyIndex

    tree = AnnoyIndex(points.shape[1], "euclidean")
    tree.set_seed(seed + 1)
    for row, point in enumerate(points):
        tree.add_item(row, point)
    stop.check()
    tree.build(50, n_jobs=n_jobs)
    neighbours = np.empty((len(points), k), np.int64)
    distances = np.empty((len(points), k))
    for row in range(len(points)):
        if row % 200 == 0:
            stop.check()
        found, away = tree.get_nns_by_item(row, k + 1, include_distances=True)
        neighbours[row], distances[row] = found[1:], away[1:]
    return neighbours, distances


def _conditional(distances: np.ndarray, perplexity: float, n_jobs: int, stop: StopToken) -> np.ndarray:
    """p(j given i) over each point's neighbours, rows that sum to 1, in blocks so that a stop is seen."""
    from openTSNE import _tsne

    rows = np.empty(distances.shape)
    for start in range(0, len(distances), 5_000):
        stop.check()
        part = np.array(distances[start : start + 5_000], dtype=float)
        rows[start : start + 5_000] = np.asarray(
            _tsne.compute_gaussian_perplexity(part, np.array([perplexity], dtype=float), num_threads=n_jobs)
        )
    return rows


def _sparse(weights: np.ndarray, neighbours: np.ndarray, columns: int) -> Any:
    pointers = np.arange(0, weights.size + 1, weights.shape[1], dtype=np.int32)
    return sp.csr_matrix(
        (weights.ravel(), neighbours.ravel().astype(np.int32), pointers), shape=(len(weights), columns)
    )


def _joint(neighbours: np.ndarray, distances: np.ndarray, perplexity: float, n_jobs: int, stop: StopToken) -> Any:
    """Symmetric joint probabilities p_ij = (p(j given i) + p(i given j)) / 2N."""
    one_way = _sparse(_conditional(distances, perplexity, n_jobs, stop), neighbours, len(neighbours))
    both = (one_way + one_way.T).tocsr()
    both.sort_indices()
    both.data /= both.data.sum()
    return both


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
    n_jobs: int,
    emit: Emit,
    stop: StopToken,
    until: int | None = None,
) -> TsneMap:
    """Move the points up to the last step or a stop, then give the codes outside the sample their places.

    `until`: as if it had been stopped after so many steps.
    """
    codes, sampled = begun.codes, begun.sampled
    followers = _followers(codes, sampled, NEVER)
    assert begun.affinities is not None
    probabilities = begun.affinities.by_perplexity[begun.perplexity]

    def show() -> None:
        emit(ProjectionMoved(_for_all(followers, sampled, state.layout, len(codes)), state.step, settings.steps))

    with contextlib.suppress(Stopped):
        _descend(state, probabilities, settings.steps if until is None else until, n_jobs, stop, show)
    coords = _for_all(followers, sampled, state.layout, len(codes))
    finished = until is None and state.step >= settings.steps
    if finished and followers is not None:
        try:
            rest = followers.rows
            coords[rest] = _place(codes[rest], codes[sampled], state.layout, n_jobs, stop)
        except Stopped:
            finished = False
    made = TsneMap(codes, coords, begun.index, "tsne", "", begun.notes, sampled, finished)
    made.affinities, made.n_jobs = begun.affinities, n_jobs
    return made.standing(settings, begun.perplexity, state)


def _suits_a_grid(layout: np.ndarray) -> bool:
    """Whether forces are found sooner on a grid than by a tree."""
    return len(layout) >= FFT_FROM and bool(np.ptp(layout, axis=0).max() ** 2 <= FFT_AREA * len(layout))


def _descend(state: State, probabilities: Any, steps: int, n_jobs: int, stop: StopToken, show: Any) -> None:
    """Gradient steps from `state.step` to `steps`, in place; a step is either done wholly or not at all."""
    from openTSNE.tsne import kl_divergence_bh, kl_divergence_fft

    reported = time.monotonic()

    def gradient(embedding: np.ndarray, P: Any, should_eval_error: bool = False, **rest: Any) -> tuple[float, Any]:
        nonlocal reported
        if should_eval_error:  # only asked for after the last step, for a number nobody reads
            return float("nan"), None
        stop.check()
        now = time.monotonic()
        if now - reported > REPORT_S:
            reported = now
            show()
        forces = kl_divergence_fft if _suits_a_grid(embedding) else kl_divergence_bh
        found = forces(embedding, P, should_eval_error=False, **rest)
        state.step += 1
        return found  # type: ignore[no-any-return]

    while state.step < steps:
        early = state.step < state.early
        exaggeration = EXAGGERATION if early else 1.0
        last = min(state.early if early else steps, state.step + REPORT_STEPS, steps)
        pulled = probabilities * exaggeration if early else probabilities
        state.optimizer(
            embedding=state.layout,
            P=pulled,
            n_iter=last - state.step,
            objective_function=gradient,
            learning_rate=max(len(state.layout) / exaggeration, 50.0),  # Belkina et al. 2019
            momentum=0.8,
            n_jobs=n_jobs,
        )
        reported = time.monotonic()
        show()


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


def _place(new: np.ndarray, points: np.ndarray, layout: np.ndarray, n_jobs: int, stop: StopToken) -> np.ndarray:
    """Coordinates (B, 2) of new codes among `points` (M, D) that lie at `layout` (M, 2)."""
    from openTSNE.tsne import gradient_descent, kl_divergence_bh

    if not len(new):
        return np.empty((0, 2))
    neighbours, distances = nearest(new, points, min(25, len(points)), stop=stop)
    placed = np.ascontiguousarray(np.median(layout[neighbours], axis=1))
    k = min(3 * PLACE_PERPLEXITY, len(points))
    perplexity = min(float(PLACE_PERPLEXITY), k / 3)
    pull = _sparse(_conditional(distances[:, :k], perplexity, n_jobs, stop), neighbours[:, :k], len(points))
    reference = np.ascontiguousarray(layout)

    def gradient(embedding: np.ndarray, P: Any, should_eval_error: bool = False, **rest: Any) -> tuple[float, Any]:
        if should_eval_error:
            return float("nan"), None
        stop.check()
        rest["reference_embedding"] = reference
        return kl_divergence_bh(embedding, P * 1.5, should_eval_error=False, **rest)  # type: ignore[no-any-return]

    gradient_descent()(
        embedding=placed,
        P=pull,
        n_iter=PLACE_STEPS,
        objective_function=gradient,
        learning_rate=0.1,
        momentum=0.8,
        max_grad_norm=0.25,
        max_step_norm=None,
        n_jobs=n_jobs,
        reference_embedding=_Standing(reference),
    )
    return placed


class _Standing(np.ndarray):
    """Points that others are placed among: openTSNE reads two attributes of its grid, which is not used here."""

    interp_coeffs = None
    box_x_lower_bounds = None

    def __new__(cls, points: np.ndarray) -> _Standing:
        return np.array(points).view(cls)


__all__ = ["Affinities", "TsneMap", "TsneSettings", "affinities_of", "lay_out"]
