"""Neighbours and principal directions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.latent import neighbours
from latentexplorer.latent.geometry import principal
from latentexplorer.latent.neighbours import nearest, nearest_images, neighbour_graph


@pytest.mark.parametrize("block", [37, 10_000])
def test_neighbours_are_those_of_scikit_learn(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    known, query = rng.normal(5, 1, (300, 7)), rng.normal(5, 1, (41, 7))
    monkeypatch.setattr(neighbours, "BLOCK", block)
    monkeypatch.setattr(neighbours, "CELLS", 500)
    index, distance = nearest(query, known, 6)
    expected, which = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(known).kneighbors(query)
    assert np.array_equal(index, which)
    np.testing.assert_allclose(distance, expected, rtol=1e-5)


def test_a_point_is_not_its_own_neighbour_even_among_equal_ones() -> None:
    points = np.vstack([np.zeros((6, 2)), np.ones((1, 2))])
    index, distance = neighbour_graph(points, 3)
    assert not (index == np.arange(7)[:, None]).any()
    assert np.array_equal(distance[:6], np.zeros((6, 3)))
    np.testing.assert_allclose(distance[6], np.sqrt(2), rtol=1e-6)


def test_nearest_images_are_measured_in_rmse_whatever_their_type() -> None:
    rng = np.random.default_rng(0)
    known = rng.integers(0, 256, (50, 6, 5, 3), dtype=np.uint8)
    index, rmse = nearest_images(known[[7, 30]].astype(np.float32) / 255, known, 2)
    assert index[:, 0].tolist() == [7, 30]
    assert np.allclose(rmse[:, 0], 0, atol=1e-6)
    away = (known[7] / 255.0 - known[index[0, 1]] / 255.0) ** 2
    assert rmse[0, 1] == pytest.approx(np.sqrt(away.mean()), rel=1e-5)
    assert np.array_equal(nearest_images(known[[7]], known, 2)[0], index[:1])


def test_a_search_can_be_stopped_and_an_empty_one_is_refused() -> None:
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        nearest(np.zeros((1, 2)), np.zeros((5, 2)), stop=stop)
    with pytest.raises(NotApplicableError):
        nearest(np.zeros((1, 2)), np.zeros((0, 2)))


def test_principal_directions_are_those_of_scikit_learn_up_to_sign() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5)) + 3
    found, expected = principal(codes, 3), PCA(3).fit(codes)
    np.testing.assert_allclose(np.abs((found.directions * expected.components_).sum(1)), 1, rtol=1e-9)
    np.testing.assert_allclose(found.std**2, expected.explained_variance_)
    np.testing.assert_allclose(found.share, expected.explained_variance_ratio_)
    assert (found.directions[np.arange(3), np.abs(found.directions).argmax(1)] > 0).all()


def test_known_eigenvalues_of_a_small_covariance() -> None:
    found = principal(np.array([[-2, -2, 1 / 3], [0, 0, -2 / 3], [2, 2, 1 / 3]]))
    np.testing.assert_allclose(found.std**2, [8, 1 / 3, 0], atol=1e-12)
    np.testing.assert_allclose(found.directions[0], [np.sqrt(0.5), np.sqrt(0.5), 0], atol=1e-12)
