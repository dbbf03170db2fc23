"""Whether somebody uses the window right now: training then leaves a core to it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QGuiApplication

LOOK_EVERY_MS = 200
GONE_AFTER_MS = 2_000


class UserActivity(QObject):
    """Looks where the pointer is while it is switched on, rather than at every event: that costs nothing.

    Attributes
    ----------
    here : bool
        Whether the pointer moved over this program, a button was held, or `touch` was called, a moment ago.
    """

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.here = False
        self._position = QCursor.pos()
        self._idle_ms = GONE_AFTER_MS
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def watch(self, wanted: bool) -> None:
        """Switch the looking on or off."""
        if wanted and not self._timer.isActive():
            self._position = QCursor.pos()
            self._timer.start()
        elif not wanted:
            self._timer.stop()
            self._set(False)

    def touch(self) -> None:
        """Somebody did something that moves no pointer, with the keyboard say."""
        self._idle_ms = 0
        if self._timer.isActive():
            self._set(True)

    @Slot()
    def _look(self) -> None:
        position = QCursor.pos()
        ours = QGuiApplication.focusWindow() is not None
        moved = position != self._position
        self._position = position
        if ours and (moved or QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton):
            self._idle_ms = 0
        else:
            self._idle_ms += LOOK_EVERY_MS
        self._set(self._idle_ms < GONE_AFTER_MS)

    def _set(self, here: bool) -> None:
        if here != self.here:
            self.here = here
            self.changed.emit(here)
