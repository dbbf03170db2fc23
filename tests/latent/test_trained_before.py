"""What judges a model is trained once for the same images, and anew for any other ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.latent.frechet import features_of
from latentexplorer.latent.readability import MOST_KEPT, readers_of
from latentexplorer.latent.trained_before import KEPT, TrainedBefore

IMAGES = np.random.default_rng(5).integers(0, 256, (30, 6, 6, 1), dtype=np.uint8)
LABELS = np.arange(30) % 3


def test_of_equal_images_and_settings_it_is_the_same_and_of_others_another() -> None:
    other = IMAGES.copy()
    other[29, 5, 5, 0] ^= 1
    first = readers_of(IMAGES, LABELS, 3, most_steps=2)
    assert readers_of(IMAGES.copy(), list(LABELS), 3, most_steps=2) is first  # type: ignore[arg-type]
    # An image of other proportions has the same bytes.
    turned = IMAGES.reshape(30, 4, 9, 1)
    for images, labels, settings in (
        (other, LABELS, {}),
        (turned, LABELS, {}),
        (IMAGES, LABELS[::-1].copy(), {}),
        (IMAGES, LABELS, {"seeds": (1,)}),
        (IMAGES, LABELS, {"most_steps": 3}),
    ):
        assert readers_of(images, labels, 3, **{"most_steps": 2, **settings}) is not first  # type: ignore[arg-type]
    known = features_of(IMAGES, LABELS, 3, steps=1)
    assert features_of(IMAGES, LABELS, 3, steps=1) is known
    assert features_of(IMAGES, None, 3, steps=1) is not known and features_of(IMAGES, LABELS, 3, steps=2) is not known
    np.testing.assert_array_equal(features_of(IMAGES, LABELS, 3, steps=1)(IMAGES), known(IMAGES))


def test_what_was_stopped_is_trained_when_it_is_asked_for_again() -> None:
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        readers_of(IMAGES[:20], LABELS[:20], 3, most_steps=2, stop=stop)
    assert readers_of(IMAGES[:20], LABELS[:20], 3, most_steps=2).weights[0].shape == (3, 36, 50)


def test_few_are_kept_and_none_that_is_large_or_of_a_file(tmp_path: Path) -> None:
    before, made = TrainedBefore[int](), list[int]()

    def ask(number: int, images: np.ndarray = IMAGES, large: bool = False) -> int:
        def train() -> int:
            made.append(number)
            return number

        return before.get(images, None, number, train, small=lambda _: not large)

    for number in range(KEPT):
        ask(number)
    ask(0), ask(KEPT), ask(0)
    assert made == [*range(KEPT), KEPT]
    assert ask(1) == 1 and made[-1] == 1
    ask(99, large=True), ask(99)
    np.save(tmp_path / "images.npy", IMAGES)
    on_disk = np.load(tmp_path / "images.npy", mmap_mode="r")
    ask(7, on_disk), ask(7, on_disk)
    assert made[-4:] == [99, 99, 7, 7]
    assert MOST_KEPT < 3 * 4 * 50 * 256 * 256 * 3
