"""Answers and hands that come for a state that has passed: nothing of them arrives, and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, Notice
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.gui.workers.job import Job
from latentexplorer.gui.workers.job_queue import JobQueue
from tests.gui.person import Person

Key, Type = Qt.Key, QEvent.Type
LEFT, NO_BUTTON, NO_KEY = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
HAND = (
    (Type.MouseButtonPress, LEFT, LEFT),
    (Type.MouseMove, NO_BUTTON, LEFT),
    (Type.MouseButtonRelease, LEFT, NO_BUTTON),
)
KEYS = Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Home, Key.Key_End, Key.Key_PageDown


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("ends", ["well", "badly", "stopped"])
def test_of_a_job_that_was_let_go_nothing_arrives(qtbot: QtBot, ends: str, told: bool) -> None:
    def work(emit: Emit, stop: StopToken) -> str:
        emit(Notice("running"))
        stop.wait(30)
        emit(Notice("late"))
        if ends == "stopped":
            stop.check()
        if ends == "badly":
            raise DataError("late")
        return "late"

    queue, job = JobQueue("test"), Job("work", work)
    heard: list[object] = []
    for signal in (job.reported, job.succeeded, job.failed):
        signal.connect(heard.append)
    job.stopped.connect(lambda: heard.append("stopped"))
    with qtbot.waitSignal(job.reported):
        queue.submit(job)
    with qtbot.waitSignal(job.finished):
        queue.leave(job, told=told)
    assert heard[1:] == (["stopped"] if told else [])
    queue.shutdown()


def test_of_a_question_that_was_dropped_nothing_arrives(qtbot: QtBot) -> None:
    decoder = Decoder()
    heard: list[str] = []
    for key in ("kept", "dropped"):
        decoder.ask(key, str, lambda _, key=key: heard.append(key))
    decoder.drop("dropped")
    qtbot.waitUntil(lambda: not decoder.busy)
    assert heard == ["kept"]
    decoder.shutdown()


def lay_hands_on(pane: Pane) -> None:
    """Do with what a pane holds whatever a person may still be doing while it changes: move sliders, press keys.

    Also to come to it with the keyboard: then it says what it shows.
    """
    for widget in pane.content.findChildren(QWidget):
        if widget.isHidden():
            continue
        middle = QPointF(widget.rect().center())
        there = QPointF(widget.mapToGlobal(middle.toPoint()))
        for kind, button, held in HAND:
            QApplication.sendEvent(widget, QMouseEvent(kind, middle, there, button, held, NO_KEY))
        turn = QWheelEvent(
            middle, there, QPoint(), QPoint(0, 120), NO_BUTTON, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(widget, turn)
        for focus in (Type.FocusIn, Type.FocusOut):
            QApplication.sendEvent(widget, QFocusEvent(focus))
        for key in KEYS:
            QApplication.sendEvent(widget, QKeyEvent(Type.KeyPress, key, NO_KEY))


def test_what_comes_late_of_a_run_that_was_left_changes_no_pane(person: Person, make_run: Callable[..., Path]) -> None:
    session, frame = person.session, person.frame
    person.open_run(make_run("model.latent_dim=16"))
    large = session.shown
    person.open_run(make_run())
    small = session.shown
    assert small.code_dim < large.code_dim
    for name, pane in frame.panes.items():
        person.show(name)
        person.settled()
        before = pane.header.subtitle.text()
        session.show_run(large)
        frame.show_pane(name)
        # What it has asked of the large run is on its way.
        session.show_run(small)
        code = session.current.code
        if pane.draws_later:
            lay_hands_on(pane)
            assert session.current.code is code, name
        person.settled()
        assert pane.header.subtitle.text() == before, name
        assert session.shown is small
    assert not person.failures
