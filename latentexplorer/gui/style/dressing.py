"""New colours for the whole window, without holding it up.

A style sheet that is set over another one lets Qt polish each widget once for every widget around it: with two thousand
of them, eight deep, that takes 0.7 s. So the old one is taken off first, and only what is in sight is polished at once;
all else follows a few at a time, before anybody gets to see it. And Qt tells every widget twice that its style is
another one, whereupon all of the window is laid out anew: two thirds of what it takes then, for nothing, where colours
change and no sizes. So they are not told.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QHeaderView, QWidget
from shiboken6 import isValid

A_TIME = 150
"""Widgets polished in one turn of the event loop: some milliseconds."""
POLISHED = Qt.WidgetAttribute.WA_WState_Polished
"""Qt polishes those again that have it."""
OWN = Qt.WidgetAttribute.WA_SetStyle
"""Qt tells those of no other style of the application that have it."""


class Dressing(QObject):
    """Puts a palette and a style sheet on an application.

    Attributes
    ----------
    waiting : list of QWidget
        Those that look as before, because nobody sees them.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.waiting: list[QWidget] = []
        self._later = QTimer(self)
        self._later.setInterval(0)
        self._later.timeout.connect(self._polish_some)

    def dress(self, app: QApplication, palette: QPalette, sheet: str) -> None:
        """Put them on: what is in sight looks so when this returns, all else soon. Sizes stay as they were."""
        waiting, widgets = set(self.waiting), app.allWidgets()
        known = [widget for widget in widgets if widget.testAttribute(POLISHED) or widget in waiting]
        seen = _in_sight(known)
        self.waiting = [widget for widget in known if widget not in seen]
        for widget in known:
            widget.setAttribute(POLISHED, widget in seen)
        told = [widget for widget in widgets if not widget.testAttribute(OWN)] if app.styleSheet() else []
        for widget in told:
            widget.setAttribute(OWN)
        app.setStyleSheet("")
        app.setPalette(palette)
        app.setStyleSheet(sheet)
        for widget in told:
            widget.setAttribute(OWN, False)
        if self.waiting:
            self._later.start()

    @Slot()
    def _polish_some(self) -> None:
        # Meanwhile some may be gone, or have been polished because they were shown.
        there = [widget for widget in self.waiting if isValid(widget)]
        now, self.waiting = there[:A_TIME], there[A_TIME:]
        for widget in now:
            # And what is polished may take others with it: a table makes its columns anew, a menu is thrown away.
            if isValid(widget) and not widget.testAttribute(POLISHED):
                QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.Polish))
            if isValid(widget) and isinstance(widget, QHeaderView):
                # It keeps the height that it was told while there was no sheet.
                QCoreApplication.sendEvent(widget.viewport(), QEvent(QEvent.Type.StyleChange))
        if not self.waiting:
            self._later.stop()


def _in_sight(widgets: list[QWidget]) -> set[QWidget]:
    """Those that are seen, and what they lie in: colours are inherited."""
    seen: set[QWidget] = set()
    for widget in widgets:
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            around: QWidget | None = widget
            while around is not None and around not in seen:
                seen.add(around)
                around = around.parentWidget()
    return seen
