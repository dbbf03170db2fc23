"""Other colours: what is not in sight gets them soon, and what has gone keeps nothing waiting."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.style.dressing import A_TIME, POLISHED, Dressing


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


class Remaking(QWidget):
    """A widget that throws others away when it gets its new colours."""

    def __init__(self, parent: QWidget, others: list[QWidget]) -> None:
        super().__init__(parent)
        self._others = others

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Polish:
            for other in self._others:
                shiboken6.delete(other)
            self._others = []
        return super().event(event)


def test_what_goes_while_others_get_their_colours_is_passed_over(qtbot: QtBot, qapp: QApplication) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    going: list[QWidget] = [QLabel("text", window) for _ in range(3)]
    remaking, last = Remaking(window, []), QLabel("last", window)
    for widget in (*going, remaking, last):
        widget.ensurePolished()
    remaking._others = going
    dressing = Dressing()
    dressing.dress(qapp, qapp.palette(), qapp.styleSheet())
    # In whatever order Qt lists them, the one that takes the others with it comes first.
    dressing.waiting = [remaking, *going, last]
    QApplication.processEvents()
    assert not any(map(shiboken6.isValid, going)) and not dressing.waiting
    assert last.testAttribute(POLISHED)
