"""Codes for empty places of a map, by several ways, and whether what is said of their error comes true."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.core.events import Progress
from latentexplorer.latent.inverse_maps import FEWEST, InverseMap, Tried, WayError, measure
from latentexplorer.latent.projection import Projection, project

DIGITS = (load_digits().data / 16).astype(np.float32)
LINEAR = PCA(10, random_state=0).fit(DIGITS)
CODES = LINEAR.transform(DIGITS).astype(np.float32)
WAYS = ("nearest", "neighbours", "network")


def decoded(z: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Images of codes by a decoder whose every error is known."""
    return LINEAR.inverse_transform(z).reshape(-1, 8, 8, 1)


def plainly(z: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A decoder whose image is the code."""
    return z[:, None, None, :]


def true_errors(inverse: InverseMap, way: str, places: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Pixel RMSE of what a way makes of places whose codes it has never seen."""
    found = np.stack([inverse.code_at(way, place)[0] for place in places])
    return np.sqrt(np.square(decoded(found) - decoded(hidden)).mean((1, 2, 3)))


@pytest.fixture(scope="module", params=[("pca", 0), ("tsne", 1), ("tsne", 2)], ids=str)
def halved(request: pytest.FixtureRequest) -> tuple[InverseMap, np.ndarray, np.ndarray]:
    """A map of some codes, measured; and places and codes of others, which neither the map nor a way has seen."""
    method, seed = request.param
    order = np.random.default_rng(seed).permutation(len(CODES))
    made = project(CODES[order[:600]], method, steps=150, seed=seed)
    hidden = CODES[order[600:1000]]
    return measure(made, decoded, ways=WAYS, seed=seed, most=300, steps=200), made.place(hidden), hidden


@pytest.mark.parametrize("way", WAYS)
def test_the_error_that_is_predicted_at_a_place_is_the_one_that_hidden_codes_have(
    halved: tuple[InverseMap, np.ndarray, np.ndarray], way: str
) -> None:
    inverse, places, hidden = halved
    predicted, true = inverse.predicted(way, places), true_errors(inverse, way, places, hidden)
    assert spearmanr(predicted.pixel, true)[0] > 0.15
    assert predicted.pixel.mean() == pytest.approx(true.mean(), rel=0.2)
    assert inverse.overall(way)[1] == pytest.approx(true.mean(), rel=0.2) and inverse.count == 300
    away = np.linalg.norm(np.stack([inverse.code_at(way, place)[0] for place in places]) - hidden, axis=1)
    assert predicted.code.mean() == pytest.approx(away.mean(), rel=0.2)
    # Two at random differ by more: the way says something of the place.
    other = np.sqrt(np.square(decoded(hidden) - decoded(np.roll(hidden, 1, 0))).mean((1, 2, 3))).mean()
    assert inverse.chance[1] == pytest.approx(other, rel=0.1) and inverse.chance[1] > 1.4 * predicted.pixel.mean()


@pytest.mark.parametrize("seed", [0, 1])
def test_in_the_middle_of_a_hole_the_error_is_larger_and_said_to_be(seed: int) -> None:
    codes = CODES[800 * seed : 800 * seed + 800]
    whole = project(codes, "pca")
    middle = np.median(whole.coords, axis=0)
    away = np.linalg.norm(whole.coords - middle, axis=1)
    radius = np.quantile(away, 0.15)
    rest = Projection(codes[away > radius], whole.coords[away > radius], np.arange((away > radius).sum()), "tsne", "")
    inverse = measure(rest, decoded, ways=WAYS, seed=seed, steps=150)
    inner = away < radius / 2
    for way in WAYS:
        predicted = inverse.predicted(way, whole.coords[inner]).pixel
        true = true_errors(inverse, way, whole.coords[inner], codes[inner])
        assert predicted.mean() == pytest.approx(true.mean(), rel=0.3)
        assert predicted.mean() > inverse.predicted(way, rest.coords).pixel.mean()
        far = inverse.predicted(way, np.array([[1e3, 1e3], middle]))
        assert far.beyond.tolist() == [True, False]


def test_a_place_is_as_wrong_as_hidden_codes_that_were_as_far_from_what_was_left() -> None:
    x, y = np.meshgrid(np.arange(10.0), np.arange(5.0))
    coords = np.column_stack([x.ravel(), y.ravel()]).astype(np.float32)
    points = Projection(coords, coords, np.arange(50), "tsne", "")
    # All were hidden at one place: thirty alone, thirty with all within eleven around.
    gaps, error = np.repeat([0.7, 11.0], 30), np.repeat([0.1, 0.5], 30)
    tried = Tried(np.zeros(60, np.int64), np.tile([4.5, 2.5], (60, 1)), gaps, gaps < 1)
    inverse = InverseMap(points, tried, {"nearest": WayError(2 * error, error)}, (1, 1), None)
    found = inverse.predicted("nearest", np.array([[4.5, 2.5], [20.0, 2.0], [21.0, 2.0]]))
    assert found.pixel == pytest.approx([0.1, 0.5, 0.5]) and found.code == pytest.approx([0.2, 1, 1])
    assert found.beyond.tolist() == [False, False, True] and inverse.overall("nearest") == pytest.approx((0.2, 0.1))


@pytest.mark.parametrize("method", ["pca", "dims"])
def test_two_dimensions_go_there_and_back_exactly(method: str) -> None:
    codes = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32) @ np.array([[2, 1], [0, 0.5]], np.float32)
    made = project(codes, method)
    inverse = measure(made, plainly, steps=100)
    assert inverse.overall("exact") == pytest.approx((0, 0), abs=1e-6)
    predicted = inverse.predicted("exact", np.array([[0.3, 0.2], [2.0, -1.0]]))
    assert predicted.code == pytest.approx(0, abs=1e-6) and predicted.pixel == pytest.approx(0, abs=1e-6)
    place = made.place(np.array([[0.4, -0.3]], np.float32))[0]
    assert inverse.code_at("exact", place)[0] == pytest.approx([0.4, -0.3], abs=1e-5)
    assert 0 < inverse.overall("neighbours")[0] < inverse.overall("nearest")[0] < inverse.chance[0] / 2


