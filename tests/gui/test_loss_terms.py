"""The pane that explains the loss: what it says, what its buttons add, and what it does while a model trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.gui.conftest import Person


def test_the_pane_explains_the_loss_and_its_buttons_add_to_it(person: Person, make_run: Callable[..., Path]) -> None:
    pane = person.open_run(make_run("model.family=vae", "model.beta=4", "model.sigma=0.1"), "loss_terms")
    row = person.session.history.rows[-1]
    assert pane.result.total["test"] == row["test_loss"]
    assert "costs" in pane.sentence.text() and pane.sentence.isVisible()
    titles = [line.title for line in pane.terms.lines]
    assert titles[:4] == ["Squared error", "KL × 4", "Constant of σ", "Total"]
    # Bars begin where the one before ended, and end at the total.
    ends = [line.bars[-1] for line in pane.terms.lines[:4]]
    assert ends[0][1] == ends[1][0] and ends[1][1] == ends[2][0]
    assert ends[2][1] == pytest.approx(ends[3][1], rel=1e-4) and ends[3][0] == 0
    assert pane.scales.lines[1].title == "Gaussian, σ 0.2, in nats" and pane.scales.lines[1].cells == ("1",)
    person.click("loss_terms_apart")
    person.until(lambda: any(line.title == "KL: Mutual information" for line in pane.terms.lines))
    assert "images, one draw each" in pane.remarks.text()
    assert pane.figure_settings() == ["apart=true"]
    button = person.find("loss_terms_baselines")
    button.setFocus()
    person.qtbot.keyClick(button, Qt.Key.Key_Space)
    person.until(lambda: any("PCA" in line.title for line in pane.terms.lines))
    person.settled()
    person.click("loss_terms_apart")
    person.settled()
    assert not any(line.title.startswith("KL:") for line in pane.terms.lines)
    assert any(offer.name == "Baselines" for offer in pane.offers())
    # Who takes it back before it is there does not get it later.
    person.click(button)
    person.click("loss_terms_apart")
    person.click("loss_terms_apart")
    person.settled()
    assert not any(line.title.startswith("KL:") or "PCA" in line.title for line in pane.terms.lines)
    # A model whose codes are points has no KL, and no button for it.
    person.open_run(make_run("model.family=wae"), "loss_terms")
    assert not person.find("loss_terms_apart").isVisible() and "bounds nothing" in pane.sentence.text()
    assert [line.title for line in pane.terms.lines][1].startswith("MMD² to the prior × 300")


def test_it_follows_a_training_from_its_history_alone(person: Person) -> None:
    pane = person.show("loss_terms")
    told: list[int] = []
    person.session.history_changed.connect(lambda: told.append(len(person.session.history)))
    person.train(epochs=3)
    assert max(told) == 3
    person.until(lambda: pane.result is not None and pane.result.epoch == 3)
    assert pane.result.total["train"] == person.session.history.rows[-1]["train_loss"]
    assert not pane.result.baselines and pane.result.apart is None


def test_out_of_sight_nothing_is_worked_out_and_what_was_missed_is_there_at_once(person: Person) -> None:
    pane = person.show("loss_terms")
    person.begin_training()
    person.until(lambda: pane.result is not None)
    person.show("dimensions") if pane.seen and not person.frame.panes["loss"].seen else person.show("loss")
    person.click("loss_terms_baselines")
    person.until(lambda: any("PCA" in line.title for line in pane.terms.lines))
    person.show("loss")
    person.until(lambda: not pane.seen and not person.session.decoder.busy)
    kept, lines, seen = pane.result, pane.terms.lines, person.session.history.rows[-1]["epoch"]
    person.until(lambda: person.session.history.rows[-1]["epoch"] > seen + 5)
    assert pane.result is kept and pane.terms.lines is lines
    person.frame.show_pane("loss_terms")
    person.until(lambda: pane.result is not kept)
    # What was measured is still there: of an epoch before, and that is said.
    assert pane.result.epoch > seen + 4 and any("PCA" in line.title for line in pane.terms.lines)
    assert "baselines are those of epoch" in pane.remarks.text()
    person.click("stop_button")
    person.until(lambda: person.session.training.state == "idle")
