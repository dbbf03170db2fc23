"""Other colours: what is not in sight gets them soon, and what has gone keeps nothing waiting."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.style.dressing import A_TIME, Dressing


def test_of_a_window_that_has_gone_nothing_waits_for_colours(qtbot: QtBot, qapp: QApplication) -> None:
    window = QWidget()
    window.show()
    for _ in range(4 * A_TIME):
        QLabel("text", window).ensurePolished()
    dressing = Dressing()
    dressing.dress(qapp, qapp.palette(), qapp.styleSheet())
    assert dressing.waiting
    shiboken6.delete(window)
    QApplication.processEvents()
    assert all(map(shiboken6.isValid, dressing.waiting))