def test_what_a_map_does_not_show_is_counted_as_a_click_leaves_it() -> None:
    made = project(CODES[:300], "pca")
    inverse = measure(made, decoded, ways=["exact", "neighbours"])
    # Across the map it is exact; along it the directions stay those of another code: as wrong as two of them differ.
    rest = CODES[:300] - made.found.codes(made.found.coordinates(CODES[:300].astype(np.float64)))
    apart = np.linalg.norm(rest - rest[np.random.default_rng(1).permutation(300)], axis=1).mean()
    assert inverse.overall("exact")[0] == pytest.approx(apart, rel=0.06)
    assert inverse.overall("exact")[0] > inverse.overall("neighbours")[0]


def test_each_way_says_what_it_takes_and_the_same_seed_measures_the_same() -> None:
    made = project(CODES[:300], "tsne", steps=50)
    heard: list[object] = []
    first, again = (measure(made, decoded, seed=4, most=80, steps=40, emit=heard.append) for _ in range(2))
    place = made.coords[7] + np.float32(0.01)
    assert np.array_equal(first.code_at("nearest", made.coords[7])[0], CODES[7])
    assert np.array_equal(first.code_at("neighbours", place)[0], made.code_at(place)[0])
    assert all(np.array_equal(first.errors[way].pixel, again.errors[way].pixel) for way in WAYS)
    assert np.array_equal(first.code_at("network", place)[0], again.code_at("network", place)[0])
    assert set(first.errors) == set(WAYS) and any(isinstance(event, Progress) for event in heard)
    with pytest.raises(NotApplicableError, match="no exact inverse"):
        first.code_at("exact", place)
    with pytest.raises(NotApplicableError, match="No network"):
        measure(made, decoded, ways=["nearest"], most=40).code_at("network", place)


@pytest.mark.parametrize(
    ("count", "dims", "equal"), [(FEWEST, 1, False), (50, 128, False), (50, 3, True), (60_000, 8, False)]
)
def test_any_number_of_codes_of_any_size_is_measured(count: int, dims: int, equal: bool) -> None:
    codes = np.random.default_rng(0).normal(size=(count, dims)).astype(np.float32) * (not equal)
    made = project(codes, "pca")
    ways = None if count < 1000 else ("exact", "nearest", "neighbours")
    inverse = measure(made, plainly, ways=ways, most=100, steps=20)
    for way in inverse.errors:
        found = inverse.predicted(way, np.array([[0.0, 0.0], [9.0, 9.0]]))
        assert np.isfinite(found.pixel).all() and (found.code >= 0).all() and (not equal or not found.code.any())
        assert np.isfinite(inverse.code_at(way, (0.1, 0.2))[0]).all()


def test_too_few_codes_are_refused_and_measuring_can_be_stopped() -> None:
    with pytest.raises(NotApplicableError, match="from 19 codes"):
        measure(project(CODES[: FEWEST - 1], "pca"), decoded)
    stop = StopToken()
    stop.request()
    for ways in (None, ["nearest"]):
        with pytest.raises(Stopped):
            measure(project(CODES[:100], "pca"), decoded, ways=ways, stop=stop)
