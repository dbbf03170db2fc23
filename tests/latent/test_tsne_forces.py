"""The forces of t-SNE: on a grid as pair by pair, by torch as by openTSNE, and as far whatever the device."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Event, ProjectionMoved, ignore
from latentexplorer.latent import affinities, repulsion
from latentexplorer.latent.affinities import affinities_of, device_for, graph_on
from latentexplorer.latent.descent import Edges, Forces, Routine, State, descend
from latentexplorer.latent.neighbours import neighbour_graph
from latentexplorer.latent.projection import project
from latentexplorer.latent.repulsion import Repulsion
from latentexplorer.latent.tsne import TsneMap
from tests.latent.test_projection import kept

CODES = (load_digits().data / 16).astype(np.float32)
CPU = torch.device("cpu")


def probabilities(points: np.ndarray, perplexity: float = 30.0) -> object:
    found = affinities_of(points, perplexity, seed=0, n_jobs=1, reuse=None, emit=ignore, stop=NEVER)
    return found.by_perplexity[perplexity]


def by_torch(points: np.ndarray, device: torch.device = CPU) -> Forces:
    """The forces that a card has."""
    return Forces(Edges(probabilities(points), device), Repulsion(tree_up_to=0), device)


def pairs(layout: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """All pairs, written out: the sum of K, the pushes, and K (N, N) without its diagonal."""
    apart = layout[:, None] - layout[None]
    near = 1 / (1 + (apart**2).sum(-1))
    push = (near[..., None] ** 2 * apart).sum(1)
    np.fill_diagonal(near, 0)
    return near.sum(), push, near


def cloud(width: float, flat: float = 1.0) -> np.ndarray:
    places = np.random.default_rng(1).uniform(-0.5, 0.5, (400, 2)) * [width, width * flat]
    return places + np.array([3.7, -100.0])


CLOUDS: dict[str, Callable[[], np.ndarray]] = {
    "dot": lambda: cloud(5e-4),
    "small": lambda: cloud(5),
    "as wide as single precision begins": lambda: cloud(8.5),
    "wide": lambda: cloud(25),
    "line": lambda: cloud(60, 0.0),
    "outlier": lambda: np.vstack([cloud(5), [[150.0, -90.0]]]),
    "one that is far away": lambda: np.vstack([cloud(5), [[40_000.0, 9_000.0]]]),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_a_grid_pushes_as_all_pairs_do(name: str) -> None:
    layout = CLOUDS[name]()
    total, push, _ = pairs(layout)
    found_total, found = Repulsion(tree_up_to=0)(torch.from_numpy(layout))
    assert float(found_total) == pytest.approx(total, rel=0.01)
    assert np.linalg.norm(found.numpy() - push) < 0.05 * np.linalg.norm(push)


def test_equal_points_do_not_push() -> None:
    total, push = Repulsion(tree_up_to=0)(torch.ones(50, 2, dtype=torch.float64))
    assert float(total) == pytest.approx(50 * 49) and float(push.abs().max()) < 1e-6


def test_pairs_push_as_all_pairs_do_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repulsion, "PAIRS", 3_000)
    layout = cloud(60)
    total, push, _ = pairs(layout)
    found_total, found = repulsion._by_pairs(torch.from_numpy(layout))
    assert float(found_total) == pytest.approx(total)
    np.testing.assert_allclose(found.numpy(), push, atol=1e-9)


@pytest.mark.parametrize("equal", [0, 40])
def test_neighbours_by_torch_are_the_nearest(equal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affinities, "CELLS", 70 * 300)
    points = CODES[:300].copy()
    points[:equal] = points[0]
    found, away = graph_on(CPU, points, 12, NEVER)
    wanted, distance = neighbour_graph(points, 12)
    np.testing.assert_allclose(away, distance, atol=1e-5)
    assert not (found == np.arange(300)[:, None]).any()
    # Of equally near ones any will do.
    assert equal or (np.sort(found) == np.sort(wanted)).mean() > 0.99


@pytest.mark.parametrize("exaggeration", [1.0, 12.0])
def test_gradient_and_divergence_by_torch_are_those_of_all_pairs(exaggeration: float) -> None:
    points, layout = CODES[:200], cloud(5)[:200]
    p = np.asarray(probabilities(points).todense())  # type: ignore[attr-defined]
    total, push, near = pairs(layout)
    apart = layout[:, None] - layout[None]
    wanted = ((exaggeration * p * near)[..., None] * apart).sum(1) - push / total
    there, edges = torch.from_numpy(layout), Edges(probabilities(points), CPU)
    routine = Routine(probabilities(points), 1)
    for repulsion_, within in ((Repulsion(tree_up_to=0), 0.01), (Repulsion(), 0.05)):
        for attraction in (edges, routine):
            found = Forces(attraction, repulsion_, CPU).gradient(there, exaggeration).numpy()
            assert np.linalg.norm(found - wanted) < within * np.linalg.norm(wanted)
    divergence = (p[p > 0] * np.log(p[p > 0] * total / near[p > 0])).sum()
    assert float(edges.divergence(there, torch.tensor(total))) == pytest.approx(divergence)


def test_by_torch_neighbours_are_kept_as_opentsne_keeps_them_at_the_same_steps() -> None:
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import Sklearn

    points = CODES[:1_000]
    # Left to itself it imports pynndescent to see whether it is there, which numba compiles for a quarter of a minute.
    attraction = PerplexityBasedNN(knn_index=Sklearn(points, 90), perplexity=30)
    fit = TSNE(initialization="pca", n_iter=200, early_exaggeration_iter=100, random_state=0)
    reference = fit.fit(points, affinities=attraction)
    made = project(points, steps=300)
    assert isinstance(made, TsneMap)
    state = State(np.array(project(points, steps=300, until=0).state.layout), 0, 100)  # type: ignore[attr-defined]
    descend(state, by_torch(points), 300, NEVER, lambda: None)
    wanted = kept(points, np.asarray(reference))
    assert kept(points, state.layout) > wanted - 0.01 and kept(points, made.coords) > wanted - 0.01


def stopped_and_not(points: np.ndarray, device: torch.device) -> tuple[State, State]:
    """Where a descent of 60 steps ends, and one that was stopped after 23 and went on elsewhere."""
    start = np.random.default_rng(0).normal(0, 1e-4, (len(points), 2))
    whole, part = State(start.copy(), 0, 40), State(start.copy(), 0, 40)
    descend(whole, by_torch(points, device), 60, NEVER, lambda: None)
    descend(part, by_torch(points, device), 23, NEVER, lambda: None)
    rest = part.copy()
    descend(rest, by_torch(points, device), 60, NEVER, lambda: None)
    assert part.step == 23 and not np.array_equal(part.layout, rest.layout)
    return whole, rest


def test_by_torch_a_stopped_descent_ends_as_if_never_stopped() -> None:
    whole, rest = stopped_and_not(CODES[:300], CPU)
    for name in ("layout", "gains", "update"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(rest, name))


@pytest.mark.gpu
def test_a_card_moves_points_the_same_way_each_time_and_keeps_their_neighbours() -> None:
    card = torch.device("cuda")
    whole, rest = stopped_and_not(CODES[:1_000], card)
    np.testing.assert_array_equal(whole.layout, rest.layout)
    points = np.vstack([CODES, CODES + 0.01, CODES[::-1] - 0.01]).astype(np.float32)
    assert device_for(len(points)).type == "cuda"
    made = project(points, steps=300, until=60)
    assert isinstance(made, TsneMap) and np.isfinite(made.coords).all()
    done = project(points, steps=300, resume=made)
    np.testing.assert_array_equal(done.coords, project(points, steps=300).coords)
    stop, seen = StopToken(), list[int]()

    def watch(event: Event) -> None:
        if isinstance(event, ProjectionMoved):
            assert np.isfinite(event.coords).all()
            seen.append(event.step)
            if event.step >= 50:
                stop.request()

    part = project(points, steps=300, emit=watch, stop=stop)
    assert "stopped after" in part.description and seen[0] == 0 and max(np.diff(seen)) <= 25
    np.testing.assert_array_equal(project(points, steps=300, resume=part).coords, done.coords)
    state = State(project(points, steps=300, until=0).state.layout.copy(), 0, 100)  # type: ignore[attr-defined]
    descend(state, Forces.of(probabilities(points), CPU, 2), 300, NEVER, lambda: None)
    assert kept(points, done.coords) > kept(points, state.layout) - 0.01
    assert done.place(points[:5]).shape == (5, 2)
