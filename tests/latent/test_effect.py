"""What a dimension changes, and what it goes with, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.core.events import Progress
from latentexplorer.data import load_data
from latentexplorer.data.shapes import ShapePixels
from latentexplorer.latent import effect as effects
from latentexplorer.latent.correlation import biserial_interval, correlations, spearman_interval
from latentexplorer.latent.effect import AT_ONCE, codes_for, deviation_of, dimension_effect
from latentexplorer.models import Codes

SHAPE = (4, 5, 2)
PIXELS = 40


def codes(loc: np.ndarray, labels: np.ndarray | None = None) -> Codes:
    """Points as codes."""
    return Codes(np.asarray(loc, np.float32), None, np.arange(len(loc)), labels)


class Linear:
    """A decoder x = z W, which says how many codes it was asked for at most."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights, self.most = weights, 0

    def __call__(self, z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        self.most = max(self.most, len(z))
        return (z @ self.weights).reshape(len(z), *SHAPE)


@pytest.mark.parametrize("seed", range(3))
def test_a_linear_decoder_moves_by_its_weights_and_a_dimension_it_ignores_by_nought(seed: int) -> None:
    rng = np.random.default_rng(seed)
    loc = rng.normal(size=(3001, 4)) * [0.3, 1.0, 2.0, 5.0]
    weights = rng.normal(size=(4, PIXELS))
    weights[1] = 0
    decoder = Linear(weights)
    found = dimension_effect(decoder, codes(loc), SHAPE, seed=seed)
    taken = np.quantile(loc, [0.05, 0.275, 0.5, 0.725, 0.95], axis=0, method="inverted_cdf")
    assert found.change == pytest.approx(taken.std(0) * np.sqrt(np.square(weights).mean(1)), rel=1e-5, abs=1e-12)
    assert found.change[1] == 0 and found.order[-1] == 1
    assert found.ranges == pytest.approx(taken[[0, -1]].T, rel=1e-6)
    # It moves alike from wherever it starts: nothing is left to chance.
    assert (found.codes, found.steps) == (100, 5) and found.error == pytest.approx(np.zeros(4), abs=1e-6)
    assert decoder.most <= AT_ONCE


def test_the_others_stay_as_in_real_codes_and_the_error_says_how_far_these_differ() -> None:
    """Where one dimension scales another, what that changes is the mean over the codes that there are."""
    rng = np.random.default_rng(0)
    loc = rng.uniform(0, 1, (4000, 2))

    def product(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        return np.broadcast_to((z[:, 0] * z[:, 1])[:, None, None, None], (len(z), *SHAPE))

    few, many = (dimension_effect(product, codes(loc), SHAPE, count=count) for count in (10, 1000))
    exact = np.std([0.05, 0.275, 0.5, 0.725, 0.95]) * 0.5
    assert many.change == pytest.approx([exact, exact], rel=0.05)
    assert np.all(np.abs(few.change - exact) < 4 * few.error)
    assert few.error == pytest.approx(many.error * 10, rel=0.7)


def test_a_way_out_and_back_is_a_change_and_classes_go_with_their_codes() -> None:
    loc = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    y = np.arange(500) % 2

    def there_and_back(z: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
        assert classes is not None and len(classes) == len(z)
        # The second dimension moves images of class 1 only.
        pixel = np.abs(z[:, 0]) + 100 * z[:, 1] * classes
        return np.broadcast_to(pixel[:, None, None, None], (len(z), *SHAPE))

    found = dimension_effect(there_and_back, codes(loc, y), SHAPE, count=500)
    assert found.change[0] > 0.2
    assert found.change[1] == pytest.approx(0.5 * 100 * found.ranges[1].std() * 0.707, rel=0.1)


def factor_codes(count: int, seed: int) -> np.ndarray:
    """Random positions in the tables of shape, size, angle, x and y."""
    return np.random.default_rng(seed).integers(0, (3, 8, 15, 16, 16), (count, 5))


def draw_shapes(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
    """A decoder whose dimensions are the factors of shapes, behind one that it ignores."""
    table = np.rint(z[:, :5]).astype(np.int64)
    return ShapePixels(table, (24, 24)).read(np.arange(len(z))).astype(np.float32) / 255


@pytest.mark.parametrize("seed", range(3))
def test_each_factor_of_shapes_has_its_own_dimension_until_the_codes_are_turned(seed: int) -> None:
    table = factor_codes(600, seed)
    loc = np.concatenate([table, np.random.default_rng(seed + 9).normal(size=(600, 1))], axis=1)
    found = dimension_effect(draw_shapes, codes(loc), (24, 24, 1), count=40, seed=seed)
    # A shape that moves over its whole width changes more pixels than one that turns.
    assert set(found.order[:2]) == {3, 4} and found.order[-1] == 5 and found.change[5] == 0
    assert np.all(found.change[:5] > 0.01)
    numbers = {name: table[:, at].astype(float) for at, name in ((1, "size"), (2, "angle"), (3, "x"), (4, "y"))}
    groups = {"shape": (("square", "ellipse", "triangle"), table[:, 0])}
    known = correlations(loc, numbers, groups)
    named = [known.names[at] if at >= 0 else "" for at in known.surest()]
    # Squares lie at its one end, triangles at its other one: which is surer is a matter of how many there are.
    assert named[0] in ("shape = square", "shape = triangle")
    assert named[1:] == ["size", "angle", "x", "y", ""]
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0]
    spread = (loc - loc.mean(0)) / loc.std(0)
    turned = correlations(spread @ turn, numbers, groups)
    assert np.abs(turned.r).max(1).mean() < 0.9 < np.abs(known.r[:5]).max(1).mean()


def test_columns_of_generated_shapes_are_found_again() -> None:
    images = load_data(DataConfig(name="shapes", count=400)).train
    loc = np.stack([images.columns["x"], -images.columns["size"]], axis=1)
    numbers = {name: np.asarray(images.columns[name], float) for name in ("size", "angle", "x", "y")}
    known = correlations(loc, numbers, {"class": (images.class_names, images.labels)})
    assert [known.names[at] for at in known.surest()] == ["x", "size"]
    assert known.r[known.names.index("size"), 1] == pytest.approx(-1)


def test_correlations_are_those_of_scipy_and_scikit_learn_with_ties_and_gaps() -> None:
    rng = np.random.default_rng(4)
    loc = rng.normal(size=(300, 3)).round(1)
    size = loc[:, 0] + rng.normal(size=300)
    size[::7] = np.nan
    which = rng.integers(-1, 4, 300)
    found = correlations(loc, {"size": size, "constant": np.ones(300)}, {"kind": (tuple("abcd"), which)})
    assert found.names == ("size", *(f"kind = {name}" for name in "abcd"))
    assert found.left_out == ("constant (the same everywhere)",)
    known = np.isfinite(size)
    expected = [spearmanr(loc[known, dim], size[known])[0] for dim in range(3)]
    assert found.r[0] == pytest.approx(expected) and found.counts[0] == known.sum()
    named = which >= 0
    for group in range(4):
        aucs = [roc_auc_score(which[named] == group, loc[named, dim]) for dim in range(3)]
        assert found.r[1 + group] == pytest.approx(2 * np.array(aucs) - 1)
    assert np.all(found.low <= found.r) and np.all(found.r <= found.high)


def test_a_single_interval_covers_what_it_should() -> None:
    """Draws of known correlation: about 95 of 100 intervals hold it, for numbers and for a small group."""
    rng = np.random.default_rng(0)
    draws, count, rho = 2_000, 60, 0.6
    a = rng.normal(size=(count, draws))
    b = rho * a + np.sqrt(1 - rho**2) * rng.normal(size=(count, draws))
    r = np.array([correlations(a[:, [at]], {"b": b[:, at]}, {}).r[0, 0] for at in range(400)])
    low, high = spearman_interval(r, np.full(400, count), 1.96)
    truth = 6 / np.pi * np.arcsin(rho / 2)
    assert 0.92 < np.mean((low <= truth) & (truth <= high)) < 0.98
    inside = np.arange(count) < 12
    shifted = rng.normal(size=(count, draws)) + inside[:, None]
    r = correlations(shifted, {}, {"g": (("in", "out"), np.where(inside, 0, 1))}).r[0]
    from scipy.stats import norm

    low, high = biserial_interval(r, np.full(draws, 12), np.full(draws, 48), 1.96)
    truth = 2 * norm.cdf(1 / np.sqrt(2)) - 1
    assert 0.92 < np.mean((low <= truth) & (truth <= high)) < 0.98


def test_what_is_noise_goes_with_nothing_however_many_columns_there_are() -> None:
    wrong = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        numbers = {f"n{at}": rng.normal(size=200) for at in range(10)}
        groups = {"kind": (tuple("abcde"), rng.integers(0, 5, 200))}
        found = correlations(rng.normal(size=(200, 32)), numbers, groups)
        assert found.comparisons == 15 * 32
        wrong += bool((found.surest() >= 0).any())
    # One in twenty by chance; without the correction all of them.
    assert wrong <= 4


@pytest.mark.parametrize("seed", range(3))
def test_a_perfect_split_is_sure_in_proportion_to_its_images(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for images in (30, 3000):
        z = rng.normal(size=(images, 1))
        split = (z[:, 0] > np.quantile(z, 0.6)).astype(np.int64)
        found = correlations(z, {}, {"kind": (("low", "high"), split)})
        assert found.names[found.surest()[0]] == "kind = high" and found.r[1, 0] == pytest.approx(1)
        assert (0.3 < found.low[1, 0] < 0.9) if images == 30 else found.low[1, 0] > 0.98


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.zeros(50, np.int64), "kind (1 value"),
        (np.arange(50), "kind (50 values"),
        (np.full(50, -1), ""),
        (np.arange(50) % 2, ""),
    ],
    ids=["one class", "a class an image", "no labels", "two classes"],
)
def test_groups_that_say_nothing_are_left_out_by_name(labels: np.ndarray, said: str) -> None:
    loc = np.random.default_rng(0).normal(size=(50, 2))
    names = tuple(f"c{at}" for at in range(50))
    found = correlations(loc, {}, {"kind": (names, labels)})
    assert len(found.names) == (2 if labels.max() == 1 else 0)
    assert (found.left_out[0].startswith(said)) if said else not found.left_out
    assert len(found.surest()) == 2


def test_many_dimensions_take_fewer_codes_and_many_points_are_no_matter() -> None:
    assert [codes_for(dims) for dims in (1, 32, 128, 4096)] == [100, 50, 12, 8]
    rng = np.random.default_rng(0)
    loc = rng.normal(size=(60_000, 128)).astype(np.float32)
    found = dimension_effect(Linear(np.eye(128, PIXELS)), codes(loc), SHAPE)
    assert found.codes == 12 and np.count_nonzero(found.change) == PIXELS


def test_large_images_are_decoded_one_way_at_a_time() -> None:
    most = []

    def decode(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        most.append(len(z))
        return np.zeros((len(z), 1, 1, 1))

    dimension_effect(decode, codes(np.random.default_rng(0).normal(size=(9, 2))), (1024, 1024, 3))
    assert max(most) == effects.STEPS


@pytest.mark.parametrize(
    ("loc", "what"),
    [(np.zeros((1, 3)), "One code alone"), (np.full((5, 3), np.nan), "not numbers")],
)
def test_codes_without_a_range_are_refused_in_one_line(loc: np.ndarray, what: str) -> None:
    with pytest.raises(NotApplicableError, match=what):
        dimension_effect(Linear(np.ones((3, PIXELS))), codes(loc), SHAPE)


def test_codes_that_are_no_numbers_are_passed_over_and_all_alike_change_nothing() -> None:
    loc = np.ones((6, 3))
    loc[2] = np.nan
    found = dimension_effect(Linear(np.ones((3, PIXELS))), codes(loc), SHAPE)
    assert found.codes == 5 and not found.change.any()


def test_it_stops_between_two_steps() -> None:
    stop, done = StopToken(), []

    def emit(event: object) -> None:
        assert isinstance(event, Progress)
        done.append(event.done)
        stop.request()

    with pytest.raises(Stopped):
        dimension_effect(Linear(np.ones((3, PIXELS))), codes(np.eye(3)), SHAPE, emit=emit, stop=stop)
    assert done == [1]


def test_the_deviation_of_images_is_that_about_their_mean() -> None:
    images = np.random.default_rng(0).integers(0, 255, (50, 6, 5, 3), dtype=np.uint8)
    rows = np.arange(0, 50, 3)
    expected = (images[rows] / 255).std(0)
    assert deviation_of(images, rows) == pytest.approx(np.sqrt(np.square(expected).mean()))
