"""Directions of runs: groups as they are written, factors of generated shapes, every family, and too little to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError, SettingsError
from latentexplorer.models import Codes
from latentexplorer.runs import Trained
from latentexplorer.views.attribute import Settings, compute
from latentexplorer.views.attribute_groups import MOST_LETTERS, group_of, members, positions_text, ranges_of
from latentexplorer.views.attribute_words import beside_words, told_words
from tests.conftest import Train

Small = Callable[..., Trained]


def shapes(train_once: Train, seed: int) -> Trained:
    """Principal components of small shapes, whose factors are known."""
    changes = ("data.name=shapes", "data.count=900", "data.size=16", "data.test_fraction=0.33", f"data.seed={seed}")
    return train_once(RunConfig().updated([*changes, "model.family=pca", "model.latent_dim=24"]))


def middle(images: np.ndarray) -> np.ndarray:
    """Where the brightness of images (N, H, W, C) lies: (N, 2), y and x in pixels."""
    light = np.clip(images[..., 0], 0, 1)
    total = light.sum((1, 2))
    down, across = np.arange(light.shape[1]), np.arange(light.shape[2])
    return np.stack([(light.sum(2) @ down) / total, (light.sum(1) @ across) / total], axis=1)


def angle_to_planted(trained: Trained, step: np.ndarray, factor: str) -> float:
    """Degrees to where held-out codes move with a factor while the others are held: least squares on all of them."""
    codes = trained.codes["test"]
    columns = trained.columns("test")
    names = (factor, *({"x", "y", "size"} - {factor}))
    given = np.stack([np.ones(len(codes)), *(columns[name][codes.index] for name in names)], axis=1)
    planted = np.linalg.lstsq(given, codes.loc.astype(np.float64), rcond=None)[0][1]
    return float(np.degrees(np.arccos(planted @ step / np.linalg.norm(planted) / np.linalg.norm(step))))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("factor", ["x", "y"])
def test_the_slider_of_a_planted_factor_moves_it_and_not_the_others(train_once: Train, seed: int, factor: str) -> None:
    trained = shapes(train_once, seed)
    result = compute(
        trained, Settings(from_group=f"low:{factor}", to_group=f"high:{factor}", count=16, low=0, steps=2, high=1)
    )
    before, after = (middle(result.images[:, at]) for at in (0, 1))
    moved = (after - before).mean(0)
    own, other = (moved[1], moved[0]) if factor == "x" else (moved[0], moved[1])
    assert own > 1.0 and abs(other) < 0.25 * own
    light = [result.images[:, at].sum((1, 2, 3)).mean() for at in (0, 1)]
    assert light[1] == pytest.approx(light[0], rel=0.1), "the size stays"
    assert angle_to_planted(trained, result.attribute.vector, factor) < 20
    # Codes of held-out images, nothing of which the direction was made of.
    receipt = result.attribute.receipt
    assert receipt.accuracy is not None and receipt.accuracy.held_out and receipt.accuracy.low > 0.8
    asked = receipt.accuracy.images_from + receipt.accuracy.images_to
    assert asked == len(trained.codes_of("test"))
    beside = {row.name: row for row in receipt.beside}
    assert beside[factor].own and beside[factor].low > 0.5
    assert not beside["size"].own and abs(beside["size"].value) < 0.4
    assert receipt.pixels is not None and 0 < receipt.pixels.step < receipt.pixels.between


def test_held_out_accuracy_does_not_change_with_what_was_learned(train_once: Train) -> None:
    """Labels of held-out images are the only ones that are asked: shuffled, they are told by chance."""
    trained = train_once(RunConfig().updated(["model.family=pca", "model.latent_dim=10", "data.limit=600"]))
    codes = trained.codes["test"]
    shuffled = replace(codes, labels=np.random.default_rng(0).permutation(codes.labels))
    fair, unfair = (
        compute(replace(trained, codes={**trained.codes, "test": each}), Settings()).attribute.receipt.accuracy
        for each in (codes, shuffled)
    )
    assert fair is not None and unfair is not None
    assert fair.low > 0.5
    assert unfair.low < 0.5 < unfair.high
    assert "not surely better than chance" in told_words(
        compute(replace(trained, codes={**trained.codes, "test": shuffled}), Settings()).attribute.receipt
    )


GROUPS = {
    "3": lambda codes: codes.labels == 3,
    "train:2,5-7": lambda codes: np.isin(codes.index, [2, 5, 6, 7]),
    "class = 3 or class = 4": lambda codes: np.isin(codes.labels, [3, 4]),
    "position >= 20": lambda codes: codes.index >= 20,
}


@pytest.mark.parametrize("text", GROUPS)
def test_a_group_has_the_images_that_are_written(small_run: Small, text: str) -> None:
    trained = small_run("vae")
    codes = trained.codes["train"]
    found = members(trained, trained, codes, "train", group_of(trained, text))
    assert np.array_equal(found, GROUPS[text](codes))
    step = compute(trained, Settings(to_group=text, count=1, steps=2)).attribute.vector
    np.testing.assert_allclose(step, codes.loc[found].mean(0) - codes.loc[~found].mean(0), atol=1e-5)


def test_positions_are_written_as_they_are_read() -> None:
    scattered = list(range(0, 120_000, 2))
    assert len(positions_text("train", scattered)) < MOST_LETTERS
    for at in ([3], [0, 1, 2], [5, 7, 8, 20], [], scattered):
        text = positions_text("test", at)
        assert text.startswith("test:")
        read = zip(*ranges_of(text.partition(":")[2]), strict=True) if at else ()
        assert [position for first, last in read for position in range(first, last + 1)] == at
    assert [each.tolist() for each in ranges_of("7-9,2,3,1-2,8,9-12")] == [[1, 7], [3, 12]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train:" + ",".join(["3"] * 600), "training image 3"),
        ("train: 03", "training image 3"),
        ("train:" + ",".join(["3-999999999"] * 2000), "999,999,997 training images"),
    ],
)
def test_a_long_text_is_neither_written_out_nor_a_long_name(small_run: Small, text: str, words: str) -> None:
    made = compute(small_run("vae"), Settings(from_group=text, to_group="train:0-2", count=1, steps=2)).attribute
    assert made.from_words == words and made.images_from == (1 if "image " in f"{words} " else 57)


WRONG = {
    ("dog", ""): "class 'dog'",
    ("3", "3"): "the same images",
    ("train:2", "test:3"): "held-out",
    ("train:9999999", "3"): "has no training image",
    ("low:size", "high:size"): "no column of numbers",
    ("train:5-2", ""): "positions|position",
    ("class = 3", "3"): "the same images",
}


@pytest.mark.parametrize("pair", WRONG)
def test_groups_that_there_are_not_are_refused_in_a_line(small_run: Small, pair: tuple[str, str]) -> None:
    with pytest.raises(LatentExplorerError, match=WRONG[pair]) as refused:
        compute(small_run("vae"), Settings(from_group=pair[0], to_group=pair[1]))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.separates])
def test_every_family_moves_codes_by_the_difference_of_mean_codes(small_run: Small, family: str) -> None:
    trained = small_run(family)
    result = compute(trained, Settings(from_group="1", to_group="7", count=2, low=0, high=1, steps=2))
    codes = trained.codes["train"]
    means = [codes.loc[codes.labels == label].mean(0) for label in (1, 7)]
    np.testing.assert_allclose(result.codes[:, 1] - result.codes[:, 0], np.tile(means[1] - means[0], (2, 1)), atol=1e-4)
    accuracy = result.attribute.receipt.accuracy
    assert accuracy is not None and accuracy.held_out
    assert 0 <= accuracy.low <= accuracy.value <= accuracy.high <= 1


@pytest.mark.parametrize("count", [1, 4, 7, 11, 20, 32])
def test_as_many_codes_are_moved_as_are_asked_for(small_run: Small, count: int) -> None:
    """As far as there are so many images, also where few lie on the near side."""
    trained = small_run("vae")
    found = compute(trained, Settings(from_group="1", to_group="7", count=count, steps=2))
    there = min(count, len(trained.codes_of("test")))
    assert len(found.names) == len(set(found.names)) == len(found.images) == there


def test_an_analogy_is_the_step_between_two_images(small_run: Small) -> None:
    trained = small_run("vae")
    result = compute(trained, Settings(from_group="train:3", to_group="train:8", base="test:1", low=0, high=1, steps=2))
    loc, test = trained.codes["train"].loc, trained.codes["test"]
    expected = test.loc[test.index == 1][0] + loc[8] - loc[3]
    np.testing.assert_allclose(result.codes[0, 1], expected, atol=1e-5)
    receipt = result.attribute.receipt
    assert receipt.accuracy is None and "single image" in told_words(receipt)


def test_nothing_goes_along_by_the_luck_of_the_images_that_made_the_direction(small_run: Small) -> None:
    """Codes that hold nothing, of two groups that have a class each: that class lies along the direction by luck."""
    trained = small_run("vae", "model.latent_dim=64")
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(300) < 100, np.arange(300) // 50, rng.integers(0, 2, 300))
    codes = Codes(rng.normal(size=(300, 64)).astype(np.float32), None, np.arange(300), labels)
    alone = replace(trained, codes={"train": codes})
    receipt = compute(alone, Settings(from_group="train:0-49", to_group="train:50-99")).attribute.receipt
    assert receipt.beside_of == "200 other training images" and beside_words(receipt).startswith("Nothing else surely")
    receipt = compute(alone, Settings(to_group="train:50-99")).attribute.receipt
    assert receipt.beside_of == "0 other training images" and "is not known" in beside_words(receipt)


def test_too_little_is_said_in_words(small_run: Small) -> None:
    trained = small_run("vae")
    # Selected training images are no held-out ones, and are never called so.
    receipt = compute(trained, Settings(from_group="train:0-9", to_group="train:10-24")).attribute.receipt
    assert receipt.accuracy is not None and not receipt.accuracy.held_out
    assert "training images" in told_words(receipt) and any("trained on" in note for note in receipt.notes)
    # Without held-out codes there is no accuracy, rather than one of training images.
    alone = replace(trained, codes={"train": trained.codes["train"]})
    receipt = compute(alone, Settings(from_group="1", to_group="7")).attribute.receipt
    assert receipt.accuracy is None and "no codes of held-out images" in told_words(receipt)
    assert "other training images" in receipt.beside_of
    codes = trained.codes["train"]
    for labels in (np.zeros(len(codes), np.int64), None):
        bare = replace(trained, codes={"train": replace(codes, labels=labels)}, data=None)
        with pytest.raises(NotApplicableError, match="no two groups"):
            compute(bare, Settings())
    one = replace(trained, codes={"train": replace(codes, labels=np.zeros(len(codes), np.int64))})
    with pytest.raises(SettingsError, match="has no training image"):
        compute(one, Settings(from_group="0"))
    single = replace(trained, codes={"train": codes.take([4])})
    with pytest.raises(LatentExplorerError):
        compute(single, Settings())
