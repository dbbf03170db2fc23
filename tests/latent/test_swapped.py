"""The style of an image in another class, where the true image is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.data.known_styles import KnownStyles
from latentexplorer.latent.swapped import (
    SwapErrors,
    Swaps,
    class_means,
    judge,
    means_of,
    standard_error,
    swap_errors,
)
from latentexplorer.views.swapped import check_words

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

Train = Callable[[RunConfig], "Trained"]
GLYPHS = (
    "data.name=glyphs",
    "data.size=12",
    "data.count=1440",
    "model.family=cvae",
    "model.latent_dim=6",
    "model.hidden=[128]",
    "training.device=cpu",
    "training.numerics=exact",
    "training.batch_size=64",
    "training.epochs=30",
    "training.lr=0.004",
)


@pytest.fixture(scope="module")
def heeding(train_once: Train) -> Trained:
    """A model whose codes have to pay for what the class says anyhow."""
    return train_once(RunConfig().updated([*GLYPHS, "model.beta=16"]))


def styles_of(trained: Trained) -> KnownStyles:
    styles = KnownStyles.of(trained.config.data, trained.images("test"))
    assert styles is not None
    return styles


@pytest.mark.parametrize("seed", range(3))
def test_a_glyph_keeps_its_style_better_than_the_mean_of_the_class_and_than_another_style(
    heeding: Trained, seed: int
) -> None:
    found = judge(heeding, styles_of(heeding), "test", count=150, seed=seed)
    errors = found.errors
    assert len(errors.swapped) == 150 and found.images > 100
    assert errors.swapped.mean() < 0.95 * errors.mean.mean() < errors.other.mean()
    mean, other = errors.better
    assert mean > 0.7 and other > 0.7


def test_a_code_that_holds_the_class_keeps_it_and_the_numbers_say_so(train_once: Train, heeding: Trained) -> None:
    heedless = train_once(RunConfig().updated([*GLYPHS, "model.beta=0.1", "training.epochs=12"]))
    found = judge(heedless, styles_of(heedless), "test", count=150)
    errors = found.errors
    assert errors.swapped.mean() > errors.mean.mean() and found.holds_class
    assert not judge(heeding, styles_of(heeding), "test", count=150).holds_class
    # Nor does a decoder that has learned nothing yet say anything of its codes, though it is worse than the mean image.
    raw = train_once(RunConfig().updated([*GLYPHS, "training.epochs=1", "training.lr=0.00001"]))
    of_raw = judge(raw, styles_of(raw), "test", count=150)
    assert of_raw.errors.swapped.mean() > of_raw.errors.mean.mean() and not of_raw.holds_class
    assert errors.swapped.mean() > judge(heeding, styles_of(heeding), "test", count=150).errors.swapped.mean()


def test_errors_are_those_of_the_three_pictures(heeding: Trained) -> None:
    codes, styles = heeding.codes_of("test"), styles_of(heeding)
    y = (codes.labels[:5] + 7) % heeding.num_classes
    true = styles.drawn(codes.index[:5], y)
    own = codes.labels[:5], heeding.images("test").images[codes.index[:5]]
    found = swap_errors(heeding, codes.loc[:5], codes.loc[5:10], y, true, own, means_of(heeding))
    again = heeding.decode(codes.loc[:5], own[0], clamped=False) - own[1] / 255
    np.testing.assert_allclose(found.own, np.sqrt(np.square(again).mean((1, 2, 3))), rtol=1e-5)
    train = heeding.images("train")
    for at in range(5):
        own = train.images[train.labels == y[at]].mean(0) / 255
        pictures = (heeding.decode(codes.loc[at : at + 1], y[at : at + 1], clamped=False)[0], own)
        for picture, error in zip(pictures, (found.swapped[at], found.mean[at]), strict=True):
            assert error == pytest.approx(np.sqrt(np.square(picture - true[at] / 255).mean()), rel=1e-5)
    # A style is no further from its own class than decoding it takes.
    own = styles.drawn(codes.index, codes.labels)
    np.testing.assert_array_equal(own, heeding.images("test").images[codes.index])


def test_a_class_without_images_has_no_mean_and_is_no_worse_than_anything() -> None:
    images = np.full((3, 2, 2, 1), 51, np.uint8)
    means = class_means(images, np.array([0, 0, 2]), 3)
    assert means[0].mean() == pytest.approx(0.2) and np.isnan(means[1]).all()
    none = np.full(2, np.nan)
    errors = SwapErrors(np.array([0.1, 0.3]), np.array([np.nan, 0.4]), np.array([0.2, 0.2]), np.zeros(2), none)
    assert errors.better == (1.0, 0.5) and errors.mean_images == 0.4
    assert not Swaps("test", errors, np.arange(2)).holds_class
    assert "no image of these classes" in check_words(Swaps("test", replace(errors, mean=none), np.arange(2)))


def test_many_swaps_of_few_images_are_known_no_better_than_the_images() -> None:
    """What swaps of one image share is looked at once; taken as looks of their own they would promise too much."""
    rng = np.random.default_rng(0)
    of, found, means = np.repeat(np.arange(12), 16), [], []
    for _ in range(300):
        values = rng.normal(0.2, 0.05, 12)[of] + rng.normal(0, 0.01, len(of))
        found.append(standard_error(values, of))
        means.append(values.mean())
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(np.std(means), rel=0.1)
    # One swap an image: the standard error that everybody knows.
    alone = rng.normal(size=50)
    assert standard_error(alone, np.arange(50)) == pytest.approx(alone.std(ddof=1) / np.sqrt(50))
    once = SwapErrors(*(np.array([0.1, 0.3]) for _ in range(5)))
    assert "±" not in check_words(Swaps("test", once, np.zeros(2))) and "2 swaps of 1 held-out image" in check_words(
        Swaps("test", once, np.zeros(2))
    )
