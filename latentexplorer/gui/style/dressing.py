"""New colours for the whole window, without holding it up.

A style sheet that is set over another one lets Qt polish each widget once for every widget around it: with two thousand
of them, eight deep, that takes 0.7 s. So the old one is taken off first, and only what is in sight is polished at once;
all else follows a few at a time, before anybody gets to see it.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

A_TIME = 150
"""Widgets polished in one turn of the event loop: some milliseconds."""
POLISHED = Qt.WidgetAttribute.WA_WState_Polished
"""Qt polishes those again that have it."""


class Dressing(QObject):
    """Puts a palette and a style sheet on an application."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[QWidget] = []
        self._later = QTimer(self)
        self._later.setInterval(0)
        self._later.timeout.connect(self._polish_some)

    def dress(self, app: QApplication, palette: QPalette, sheet: str) -> None:
        """Put them on: what is in sight looks so when this returns, all else soon."""
        out_of_sight = [widget for widget in app.allWidgets() if self._can_wait(widget)]
        self._waiting = out_of_sight
        for widget in out_of_sight:
            widget.setAttribute(POLISHED, False)
        app.setStyleSheet("")
        app.setPalette(palette)
        app.setStyleSheet(sheet)
        if out_of_sight:
            self._later.start()

    def _can_wait(self, widget: QWidget) -> bool:
        known = widget.testAttribute(POLISHED) or widget in self._waiting
        return known and (not widget.isVisible() or widget.visibleRegion().isEmpty())

    @Slot()
    def _polish_some(self) -> None:
        now, self._waiting = self._waiting[:A_TIME], self._waiting[A_TIME:]
        for widget in now:
            # Meanwhile it may be gone, or have been polished because it was shown.
            if isValid(widget) and not widget.testAttribute(POLISHED):
                QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.Polish))
        if not self._waiting:
            self._later.stop()
