"""Train more epochs: how many is asked in a dialog, answered or left by the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QInputDialog, QSpinBox

from latentexplorer.gui.session.training import IDLE
from latentexplorer.gui.window.workspaces import TRAIN
from tests.gui.conftest import Person

Key = Qt.Key


@pytest.fixture
def workspace() -> str:
    return TRAIN


def asked(person: Person) -> tuple[QInputDialog, QSpinBox]:
    """The dialog, opened from the menu, and its field."""
    next(action for action in person.frame.menus["Train"].actions() if action.text() == "Train more epochs…").trigger()
    dialog = person.find("train_more_dialog", QInputDialog)
    person.until(dialog.isVisible)
    field = dialog.findChild(QSpinBox)
    assert field is not None
    return dialog, field


def test_more_epochs_are_asked_for_trained_and_left_alone_by_escape(
    person: Person, make_run: Callable[..., Path]
) -> None:
    run = make_run("training.epochs=2")
    person.open_run(run)
    session = person.session
    dialog, field = asked(person)
    # As many again as it was planned for are proposed, and can be typed over at once.
    assert dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok).isEnabled()
    assert field.value() == 2 and dialog.width() > 2 * dialog.fontMetrics().horizontalAdvance(dialog.windowTitle())
    person.qtbot.keyClicks(field, "7")
    assert dialog.intValue() == 7
    person.qtbot.keyClick(field, Key.Key_Escape)
    person.until(lambda: person.find_or_none("train_more_dialog") is None)
    person.settled()
    assert session.training.state == IDLE and len(session.history) == 2 and session.shown.path == run

    _, field = asked(person)
    person.qtbot.keyClicks(field, "1")
    person.qtbot.keyClick(field, Key.Key_Return)
    person.until(lambda: session.training.state != IDLE)
    person.until(lambda: session.training.state == IDLE)
    person.settled()
    assert session.shown.path == run and session.shown.epoch == 3 and len(session.history) == 3
