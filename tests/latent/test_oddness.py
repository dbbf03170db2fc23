"""Is this image odd: p-values that are uniform for images like the others, and small for planted odd ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent import oddness
from latentexplorer.latent.codes import infer
from latentexplorer.latent.oddness import (
    HeldOut,
    Residuals,
    as_new,
    errors_of,
    measured,
    p_values,
    p_values_by_class,
    q_values,
    residuals,
)
from latentexplorer.models import Codes
from latentexplorer.runs import Trained

Make = Callable[..., Trained]
GIVES_BACK = [family.name for family in FAMILIES if not family.separates]


def auc(odd: np.ndarray, usual: np.ndarray) -> float:
    """How often an odd image has the smaller p-value than a usual one; a tie counts half."""
    return float(np.mean((odd[:, None] < usual) + 0.5 * (odd[:, None] == usual)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [20, 512, 60_000])
def test_p_values_of_images_like_the_others_are_uniform(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Many draws of n held-out and one new error: the chance is over both.
    draws = min(1_000, 3_000_000 // n)
    p = np.array([p_values(errors[:1], errors[1:])[0] for errors in rng.exponential(size=(draws, n + 1))])
    for level in (0.05, 0.2, 0.5):
        assert np.mean(p <= level) <= level + 3 * np.sqrt(level / draws)
        assert np.mean(p <= level) >= level - 1 / (n + 1) - 3 * np.sqrt(level / draws)
    assert p.min() >= 1 / (n + 1)


def test_p_values_by_hand() -> None:
    known = np.array([0.1, 0.2, 0.2, 0.4])
    np.testing.assert_allclose(p_values(np.array([0.0, 0.2, 0.3, 9.0, np.nan]), known), [1.0, 0.8, 0.4, 0.2, 0.2])
    np.testing.assert_allclose(p_values(known, known, own=True), [1.0, 0.75, 0.75, 0.25])
    assert p_values(np.array([3.0]), np.array([3.0]), own=True).tolist() == [1.0]
    with pytest.raises(NotApplicableError, match="no held-out images"):
        p_values(known, np.zeros(0))


def test_an_image_is_held_against_its_own_class_where_that_has_enough() -> None:
    held_out = np.concatenate([np.linspace(0, 1, 39), np.linspace(2, 3, 39), [5.0] * 3])
    labels = np.repeat([0, 1, 2], [39, 39, 3])
    p, count = p_values_by_class(np.array([1.5, 1.5, 1.5, 1.5]), np.array([0, 1, 2, -1]), held_out, labels)
    np.testing.assert_allclose(p, [1 / 40, 1.0, 43 / 82, 43 / 82])
    assert count.tolist() == [39, 39, 81, 81]


def test_false_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    # Their own example (1995, table): four of fifteen are discoveries at 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590]
    shuffled = np.random.default_rng(0).permutation([*p, 1.0])
    q = q_values(shuffled)
    assert (q <= 0.05).sum() == 4
    order = np.argsort(shuffled)
    assert (np.diff(q[order]) >= 0).all() and q.max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 400])
def test_the_map_marks_the_spot_and_does_not_explode_where_nothing_varies(count: int, channels: int) -> None:
    rng = np.random.default_rng(0)
    known = np.zeros((count, 8, 8, channels), np.float32)
    known[:, 2:6, 2:6] = rng.normal(0.02, 0.1, (count, 4, 4, channels))
    left = Residuals()
    left.add(known[: count // 2])
    left.add(known[count // 2 :])
    usual = HeldOut(errors_of(known), np.arange(count), None, *left.usual())
    x = np.full((1, 8, 8, channels), 128, np.uint8)
    x_hat = np.full(x.shape, 128 / 255, np.float32)
    assert np.abs(usual.misfit(x, x_hat)).max() < 2
    x[0, 0, 0, -1], x[0, 4, 4, 0] = 255, 0
    z = usual.misfit(x, x_hat)[0]
    assert z[0, 0] > 0 > z[4, 4] and np.isfinite(z).all()
    if count == 400:
        assert z[4, 4] < -3 and 5 < z[0, 0] < 100
        # It varies there as is said: in units of that, what is left is of size one.
        inner = ((known - usual.mean) / usual.spread)[:, 2:6, 2:6]
        assert 0.8 < inner.std() < 1.2


def planted(images: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Images of a set made odd, by how."""
    shuffled = rng.permuted(images.reshape(len(images), -1), axis=1).reshape(images.shape)
    return {"pixels shuffled": shuffled, "negative": np.ascontiguousarray(255 - images)}


@pytest.mark.parametrize("family", GIVES_BACK)
def test_planted_odd_images_are_found_in_every_family(trained: Make, family: str) -> None:
    found = []
    for seed in range(3 if family == "vae" else 1):
        run = trained(family, f"training.seed={seed}")
        reference = as_new(run)
        usual = measured(run, "test", reference)
        images = np.asarray(run.images("test").images[usual.index])
        y = usual.labels
        ours, _ = usual.judge(usual.errors, y, own=True)
        for how, odd in planted(images, np.random.default_rng(seed)).items():
            codes = infer(run, odd, y).codes
            x_hat = run.decode(codes.loc, y, clamped=False)
            p, _ = usual.judge(errors_of(residuals(odd, x_hat)), y)
            found.append((how, auc(p, ours)))
    assert min(value for _, value in found) > 0.85, found


@pytest.mark.parametrize("dims", [1, 128])
def test_any_number_of_dimensions_and_a_single_held_out_image(trained: Make, dims: int) -> None:
    run = trained("ae", f"model.latent_dim={dims}", "training.epochs=1")
    one = measured(run, "test", run.codes["test"].take([3]))
    assert len(one) == 1 and one.judge(np.array([9.0]))[0].tolist() == [0.5]
    assert np.isfinite(one.spread).all() and (one.spread > 0).all()


def test_what_there_is_nothing_to_hold_against_is_refused(trained: Make) -> None:
    run = trained("ae", "training.epochs=1")
    none = Codes(np.zeros((0, 3), np.float32), None, np.zeros(0, np.int64))
    with pytest.raises(NotApplicableError, match="no held-out images"):
        measured(run, "test", none)


def test_an_image_that_was_learned_is_known_again(trained: Make) -> None:
    run = trained("ae", "training.epochs=1")
    images = np.concatenate([run.images("train").images[5:7], run.images("test").images[:1] // 2 + 3])
    assert oddness.learned(run, images).tolist() == [True, True, False]
