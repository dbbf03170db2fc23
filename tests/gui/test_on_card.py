"""The window decodes on a card where that is quicker, and says the same as without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.cancellation import NEVER
from latentexplorer.gui.workers import card_trial, decoding, image_tasks, on_card
from latentexplorer.gui.workers.on_card import Card
from latentexplorer.runs import Trained
from tests.gui.person import Person


class Counted(Card):
    """A stand-in for a card on the processor, which takes as long as it is told and counts what it decodes."""

    def __init__(self, seconds: float) -> None:
        super().__init__("cpu")
        self.seconds, self.decoded = seconds, 0

    def _seconds_there(self, run: Trained, z: np.ndarray, y: np.ndarray | None, rough: bool) -> float:
        return self.seconds

    def _seconds_of(self, piece: Callable[[Trained], object], there: Trained) -> float:
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


def tried(card: Card) -> None:
    """It is quiet."""
    for _ in card.try_out():
        pass


def test_what_is_quicker_on_a_card_goes_there_and_looks_the_same(run: Trained) -> None:
    card = Counted(0.0)
    first = ask(card, run)
    assert card.decoded == 0 and card.has_untried, "nobody waits for a trial"
    tried(card)
    assert card.decoded == 1 and not card.has_untried
    again = ask(card, run)
    assert card.decoded == 2
    np.testing.assert_array_equal(first, again)
    # Another state of a model that is built alike needs no trial.
    ask(card, replace(run, epoch=1))
    assert card.decoded == 3


def test_what_is_slower_on_a_card_stays_and_is_not_tried_again(run: Trained) -> None:
    card = Counted(1e9)
    ask(card, run)
    tried(card)
    ask(card, run)
    assert card.decoded == 1 and not card.has_untried


def test_a_card_is_left_alone_where_a_run_is_for_the_processor_or_a_piece_is_small(
    run: Trained, small_run: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Counted(0.0)
    ask(card, small_run("vae"))
    monkeypatch.setattr(on_card, "WORTH_S", 1e9)
    ask(card, run)
    assert not card.has_untried


@pytest.mark.parametrize("at", [1, 2])
def test_a_card_without_memory_is_done_without_and_asked_again_later(
    run: Trained, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Counted):
        def _there(self, run: Trained, z: np.ndarray, y: np.ndarray | None, rough: bool) -> np.ndarray:
            if self.decoded + 1 == at:
                self.decoded += 1
                raise RuntimeError("out of memory")
            return super()._there(run, z, y, rough)

    monkeypatch.setattr(on_card, "AGAIN", 3)
    card = Full(0.0)
    found = []
    for _ in range(3):
        found.append(ask(card, run))
        tried(card)
    assert card.decoded == at
    for _ in range(3):
        found.append(ask(card, run))
        tried(card)
    assert card.decoded > at
    for images in found:
        np.testing.assert_array_equal(images, found[0])


def test_a_trial_waits_until_nobody_waits(
    person: Person, make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_card, "WORTH_S", 0.0)
    busy: list[bool] = []

    class Asked(Counted):
        def _there(self, run: Trained, z: np.ndarray, y: np.ndarray | None, rough: bool) -> np.ndarray:
            busy.append(bool(person.session.decoder._lanes[0].idle.is_set()))
            return super()._there(run, z, y, rough)

    card = Asked(1e9)
    for module in (card_trial, decoding):
        monkeypatch.setattr(module, "card", card)
    person.open_run(make_run("model.family=vae", "training.device=auto"))
    person.until(lambda: bool(busy))
    assert all(busy)


@pytest.mark.parametrize(("seconds", "there"), [(0.0, True), (1e9, False)])
def test_long_work_goes_where_a_piece_of_it_is_quicker(run: Trained, seconds: float, there: bool) -> None:
    card = Counted(seconds)
    pieces: list[Trained] = []
    for _ in range(2):
        where = card.at_best(run, "work", pieces.append, lambda where: where)
        assert (where.model is not run.model) is there
    # Once here and once there to find out; the second time it is known.
    assert len(pieces) == 2


def test_long_work_that_a_card_has_no_memory_for_begins_again_beside_it(run: Trained) -> None:
    card = Counted(0.0)

    def work(where: Trained) -> str:
        if where.model is not run.model:
            raise RuntimeError("CUDA out of memory")
        return "done"

    assert card.at_best(run, "work", lambda where: None, work) == "done"
    with pytest.raises(RuntimeError, match="broken"):
        Counted(0.0).at_best(run, "work", lambda where: None, broken)


def broken(run: Trained) -> None:
    raise RuntimeError("broken")


def test_many_new_images_are_encoded_on_the_card_where_that_is_quicker(
    run: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_tasks, "MANY", 3)
    for number, pixels in enumerate(run.images("train").images[:4]):
        Image.fromarray(pixels[..., 0]).save(tmp_path / f"{number}.png")
    source = image_tasks.Source("some", (str(tmp_path),), kept=False)
    found = {}
    for seconds in (0.0, 1e9):
        card = Counted(seconds)
        monkeypatch.setattr(image_tasks, "card", card)
        found[seconds] = image_tasks.bring(run, source, lambda event: None, NEVER).codes
        assert list(card._chosen.values()) == [seconds == 0.0]
    for one, other in zip(*found.values(), strict=True):
        np.testing.assert_array_equal(one.z, other.z)


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
    tried(card)
    return list(card._chosen)
