"""An error in what Qt calls back, where Python has called Qt: told, and nothing else is lost."""

from __future__ import annotations

import gc
import sys
import weakref

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.app import Hooks

SHORT = np.zeros(3)


class Drawn(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        SHORT[5]

    def sizeHint(self) -> QSize:
        return [].pop()


class Looked(QGraphicsView):
    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        [].pop()


def test_an_error_of_c_code_is_told_and_ends_no_process(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: told.append(f"{kind.__name__}: {error}"))
    scene = QGraphicsScene()
    drawn, looked = Drawn(), Looked(scene)
    for widget in (drawn, looked):
        qtbot.addWidget(widget)
        widget.resize(40, 40)
        assert not widget.grab().isNull()
    assert any("out of bounds" in text for text in told) and "IndexError: pop from empty list" in told
    # What has to answer cannot be told later: whoever asked for it hears of it.
    with pytest.raises(IndexError, match="pop from empty list"):
        drawn.adjustSize()


class Kept:
    """Something that a call knows."""


def test_an_error_that_was_told_keeps_nothing_that_its_calls_knew(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    known: list[weakref.ref[Kept]] = []

    def fail() -> None:
        kept = Kept()
        known.append(weakref.ref(kept))
        raise ValueError("on purpose")

    hooks = Hooks()
    hooks.install()
    try:
        with qtbot.waitSignal(hooks.caught):
            QTimer.singleShot(0, fail)
    finally:
        hooks.remove()
    caplog.clear()
    gc.collect()
    assert known and known[0]() is None
