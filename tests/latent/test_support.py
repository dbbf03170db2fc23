"""How odd a code is, beside those of held-out images: on both sides, and in as many dimensions as one likes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.codes import infer
from latentexplorer.latent.support import LEAST, Oddness, Support, Survey
from latentexplorer.models import Codes
from latentexplorer.models.distributions import NormalPrior
from latentexplorer.runs import Trained
from tests.benchmarks.calibration import auc, auc_error, judge, rows_of

SIDE = 9
Draw = Callable[[int], np.ndarray]
CALIBRATED = ("held-out", "training")


def decode(z: np.ndarray, _: np.ndarray | None = None) -> np.ndarray:
    """Smooth random pictures (B, 9, 9, 1), fainter towards z = 0."""
    rng = np.random.default_rng(7)
    inner = np.tanh(z @ rng.normal(size=(z.shape[1], 24)) / np.sqrt(z.shape[1]))
    flat = 1 / (1 + np.exp(-3 * inner @ rng.normal(size=(24, SIDE * SIDE)) / 5))
    return np.float32(flat.reshape(-1, SIDE, SIDE, 1))


def codes(z: np.ndarray, scale: float | np.ndarray | None = None) -> Codes:
    z = np.float32(z)
    spread = None if scale is None else np.float32(np.broadcast_to(scale, z.shape))
    return Codes(z, spread, np.arange(len(z)))


def learned(train: Codes, held_out: Codes | None = None) -> Support:
    return Survey(train, held_out, NormalPrior()).finish(decode)


def asked(support: Support, z: np.ndarray) -> Oddness:
    z = np.float32(z)
    return support(z, decode(z))


def near(found: Oddness) -> float:
    return float(np.mean([words == "near data" for words in found.words]))


def cloud(rng: np.random.Generator, dims: int) -> Draw:
    return lambda count: rng.normal(size=(count, dims)) * np.geomspace(1, 0.3, dims)


def shell(rng: np.random.Generator, dims: int) -> Draw:
    def draw(count: int) -> np.ndarray:
        z = rng.normal(size=(count, dims))
        return z / np.linalg.norm(z, axis=1, keepdims=True) * np.sqrt(dims) * rng.normal(1, 0.03, size=(count, 1))

    return draw


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("dims", [2, 30, 128])
@pytest.mark.parametrize("kind", [cloud, shell])
def test_images_that_nobody_saw_are_uniform_in_the_share(kind: Callable[..., Draw], dims: int, seed: int) -> None:
    draw = kind(np.random.default_rng(seed), dims)
    support = learned(codes(draw(600)), codes(draw(250)))
    found = asked(support, draw(800))
    assert 0.9 < near(found) < 0.99
    for part in (0.25, 0.5, 0.75):
        assert abs(float(np.mean(found.share <= part)) - part) < 0.1
    assert support.images == 250 and support.sentence(0.974) == "Odder than 97 % of 250 held-out images"
    # All but one are not all.
    assert support.sentence(249 / 250) == "Odder than 99.6 % of 250 held-out images"
    wide = asked(support, 6 * draw(200))
    assert (wide.share > 0.99).mean() > (0.95 if dims > 2 else 0.6)
    # Of two numbers some draws of noise lie in the middle of the data, which is no hollow of a cloud.
    assert "far from any data" in wide.words and (dims == 2 or "between the data" not in wide.words)


@pytest.mark.parametrize("dims", [30, 128])
def test_the_hollow_middle_of_a_shell_is_between_the_data_and_not_near_it(dims: int) -> None:
    draw = shell(np.random.default_rng(1), dims)
    train = draw(600)
    support = learned(codes(train), codes(draw(200)))
    for z in ((train[:100] + train[100:200]) / 2, train.reshape(12, 50, dims).mean(1), train.mean(0)[None]):
        found = asked(support, z)
        assert set(found.words) == {"between the data"} and (found.share > 0.95).all()


def test_codes_that_come_from_a_fit_are_near_where_those_of_training_are_and_where_they_are() -> None:
    rng = np.random.default_rng(2)
    draw = shell(rng, 40)
    support = learned(codes(draw(600)), codes(1.4 * draw(200)))
    assert near(asked(support, draw(200))) > 0.8 and near(asked(support, 1.4 * draw(200))) > 0.9
    assert near(asked(support, 2.2 * draw(200))) < 0.1
    # Without held-out images those of training, each without itself, are all that is known.
    alone = learned(codes(draw(600)))
    assert near(asked(alone, draw(200))) > 0.85 > near(asked(alone, 1.4 * draw(200)))
    assert alone.images == 0 and alone.sentence(1.0).startswith("Odder than all ") and "training" in alone.sentence(1.0)


def test_dimensions_that_are_not_used_make_no_code_odd() -> None:
    rng = np.random.default_rng(3)
    used = np.array([1.0, 1.0, 0.0, 0.0])
    draw = lambda count: rng.normal(size=(count, 4)) * used + 1e-3 * rng.normal(size=(count, 4))  # noqa: E731
    support = learned(codes(draw(600), np.where(used > 0, 0.1, 1.0)), codes(draw(200)))
    assert near(asked(support, rng.normal(size=(300, 4)))) > 0.85 and near(asked(support, draw(300))) > 0.9


def test_what_says_nothing_is_refused_and_what_is_no_number_is_far() -> None:
    rng = np.random.default_rng(4)
    some = rng.normal(size=(40, 3))
    with pytest.raises(NotApplicableError, match=f"Fewer than {LEAST}"):
        learned(codes(some[: LEAST - 1]))
    broken = some.copy()
    broken[0] = np.nan
    assert asked(learned(codes(broken)), [[np.nan, 0, 0], [1e30, 0, 0]]).words == ("far from any data",) * 2
    equal = asked(learned(codes(np.ones((40, 3)))), [[1, 1, 1], [1, 1, 9]])
    assert equal.words == ("near data", "far from any data")


@pytest.mark.parametrize(
    "family,changes", [("vad", ["training.epochs=70", "model.latent_dim=12"]), ("ae", []), ("vae", [])]
)
def test_of_a_trained_model_odd_sets_of_codes_are_told_from_held_out_ones(
    trained: Callable[..., Trained], family: str, changes: list[str]
) -> None:
    """A small form of `tests/benchmarks/calibration.py`."""
    asked = judge(trained(family, *changes))
    # Twenty of them, calibrated on twenty others, over random halves.
    assert asked["held-out images"].near >= 0.7
    # The middle of few dimensions, and of a VAE's, is no hollow.
    for odd in ("noise x 4", *(["means of 50", "midpoints"] if family == "vad" else [])):
        assert asked[odd].auc >= 0.8 and asked[odd].near < asked["held-out images"].near, odd


def test_the_standard_error_of_an_auc_is_the_spread_of_many() -> None:
    rng = np.random.default_rng(3)
    draws = [(rng.normal(size=90), 1.2 + 1.5 * rng.normal(size=40)) for _ in range(600)]
    told = np.mean([auc_error(*pair) for pair in draws])
    assert told == pytest.approx(np.std([auc(*pair) for pair in draws]), rel=0.1)
    # A score that is the same for all tells nothing, and that for sure.
    assert auc(np.ones(9), np.ones(7)) == 0.5 and auc_error(np.ones(9), np.ones(7)) == 0


def test_a_meter_that_is_calibrated_on_training_codes_misses_its_goal(trained: Callable[..., Trained]) -> None:
    run = trained("vad", "training.epochs=70", "model.latent_dim=12")
    rows = {calibrated: rows_of("vad", run, judge(run, calibrated=calibrated))[0] for calibrated in CALIBRATED}
    assert all("held-out images: near" in row.name for row in rows.values())
    assert rows["training"].met is False and rows["held-out"].ours > rows["training"].ours + 30


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.separates])
def test_in_every_family_held_out_images_are_spread_evenly_and_noise_is_odd(
    small_run: Callable[..., Trained], family: str
) -> None:
    run = small_run(family)
    labels = run.images("test").labels if run.config.model.kind.conditional else None
    found = infer(run, run.images("test").images, labels).codes
    known, asked = found.take(slice(0, None, 2)), found.take(slice(1, None, 2))
    assert min(len(known), len(asked)) >= 14

    def decode(z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
        return run.decode(z, y if run.config.model.kind.conditional else None)

    support = Survey(run.codes["train"], known, run.prior).finish(decode)
    share = np.sort(support(asked.loc, decode(asked.loc, asked.labels)).share)
    # As of Kolmogorov and Smirnov, for so few of both: one in a thousand is farther from evenly spread.
    assert np.abs(share - np.linspace(0, 1, len(share))).max() < 1.95 * np.sqrt(2 / len(share)), share
    rng = np.random.default_rng(0)
    train = run.codes["train"]
    # As wide as posteriors are, where a model that hardly trained tells images apart by little else.
    wide = np.sqrt(train.loc.var(0).max() + (0 if train.scale is None else np.square(train.scale).mean()))
    way = rng.normal(size=(40, run.code_dim))
    noise = np.float32(train.loc.mean(0) + 30 * wide * way / np.linalg.norm(way, axis=1, keepdims=True))
    assert (support(noise, decode(noise, np.zeros(40, np.int64))).share > 0.99).mean() > 0.9


def test_sixty_thousand_codes_one_class_and_labels_change_nothing() -> None:
    rng = np.random.default_rng(5)
    draw = cloud(rng, 30)
    many = Codes(np.float32(draw(60_000)), None, np.arange(60_000), np.zeros(60_000, np.int64))
    support = learned(many, codes(draw(300)))
    assert 0.9 < near(asked(support, draw(300))) <= 1 and (asked(support, 5 * draw(50)).share > 0.99).all()


def test_a_finished_auto_decoder_keeps_codes_fitted_as_those_of_new_images_are(
    trained: Callable[..., Trained],
) -> None:
    run = trained("vad", "training.epochs=70")
    kept = run.fitted
    assert kept is not None and len(kept) >= 20 and kept.scale is not None
    images = run.images("test")
    again = infer(run, images.images[kept.index]).codes
    # Much nearer to what a fit finds than to what has followed the training.
    followed = run.codes["test"].take(np.searchsorted(run.codes["test"].index, kept.index))
    away = [np.linalg.norm(found.loc - again.loc, axis=1).mean() for found in (kept, followed)]
    assert away[0] < 0.3 * away[1]
    assert np.array_equal(Trained.load(run.path, with_data=False).fitted.loc, kept.loc)
    assert trained("vae").fitted is None and trained("vad").fitted is None
