"""The window decodes on a card where that is quicker, and says the same as without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from latentexplorer.gui.workers import on_card
from latentexplorer.gui.workers.on_card import Card
from latentexplorer.runs import Trained


class Counted(Card):
    """A stand-in for a card on the processor, which takes as long as it is told and counts what it decodes."""

    def __init__(self, seconds: float) -> None:
        super().__init__("cpu")
        self.seconds, self.decoded = seconds, 0

    def _seconds_there(self, run: Trained, z: np.ndarray, y: np.ndarray | None, rough: bool) -> float:
        return self.seconds

    def _there(self, run: Trained, z: np.ndarray, y: np.ndarray | None, rough: bool) -> np.ndarray:
        self.decoded += 1
        return super()._there(run, z, y, rough)


@pytest.fixture
def run(small_run: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch) -> Trained:
    monkeypatch.setattr(on_card, "WORTH_S", 0.0)
    found = small_run("vae")
    return replace(found, config=found.config.updated(["training.device=auto"]))


def codes(count: int = 20) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)


def ask(card: Card, run: Trained, count: int = 20) -> np.ndarray:
    z = np.zeros((count, run.model.code_dim), np.float32)
    z[:, :2] = codes(count)
    return card.decode(run, z, None, False)


def test_what_is_quicker_on_a_card_goes_there_and_looks_the_same(run: Trained) -> None:
    card = Counted(0.0)
    first = ask(card, run)
    assert card.decoded == 1, "the trial"
    again = ask(card, run)
    assert card.decoded == 2
    np.testing.assert_array_equal(first, again)
    # Another state of a model that is built alike needs no trial.
    ask(card, replace(run, epoch=1))
    assert card.decoded == 3


def test_what_is_slower_on_a_card_stays_and_is_not_tried_again(run: Trained) -> None:
    card = Counted(1e9)
    ask(card, run)
    ask(card, run)
    assert card.decoded == 1


def test_a_card_is_left_alone_where_a_run_is_for_the_processor_or_a_piece_is_small(
    run: Trained, small_run: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Counted(0.0)
    ask(card, small_run("vae"))
    monkeypatch.setattr(on_card, "WORTH_S", 1e9)
    ask(card, run)
    assert card.decoded == 0


@pytest.mark.parametrize("at", [1, 2])
def test_a_card_without_memory_is_done_without(run: Trained, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Counted):
        def _there(self, run: Trained, z: np.ndarray, y: np.ndarray | None, rough: bool) -> np.ndarray:
            if self.decoded + 1 == at:
                self.decoded += 1
                raise RuntimeError("out of memory")
            return super()._there(run, z, y, rough)

    card = Full(0.0)
    found = [ask(card, run) for _ in range(4)]
    assert card.decoded == at
    for images in found:
        np.testing.assert_array_equal(images, found[0])


@pytest.mark.gpu
def test_a_real_card_decodes_what_the_processor_decodes(run: Trained) -> None:
    card = Card()
    here = run.decode(np.zeros((300, run.model.code_dim), np.float32), clamped=False)
    z = np.zeros((300, run.model.code_dim), np.float32)
    card._chosen[next(iter(_kinds(card, run, z)))] = True
    np.testing.assert_allclose(card.decode(run, z, None, False), here, atol=1e-3)
    assert next(iter(card._twins.values())).network_parameters()[0].is_cuda


def _kinds(card: Card, run: Trained, z: np.ndarray) -> list[on_card.Kind]:
    card.decode(run, z, None, False)
    return list(card._chosen)
