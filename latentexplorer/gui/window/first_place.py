"""Where the window stands at first: on a screen that is there, with its frame, title bar and status bar in sight."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QObject, QPoint, QRect, QSize, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

BEST = QSize(1440, 900)
FRAME = QSize(16, 48)
"""What a window manager puts around a window, about; what it really puts there is known when it is on the screen."""
LATER_MS = 300
"""By then the window manager has put its frame around the window."""


class FirstPlace(QObject):
    """Gives a window its first size, or the one it had, and looks once whether all of it is on a screen.

    Parameters
    ----------
    geometry : QByteArray
        What Qt kept when the window was closed; empty for a window that was never there.
    """

    def __init__(self, window: QMainWindow, geometry: QByteArray) -> None:
        super().__init__(window)
        self._window = window
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self._look)
        screen = QGuiApplication.primaryScreen()
        if geometry.isEmpty() or not window.restoreGeometry(geometry):
            window.resize(BEST.boundedTo(screen.availableSize() - FRAME if screen is not None else BEST))
        self._given = window.size()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and not self._given.isEmpty():
            self._later.start()
        elif event.type() == QEvent.Type.Hide:
            self._later.stop()
        return False

    @Slot()
    def _look(self) -> None:
        """What a person, or whoever opened the window, has made of its size in the meantime stays."""
        window, given = self._window, self._given
        self._given = QSize()
        if window.size() != given or window.isMaximized() or window.isFullScreen():
            return
        rooms = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        place = fitted(window.frameGeometry(), window.geometry(), rooms)
        if place != window.geometry():
            window.setGeometry(place)


def fitted(frame: QRect, inside: QRect, rooms: list[QRect]) -> QRect:
    """Where the inside of a window is to be, so that all of its frame is on one screen.

    Parameters
    ----------
    frame, inside : QRect
        With and without title bar and edges.
    rooms : list of QRect
        The free part of each screen, the first screen's first.
    """
    if not rooms or any(room.contains(frame) for room in rooms):
        return inside
    # The screen that has most of it; one that is gone leaves it to the first.
    room = max(rooms, key=lambda each: _area(each.intersected(frame)))
    edges = QPoint(inside.left() - frame.left(), inside.top() - frame.top())
    around = frame.size() - inside.size()
    size = inside.size().boundedTo(room.size() - around)
    least, most = room.topLeft(), room.bottomRight() - QPoint(*(size + around - QSize(1, 1)).toTuple())
    corner = QPoint(
        max(min(frame.left(), most.x()), least.x()),
        max(min(frame.top(), most.y()), least.y()),
    )
    return QRect(corner + edges, size)


def _area(rect: QRect) -> int:
    return max(rect.width(), 0) * max(rect.height(), 0)
