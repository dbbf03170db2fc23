"""Panes that float: windows of their own with a frame, where they cover no other one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDockWidget

LEAST = QSize(420, 360)
STEP_PX = 32


def free_place(size: QSize, wish: QPoint, taken: Sequence[QRect], room: QRect) -> QRect:
    """A place on the screen that covers none of those taken; a step beside the last of them where there is none.

    `wish`: the top left corner of the place that is taken if it is free.
    """
    size = size.expandedTo(LEAST).boundedTo(room.size())
    most = QPoint(room.right() - size.width() + 1, room.bottom() - size.height() + 1)
    wish = QPoint(max(min(wish.x(), most.x()), room.left()), max(min(wish.y(), most.y()), room.top()))
    corners = [
        QPoint(x, y)
        for y in (*range(room.top(), most.y(), STEP_PX), most.y())
        for x in (*range(room.left(), most.x(), STEP_PX), most.x())
    ]
    corners.sort(key=lambda corner: (corner - wish).manhattanLength())
    for corner in (wish, *corners):
        place = QRect(corner, size)
        if not any(place.intersects(other) for other in taken):
            return place
    last = taken[-1].topLeft() + QPoint(STEP_PX, STEP_PX)
    return QRect(last if last.x() <= most.x() and last.y() <= most.y() else room.topLeft(), size)


def drop(docks: Iterable[QDockWidget]) -> None:
    """End a drag of a dock: where Qt keeps a place open for one, to stand the docks anew ends the process."""
    left, none, key = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    for dock in docks:
        at = QPointF(dock.rect().center())
        dock.event(QMouseEvent(QEvent.Type.MouseButtonRelease, at, dock.mapToGlobal(at), left, none, key))
