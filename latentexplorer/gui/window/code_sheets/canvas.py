"""A canvas of few pixels, drawn on with the mouse or the keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.pictures import draw, fitted, focus_ring, to_qimage
from latentexplorer.views.base import Array

CANVAS_PX = 288
MOST_UNDO = 100
STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class Canvas(QWidget):
    """An image of H x W pixels, shown large.

    A left drag draws, a right drag erases. By the keys: arrows move a spot, Space draws there, Backspace erases.

    Attributes
    ----------
    ground, ink : QColor
        What it is empty with, and what is drawn.
    brush : float
        Diameter of the brush in pixels of the image.

    Signals
    -------
    changed : ()
        Something was drawn, also while the button is down.
    settled : ()
        The button was let go, or all of it changed at once.
    """

    changed = Signal()
    settled = Signal()

    def __init__(self, height: int, width: int, channels: int, *, dark: bool) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription("Arrow keys move a spot, Space draws there, Backspace erases")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._channels = channels
        self.ground = QColor("black" if dark else "white")
        self.ink = QColor("white" if dark else "black")
        self.brush = max(1.0, min(height, width) / 9)
        self._image = QImage(width, height, QImage.Format.Format_RGB32)
        self._image.fill(self.ground)
        self._before: list[QImage] = []
        self._last: QPointF | None = None
        self._pen = self.ink
        self._spot = QPointF(width / 2, height / 2)

    def sizeHint(self) -> QSize:
        return QSize(CANVAS_PX, CANVAS_PX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def pixels(self) -> Array:
        """What is drawn, (H, W, C) uint8."""
        colors = pixels_of(self._image)
        return colors if self._channels == 3 else colors[..., :1].copy()

    @property
    def can_undo(self) -> bool:
        """Whether something was drawn."""
        return bool(self._before)

    # -- all of it -------------------------------------------------------------------------------------------------

    def take(self, pixels: Array) -> None:
        """Begin with an image (H, W, C), uint8: nothing is drawn on it yet."""
        self._image = to_qimage(pixels).convertToFormat(QImage.Format.Format_RGB32)
        self._before.clear()
        self.update()

    @Slot()
    def undo(self) -> None:
        """As it was before the last stroke."""
        if self._before:
            self._image = self._before.pop()
            self._tell()

    @Slot()
    def clear(self) -> None:
        """Empty it."""
        self._remember()
        self._image.fill(self.ground)
        self._tell()

    @Slot()
    def invert(self) -> None:
        """Exchange dark and bright, of what is drawn and of what will be."""
        self._remember()
        self._image.invertPixels()
        self.ground, self.ink = (
            QColor(255 - color.red(), 255 - color.green(), 255 - color.blue()) for color in (self.ground, self.ink)
        )
        self._tell()

    def _remember(self) -> None:
        self._before = [*self._before[1 - MOST_UNDO :], self._image.copy()]

    def _tell(self) -> None:
        self.update()
        self.changed.emit()
        self.settled.emit()

    # -- strokes ---------------------------------------------------------------------------------------------------

    @property
    def _area(self) -> QRectF:
        # At the left, where what is said below it begins.
        place = fitted(self._image.width(), self._image.height(), QRectF(self.rect()))
        return place.translated(-place.left(), 0)

    def _spot_at(self, position: QPointF) -> QPointF:
        """A position of the widget in pixels of the image."""
        area = self._area
        scale = self._image.width() / max(area.width(), 1)
        return QPointF((position.x() - area.left()) * scale, (position.y() - area.top()) * scale)

    def _stroke(self, begin: QPointF, end: QPointF) -> None:
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._pen, self.brush, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        # A line without length is not drawn by every paint engine.
        painter.drawLine(begin, end if end != begin else begin + QPointF(0.01, 0))
        painter.end()
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        self._remember()
        self._pen = self.ink if event.button() == Qt.MouseButton.LeftButton else self.ground
        self._last = self._spot = self._spot_at(event.position())
        self._stroke(self._last, self._last)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            here = self._spot_at(event.position())
            self._stroke(self._last, here)
            self._last = self._spot = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._last = None
            self.settled.emit()

    def event(self, event: QEvent) -> bool:
        # Ctrl+Z takes back a stroke, whatever the window behind takes back by it.
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif key in STEPS:
            across, down = STEPS[key]
            width, height = self._image.width(), self._image.height()
            x, y = self._spot.x() + across, self._spot.y() + down
            self._spot = QPointF(min(max(x, 0.5), width - 0.5), min(max(y, 0.5), height - 0.5))
            self.update()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._remember()
            self._pen = self.ink if key == Qt.Key.Key_Space else self.ground
            self._stroke(self._spot, self._spot)
            self.settled.emit()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = self._area
        draw(painter, self._picture(), area)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.hasFocus():
            self._draw_spot(painter, area)

    def _picture(self) -> QImage:
        """What is shown of it."""
        return self._image

    def _draw_spot(self, painter: QPainter, area: QRectF) -> None:
        """Where the keys would draw, and that they would."""
        scale = area.width() / self._image.width()
        size = max(self.brush, 1) * scale / 2
        place = area.topLeft() + self._spot * scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 1.4))
        painter.drawEllipse(place, size, size)
        focus_ring(painter, area.adjusted(2, 2, -2, -2), area)


def pixels_of(image: QImage) -> Array:
    """An image of the format RGB32 as (H, W, 3) uint8."""
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    blue_first = lines[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)
    return np.ascontiguousarray(blue_first[..., 2::-1])
