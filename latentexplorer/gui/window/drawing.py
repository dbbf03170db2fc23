"""When a window is drawn whose docks stand anew: once all is laid out, and a dock in each turn of the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QMainWindow, QWidget


class Drawing(QObject):
    """Keeps a window from being drawn until what is in its panes has been laid out among the events that wait.

    All panes drawn in one turn would take longer than anybody should wait for the next click.

    Parameters
    ----------
    window : QMainWindow
    seen : callable
        The docks that are seen, in the order in which they are drawn.
    """

    def __init__(self, window: QMainWindow, seen: Callable[[], Sequence[QWidget]]) -> None:
        super().__init__(window)
        self._window, self._seen = window, seen
        self._undrawn: list[QWidget] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._draw)

    def hold(self) -> None:
        """Draw nothing before the next turn."""
        self._window.setUpdatesEnabled(False)
        self._let_all()
        self._later.start()

    @Slot()
    def later(self) -> None:
        """What waits to be drawn has changed in this turn: it waits for the next one."""
        if not self._window.updatesEnabled():
            self._later.start()

    def _let_all(self) -> None:
        undrawn, self._undrawn = self._undrawn, []
        for dock in undrawn:
            dock.setUpdatesEnabled(True)

    @Slot()
    def _draw(self) -> None:
        if not self._window.updatesEnabled():
            # Those that are seen first come with the window around them.
            self._undrawn = list(self._seen())[1:]
            for dock in self._undrawn:
                dock.setUpdatesEnabled(False)
            self._window.setUpdatesEnabled(True)
        elif self._undrawn:
            self._undrawn.pop(0).setUpdatesEnabled(True)
        if self._undrawn:
            self._later.start()
