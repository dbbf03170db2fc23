"""A strip of pictures that shows where among them a value lies, and the two numbers its range ends at."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QToolTip, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.edge_mark import on_edge_mark, paint_edge_mark
from latentexplorer.gui.widgets.tiles import ImageStrip
from latentexplorer.views.ranges import number_text

EXACT = 1e-3
"""A value this near to a picture's, in steps, is that picture's own."""
NOTCH_PX = 3
ASIDE_GAP_PX = 6
"""Between a number and the slider it stands beside, or the other number."""


class ValueStrip(ImageStrip):
    """Frames the picture that is the value's own; else marks the place between the pictures, or points beyond an end.

    Attributes
    ----------
    place : float or None
        Where the value lies: 0 on the first picture, 1 on the second.

    Signals
    -------
    value_asked : ()
        The arrow at an end was clicked.
    """

    value_asked = Signal()

    def __init__(self, gap_px: int) -> None:
        super().__init__(gap_px=gap_px)
        self.place: float | None = None
        self._beyond_tip = ""

    def set_place(self, place: float | None, beyond_tip: str) -> None:
        """Show where the value lies; the tip is said where that is beyond an end."""
        self.place, self._beyond_tip = place, beyond_tip
        exact = place is not None and abs(place - round(place)) <= EXACT and 0 <= round(place) < len(self)
        self.set_current(round(place) if place is not None and exact else -1)
        self.update()

    @property
    def beyond(self) -> int:
        """-1 where the value lies before the first picture, 1 where it lies after the last one, else 0."""
        if self.place is None or not len(self):
            return 0
        return int(self.place > len(self) - 1 + EXACT) - int(self.place < -EXACT)

    def _line_ends_after(self, cell: int) -> bool:
        return cell + 1 < len(self) and self.rect_of(cell + 1).top() > self.rect_of(cell).top()

    def _edge(self) -> QPointF | None:
        if not self.beyond:
            return None
        end = self.rect_of(0 if self.beyond < 0 else len(self) - 1)
        return QPointF(end.left() if self.beyond < 0 else end.right(), end.center().y())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.place is None or not len(self) or self.current >= 0:
            return
        painter = QPainter(self)
        edge = self._edge()
        if edge is not None:
            paint_edge_mark(painter, edge, edge + QPointF(self.beyond, 0))
        else:
            before = self.rect_of(int(self.place))
            wide = before.width()
            middle = before.center().x() + self.place % 1 * (wide + self.gap_px)
            if self._line_ends_after(int(self.place)):
                # The way goes on in the next line: the end of this one, or the beginning of that.
                before = before if self.place % 1 < 0.5 else self.rect_of(int(self.place) + 1)
                middle = before.center().x() + (0.25 if self.place % 1 < 0.5 else -0.25) * wide
            notch = QRectF(middle - wide / 4, before.bottom() - NOTCH_PX, wide / 2, NOTCH_PX)
            painter.fillRect(notch, theme.color("accent"))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and on_edge_mark(event.position(), self._edge()):
            self.value_asked.emit()
        else:
            super().mouseReleaseEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and on_edge_mark(QPointF(event.pos()), self._edge()):
            QToolTip.showText(event.globalPos(), verbatim(self._beyond_tip), self)
            return True
        return super().event(event)


class EndsLine(QWidget):
    """The two numbers that a slider runs between, below its ends or beside them; a double click asks for others.

    Signals
    -------
    asked : ()
    """

    asked = Signal()

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.span = (-1.0, 1.0)
        self._aside_px = 0
        self._needed: tuple[tuple[float, float], QFont, int] | None = None
        self.setObjectName(f"traversal_ends_{dimension}")
        self.setFont(caption_font())
        self.setToolTip("Double-click to change the ends")
        theme.changed.connect(self.update)

    def set_span(self, low: float, high: float) -> None:
        """Other ends."""
        self.span = (low, high)
        self.update()

    @property
    def aside_px(self) -> int:
        """Room that a number needs beside the slider: as much at each dimension, but where a range is so narrow that it
        takes more figures."""
        if self._needed is None or self._needed[:2] != (self.span, self.font()):
            widths = map(QFontMetrics(self.font()).horizontalAdvance, ("−88.8", *self._numbers))
            self._needed = self.span, self.font(), max(widths) + ASIDE_GAP_PX
        return self._needed[2]

    @property
    def _numbers(self) -> tuple[str, str]:
        low, high = self.span
        return number_text(low, high - low), number_text(high, high - low)

    def place(self, area: QRect, aside_px: int) -> None:
        """Stand below the slider, or round it with so much room at each side for the numbers."""
        self._aside_px = aside_px
        self.setGeometry(area)
        # Between the numbers the slider is taken hold of.
        sides = QRegion(self.rect()) - QRegion(self.rect().adjusted(aside_px, 0, -aside_px, 0))
        if aside_px:
            self.setMask(sides)
        else:
            self.clearMask()
        self.update()

    def sizeHint(self) -> QSize:
        # Figures have no descenders.
        return QSize(80, QFontMetrics(self.font()).ascent() + 1)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.asked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(theme.color("muted"))
        low, high = self._numbers
        area = QRectF(self.rect())
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if self._aside_px:
            room = self._aside_px - ASIDE_GAP_PX
            painter.drawText(QRectF(0, 0, room, area.height()), int(right), low)
            painter.drawText(QRectF(area.right() - room, 0, room, area.height()), int(left), high)
            return
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(low) + metrics.horizontalAdvance(high) + ASIDE_GAP_PX > area.width():
            low, high = (number_text(end, 100.0) for end in self.span)
        painter.drawText(area, int(left), low)
        painter.drawText(area, int(right), high)
