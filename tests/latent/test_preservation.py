"""How well a map keeps neighbourhoods, against scikit-learn and against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.latent import preservation as module
from latentexplorer.latent.distances import Distances
from latentexplorer.latent.preservation import MEASURES, preservation


def spaces(seed: int, count: int = 120, dims: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and a map that keeps some of their neighbourhoods."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(50, 1, (count, dims)).astype(np.float32)
    codes[: count // 3] += 4
    return codes, (codes[:, :2] + rng.normal(0, 0.4, (count, 2))).astype(np.float32)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("k", [1, 5, 15, 59])
def test_it_is_scikit_learns_and_continuity_is_it_with_the_spaces_swapped(
    seed: int, k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CELLS", 1000)
    codes, coords = spaces(seed)
    found = preservation(codes, coords, k)
    assert (found.neighbours, found.count) == (k, 120)
    assert found.overall("trustworthiness") == pytest.approx(trustworthiness(codes, coords, n_neighbors=k), abs=1e-12)
    assert found.overall("continuity") == pytest.approx(trustworthiness(coords, codes, n_neighbors=k), abs=1e-12)
    order = [np.square(p[:, None].astype(float) - p[None]).sum(2).argsort(1)[:, 1 : k + 1] for p in (codes, coords)]
    kept = [len(set(a) & set(b)) / k for a, b in zip(*(each.tolist() for each in order), strict=True)]
    np.testing.assert_allclose(found.values("kept"), kept, atol=1e-12)
    for measure in MEASURES:
        values = found.values(measure)
        assert values.mean() == pytest.approx(found.overall(measure)) and 0 <= values.min() <= values.max() <= 1


@pytest.mark.parametrize("dims", [1, 2, 128])
def test_a_map_that_turns_and_scales_its_codes_keeps_everything(dims: int) -> None:
    codes = np.zeros((40, dims), np.float32)
    codes[:, :2] = np.random.default_rng(0).normal(size=(40, 2))[:, :dims]
    coords = np.zeros((40, 2), np.float32)
    coords[:, : min(dims, 2)] = -8 * codes[:, :2]
    found = preservation(codes, coords, 7)
    assert [found.overall(measure) for measure in MEASURES] == [1, 1, 1]


def test_one_point_that_was_moved_is_the_one_that_is_told() -> None:
    coords = np.stack(np.meshgrid(np.arange(10.0), np.arange(10.0)), -1).reshape(-1, 2)
    coords += np.random.default_rng(0).uniform(0, 0.01, coords.shape)
    moved = coords.copy()
    moved[0] = (9.3, 9.4)
    found = preservation(coords, moved, 4)
    assert found.values("trustworthiness").argmin() == found.values("continuity").argmin() == 0
    assert found.values("kept")[0] == 0 and found.values("kept")[44] == 1


def test_equal_codes_are_neighbours_of_each_other_whatever_their_order() -> None:
    codes = np.random.default_rng(1).normal(size=(2, 37)).repeat(20, axis=0)
    coords = np.repeat([[0.0, 0], [3, 3]], 20, axis=0) + np.random.default_rng(0).normal(0, 0.1, (40, 2))
    found = preservation(codes, coords, 6)
    assert found.overall("trustworthiness") == found.overall("kept") == 1
    assert preservation(np.full((9, 4), 0.1), np.full((9, 2), 0.3), 3).overall("continuity") == 1


def test_of_few_points_fewer_neighbours_are_asked_for_and_of_two_none() -> None:
    codes, coords = spaces(0, count=8)
    assert preservation(codes, coords).neighbours == 3
    assert preservation(codes[:3], coords[:3]).neighbours == 1
    with pytest.raises(NotApplicableError, match="three points"):
        preservation(codes[:2], coords[:2])


def test_of_many_points_some_are_asked_about_and_the_others_are_unknown() -> None:
    codes, coords = spaces(1, count=2500)
    whole, some = preservation(codes, coords), preservation(codes, coords, queries=600, seed=4)
    assert (len(whole.rows), len(some.rows), some.count) == (2500, 600, 2500)
    for measure in MEASURES:
        values = some.values(measure)
        assert np.array_equal(np.flatnonzero(np.isfinite(values)), some.rows)
        np.testing.assert_allclose(values[some.rows], whole.values(measure)[some.rows])
        assert some.overall(measure) == pytest.approx(whole.overall(measure), abs=0.02)
    assert np.array_equal(some.rows, preservation(codes, coords, queries=600, seed=4).rows)


def test_sixty_thousand_points_are_sampled_and_can_be_stopped() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(60_000, 3)).astype(np.float32)
    asked: list[object] = []
    stop = StopToken()

    def hear(event: object) -> None:
        asked.append(event)
        stop.request()

    with pytest.raises(Stopped):
        preservation(codes, codes[:, :2], emit=hear, stop=stop)
    assert len(asked) == 1
    assert "of 2,000" in asked[0].text  # type: ignore[attr-defined]


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_distances_are_the_true_ones_wherever_the_codes_lie(offset: float) -> None:
    codes = np.random.default_rng(0).normal(offset, 1, (500, 128)).astype(np.float32)
    away = Distances(codes).to(7)
    np.testing.assert_allclose(away, np.linalg.norm(codes.astype(float) - codes[7], axis=1), atol=2e-3)
    assert away[7] == 0
