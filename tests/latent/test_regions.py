"""Decision regions against what is known of linear decoders and classifiers; what a classifier says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from latentexplorer.core.errors import DataError, NotApplicableError
from latentexplorer.latent.judge import lopsided, softmax, temperature, train_judge
from latentexplorer.latent.regions import flips, verdict
from latentexplorer.views.judging import Regions


@pytest.mark.parametrize("seed", range(4))
def test_a_linear_classifier_of_a_linear_decoder_flips_where_the_closed_form_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    decoder, offset = rng.normal(size=(6, 20)), rng.normal(size=20)
    weights, bias = rng.normal(size=(20, 5)), rng.normal(size=5)
    start, end = rng.normal(size=(2, 6)) * 3

    def along(t: np.ndarray) -> np.ndarray:
        return softmax((start + t[:, None] * (end - start)) @ decoder @ weights + offset @ weights + bias)

    # Logits are straight lines of t: the class changes where the two highest cross.
    at_start = start @ decoder @ weights + offset @ weights + bias
    slope = (end - start) @ decoder @ weights
    true, t, now = [], 0.0, int(at_start.argmax())
    while True:
        gap, speed = at_start[now] - at_start, slope - slope[now]
        meets = np.where((speed > 0) & (np.arange(5) != now), gap / np.where(speed > 0, speed, 1), np.inf)
        then = int(meets.argmin())
        if not t < meets[then] < 1:
            break
        true.append((meets[then], now, then))
        t, now = meets[then], then
    found = flips(along, np.linspace(0, 1, 65))
    assert [(flip.before, flip.after) for flip in found] == [(before, after) for _, before, after in true]
    np.testing.assert_allclose([flip.at for flip in found], [at for at, _, _ in true], atol=1e-9)


def test_classes_that_come_and_go_between_two_looks_are_all_found() -> None:
    edges = np.array([0.31, 0.313, 0.77])

    def along(t: np.ndarray) -> np.ndarray:
        return np.eye(4)[np.searchsorted(edges, t)]

    found = flips(along, np.array([0.0, 0.5, 1.0]))
    assert [(flip.before, flip.after) for flip in found] == [(0, 1), (1, 2), (2, 3)]
    np.testing.assert_allclose([flip.at for flip in found], edges, atol=1e-4)
    assert flips(lambda t: np.eye(4)[np.zeros(len(t), int)], np.array([0.0, 1.0])) == []
    with pytest.raises(DataError, match="no numbers"):
        verdict(np.array([[np.nan, 0.5]]))


def dots(rng: np.random.Generator, count: int, wrong: float) -> tuple[np.ndarray, np.ndarray]:
    """Images of which the brighter half is the class, and labels of which a part is wrong."""
    labels = rng.integers(0, 2, count)
    images = rng.integers(0, 120, (count, 4, 4, 1)).astype(np.uint8)
    images[labels == 0, :, :2] += 100
    images[labels == 1, :, 2:] += 100
    return images, np.where(rng.random(count) < wrong, 1 - labels, labels)


@pytest.mark.parametrize("seed", range(2))
def test_a_classifier_says_how_often_it_is_right_and_is_no_surer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images, labels = dots(rng, 150, 0.2)
    others, truth = dots(rng, 1_000, 0.2)
    judge = train_judge(images, labels, ("left", "right"), (others, truth), most_steps=600)
    sure = judge.probabilities(others)
    right = (sure.argmax(1) == truth).mean()
    assert judge.tested is not None and judge.tested.right == pytest.approx(right) and judge.tested.count == 1_000
    # It learned noise by heart and is sure of it; what it says of its own confidence is true of other images.
    logits = judge.readers.logits(others).mean(0)
    assert softmax(logits).max(1).mean() > right + 0.02
    np.testing.assert_allclose(sure, softmax(logits / judge.temperature), atol=1e-6)
    assert judge.temperature > 1 and sure.max(1).mean() == pytest.approx(right, abs=0.05)
    assert judge.tested.words == f"right on {100 * right:.0f} % of 1,000 held-out images"
    known = 2 * rng.normal(size=(4_000, 3))
    drawn = (softmax(known).cumsum(1) > rng.random((4_000, 1))).argmax(1)
    assert temperature(5 * known, drawn) == pytest.approx(5, rel=0.1)
    assert temperature(known, known.argmax(1)) == 1


def test_how_often_it_is_right_is_read_beside_how_many_are_of_one_class() -> None:
    rng = np.random.default_rng(3)
    images, labels = dots(rng, 100, 0.0)
    # Nothing to learn: who names the larger class every time is right on nine of ten.
    judge = train_judge(images, (rng.random(100) < 0.1).astype(int), ("a", "b"), (images, (rng.random(100) < 0.1) * 1))
    assert judge.tested is not None and 0.8 < judge.tested.largest < 1
    assert judge.tested.words.endswith(
        f"% of 100 held-out images ({100 * judge.tested.largest:.0f} % are of one class)"
    )
    assert Regions(verdict(np.eye(2)), ("a", "b"), "", judge.tested.words).brief.endswith("% are of one class)")
    assert Regions(verdict(np.eye(2)), ("a", "b"), "", "right on 97 % of 5 held-out images").brief == "right on 97 %"
    assert lopsided(labels, 2) == 0 and lopsided(np.repeat(np.arange(10), 20), 10) == 0
    assert lopsided(np.array([0, 0, 0, 1, 2, 3, 4, 5]), 10) == 0.375


def test_without_held_out_images_some_are_kept_from_it_and_what_has_no_classes_says_so() -> None:
    images, labels = dots(np.random.default_rng(0), 60, 0.0)
    judge = train_judge(images, labels, ("a", "b"), most_steps=60)
    assert judge.tested is not None and judge.tested.words.endswith("training images kept from it")
    assert judge.tested.count in (11, 12) and judge.tested.right > 0.8
    # What is learned by heart is not what it is tested on.
    noise = np.random.default_rng(1).integers(0, 2, 60)
    assert train_judge(images, noise, ("a", "b"), most_steps=400).tested.right < 0.9  # type: ignore[union-attr]
    assert train_judge(images[:4], np.array([0, 1, 0, 1]), ("a", "b"), most_steps=20).tested is None
    for wrong, said in ((None, "no classes"), (np.zeros(60, int), r"of one class \(a\)"), (labels[:0], "none")):
        with pytest.raises(NotApplicableError, match=said):
            train_judge(images[: 0 if wrong is not None and not len(wrong) else 60], wrong, ("a", "b"))
