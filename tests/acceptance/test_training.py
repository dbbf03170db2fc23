"""Trainings from the window: stopped, gone on with, failed, and of images that were dropped on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from latentexplorer.core.paths import runs_dir
from tests.gui.conftest import Person


def test_pause_stop_and_resume_to_the_end(person: Person) -> None:
    person.begin_training()
    person.click("pause_button")
    assert person.session.training.state == "paused"
    person.click("pause_button")
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    path, epochs = person.session.run.path, person.session.run.epoch
    assert 1 <= epochs < 100_000
    person.frame.activateWindow()
    person.qtbot.keyClick(person.frame, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    person.until(lambda: len(person.session.history) > epochs)
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
    person.settled()
    assert person.session.run.path == path and person.session.run.epoch > epochs
    shown, _ = person.frame.panes["loss"].curves["train", "loss"].getData()
    assert list(shown) == list(range(1, person.session.run.epoch + 1))


@pytest.mark.parametrize("error", [RuntimeError("a fault of our own"), MemoryError()])
def test_a_failure_in_training_is_told_and_the_last_epoch_is_kept(
    person: Person, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from latentexplorer.training.trainer import _Training as Trainer

    person.expects_failure = True
    honest = Trainer.train_epoch

    def fails_in_the_third(trainer: Any) -> bool:
        if trainer.state.epoch == 2:
            raise error
        return honest(trainer)

    monkeypatch.setattr(Trainer, "train_epoch", fails_in_the_third)
    person.type("field_training.epochs", "5")
    person.click("train_button")
    person.until(lambda: bool(person.failures) and person.session.training.state == "idle")
    banner = person.find("failure")
    assert banner.isVisible() and person.find("failure_details").isVisible()
    person.settled()
    assert person.session.run.path == runs_dir() / "digits-vae" and person.session.run.epoch == 2
    monkeypatch.setattr(Trainer, "train_epoch", honest)
    person.session.current.draw_random(4)
    person.decoded()
    person.session.training.resume()
    person.until(lambda: person.session.training.active)
    person.until(lambda: not person.session.training.active)
    assert person.session.run.epoch == 5


def test_a_dropped_array_is_trained_by_one_click(person: Person, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(40) % 4)
    person.drop_to_train(tmp_path / "mine.npz")
    person.until(lambda: person.find_or_none("sheet_form") is not None and person.find("sheet_form").isEnabled())
    person.click("sheet_form")
    person.train(epochs=1)
    run = person.session.run
    assert run.image_shape == (1, 8, 8) and len(run.class_names) == 4 and run.epoch == 1
