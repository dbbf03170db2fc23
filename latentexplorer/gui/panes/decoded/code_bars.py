"""A code as bars: the value of each dimension, and its standard deviation where there is one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme

FEW = 10
"""So many numbers are read out."""
MOST_LISTED = 24
"""Up to so many dimensions are listed with their numbers, in as few columns as there is height for."""
ROW_PX, MOST_ROW_PX = 14, 26
COLUMN_PX, COLUMN_GAP_PX = 156, 16
"""Width of one of several columns at least, also where its numbers are short: a code that is pulled loses its standard
deviation, and its bars stay where they are. Between two columns."""
MOST_BAR_PX = 32
LEAST_PX = 26
"""Height of bars beside each other, at least."""
STEP = 0.1
"""By so much plus and minus change a dimension: a tenth of a prior's standard deviation, about."""


class CodeBars(QWidget):
    """Bars around zero, on a scale of their own; any number of dimensions. Arrow keys read them off one by one.

    A bar is pulled with the pointer, or with plus and minus; a double-click, or Delete, resets it.

    Attributes
    ----------
    least_range : float
        How far from zero a bar can be pulled at least, without leaving the widget.
    marked : frozenset of int
        Dimensions that stand out, the others being faint; none: all alike.

    Signals
    -------
    moved, settled : (int, float)
        A dimension and its new value: while it is pulled, and at the end.
    reset : (int)
    """

    moved = Signal(int, float)
    settled = Signal(int, float)
    reset = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.z = np.zeros(0, np.float32)
        self.scale: np.ndarray | None = None
        self.at = 0
        self.least_range = 0.0
        self.marked: frozenset[int] = frozenset()
        self._pressed: QPointF | None = None
        self._pulled: float | None = None
        self._held = 0.0
        self.setAccessibleName("Current code")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(26)
        theme.changed.connect(self.update)

    def set_code(self, z: np.ndarray, scale: np.ndarray | None = None) -> None:
        """Show a code (D,) and its posterior's standard deviation."""
        self.z, self.scale = z, scale
        self.at = min(self.at, max(len(z) - 1, 0))
        self._describe()
        self.update()

    def mark(self, dimensions: Iterable[int]) -> None:
        """Let some dimensions stand out; none: all alike."""
        self.marked = frozenset(dimensions)
        self.update()

    def _token(self, at: int) -> str:
        return "accent" if not self.marked or at in self.marked else "faint"

    def _color(self, at: int) -> QColor:
        return theme.color(self._token(at))

    def _describe(self) -> None:
        numbers = ", ".join(f"{value:.2f}" for value in self.z[:FEW])
        here = f"{self._reading(self.at)}. " if len(self.z) else ""
        keys = "Arrow keys read the dimensions one by one, plus and minus change one, Delete resets it"
        self.setAccessibleDescription(f"{here}All: {numbers}. {keys}")

    def _reading(self, at: int) -> str:
        """A dimension with its value."""
        return f"z{at} = {self._number(at)}"

    # -- pulling ---------------------------------------------------------------------------------------------------

    def dimension_at(self, place: QPointF) -> int:
        """The dimension that is drawn at a place; -1 where there is none."""
        if not self.listed:
            at = place.x() / self._step()
            return int(at) if 0 <= at < len(self.z) else -1
        row, across = place.y() // self._row_height(), (place.x() + COLUMN_GAP_PX / 2) // self._column_step()
        at = max(across, 0.0) * self._rows + row
        return int(at) if 0 <= row < self._rows and at < len(self.z) else -1

    def value_at(self, place: QPointF) -> float:
        """The value that a bar has which reaches to a place."""
        if self.listed:
            middle, unit = self._across()
            return (place.x() - self.row_of(self.at).left() - middle) / unit
        middle = self.height() / 2
        return (middle - place.y()) / (middle / self._limit())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.dimension_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or at < 0:
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._go_to(at)
        self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        if self._pulled is None:
            if (event.position() - self._pressed).manhattanLength() < QApplication.startDragDistance():
                return
            # While it is pulled the scale stands still, else the bar would run away from the pointer.
            self._held = max(self._limit(), self.least_range)
        self._pulled = self.value_at(event.position())
        self.moved.emit(self.at, self._pulled)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        value, self._pressed, self._pulled, self._held = self._pulled, None, None, 0.0
        if value is not None:
            self.settled.emit(self.at, value)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self.dimension_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self.reset.emit(at)

    def _go_to(self, at: int) -> None:
        self.at = at
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 80)

    def least_px(self, most: int) -> int:
        """The least height in which it says as much as in `most`."""
        # Several columns are for height that there is: the pictures do not give way to them.
        return max(len(self.z) * ROW_PX, LEAST_PX) if self._columns_in(most) == 1 else LEAST_PX

    def _columns_in(self, height: int) -> int:
        """In how few columns the dimensions are listed in a height; 0 where there is no room for their numbers."""
        count, fitting = len(self.z), height // ROW_PX
        if not 0 < count <= MOST_LISTED or not fitting:
            return 0
        columns = -(-count // fitting)
        wide = columns * (COLUMN_PX + COLUMN_GAP_PX) - COLUMN_GAP_PX
        return columns if columns == 1 or wide <= self.width() else 0

    @property
    def listed(self) -> bool:
        """Whether each dimension has a row with its number."""
        return self._columns_in(self.height()) > 0

    @property
    def _rows(self) -> int:
        """Dimensions that are listed one below the other."""
        return -(-len(self.z) // max(self._columns_in(self.height()), 1))

    def _column_step(self) -> float:
        """From one column to the next."""
        return (self.width() + COLUMN_GAP_PX) / max(self._columns_in(self.height()), 1)

    def row_of(self, at: int) -> QRectF:
        """Where a dimension is listed."""
        column, row = divmod(at, self._rows)
        step, high = self._column_step(), self._row_height()
        return QRectF(column * step, row * high, step - COLUMN_GAP_PX, high)

    def _limit(self) -> float:
        if self._held:
            return self._held
        spread = 0 if self.scale is None else self.scale
        top = np.nan_to_num(np.abs(self.z) + spread).max(initial=0.0)
        return max(float(top), 1e-3) * 1.05

    def _step(self) -> float:
        """From one bar to the next, where they stand beside each other."""
        return self.width() / max(len(self.z), 1)

    def _row_height(self) -> float:
        return min(self.height() / self._rows, MOST_ROW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.z):
            return
        painter = QPainter(self)
        if self.listed:
            self._paint_rows(painter)
        else:
            self._paint_bars(painter)
        if self.hasFocus():
            self._paint_cursor(painter)

    def _paint_cursor(self, painter: QPainter) -> None:
        """Frame what has the keyboard, and where there are only bars write its value beside it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.listed:
            frame = self.row_of(self.at)
        else:
            step = self._step()
            frame = QRectF(self.at * step, 0, max(step, 3.0), self.height())
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if not self.listed:
            painter.setFont(caption_font())
            text = self._reading(self.at)
            metrics = QFontMetricsF(caption_font())
            wide = metrics.horizontalAdvance(text) + SPACE
            left = frame.right() + 2 if frame.right() + 2 + wide <= self.width() else frame.left() - 2 - wide
            label = QRectF(max(left, 0), 0, wide, metrics.height() + 2)
            painter.setPen(QPen(theme.color("border"), 1))
            painter.setBrush(theme.color("card"))
            painter.drawRoundedRect(label, 3, 3)
            painter.setPen(theme.color("text"))
            painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key, len(self.z) - 1
        to = {
            key.Key_Left: self.at - 1,
            key.Key_Up: self.at - 1,
            key.Key_Right: self.at + 1,
            key.Key_Down: self.at + 1,
            key.Key_Home: 0,
            key.Key_End: last,
        }.get(key(event.key()))
        step = {key.Key_Plus: STEP, key.Key_Equal: STEP, key.Key_Minus: -STEP}.get(key(event.key()))
        if last < 0 or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        elif to is not None:
            self._go_to(min(max(to, 0), last))
        elif step is not None:
            self.settled.emit(self.at, round(float(self.z[self.at]) + step, 6))
        elif key(event.key()) in (key.Key_Delete, key.Key_Backspace):
            self.reset.emit(self.at)
        else:
            super().keyPressEvent(event)

    def _paint_rows(self, painter: QPainter) -> None:
        painter.setFont(caption_font())
        metrics = QFontMetricsF(caption_font())
        middle, unit = self._across()
        for at, value in enumerate(np.nan_to_num(self.z).tolist()):
            place, number = self.row_of(at), self._number(at)
            center, zero, thick = place.center().y(), place.left() + middle, max(place.height() * 0.45, 3.0)
            base = center + metrics.capHeight() / 2
            painter.setPen(theme.color("muted"))
            painter.drawText(QPointF(place.left(), base), f"z{at}")
            painter.drawText(QPointF(place.right() - metrics.horizontalAdvance(number), base), number)
            left, wide = zero + min(value, 0) * unit, max(abs(value) * unit, 1.0)
            painter.fillRect(QRectF(left, center - thick / 2, wide, thick), self._color(at))
            if self.scale is not None:
                spread = float(np.nan_to_num(self.scale[at]))
                painter.setPen(QPen(theme.color("text"), 1))
                ends = (zero + (value - spread) * unit, zero + (value + spread) * unit)
                painter.drawLine(QLineF(ends[0], center, ends[1], center))
            painter.setPen(QPen(theme.color("faint"), 1))
            painter.drawLine(QLineF(zero, place.top(), zero, place.bottom()))

    def _across(self) -> tuple[float, float]:
        """Where zero stands in a row, and how many pixels one is."""
        metrics = QFontMetricsF(caption_font())
        numbers = [self._number(at) for at in range(len(self.z))]
        names = metrics.horizontalAdvance(f"z{len(self.z) - 1}") + SPACE
        wide = self.row_of(0).width() - names - max(metrics.horizontalAdvance(text) for text in numbers) - SPACE
        return names + wide / 2, max(wide, 2.0) / 2 / self._limit()

    def _number(self, at: int) -> str:
        text = f"{self.z[at]:.2f}" if self.scale is None else f"{self.z[at]:.2f} ± {self.scale[at]:.2f}"
        return text.replace("-", "−")

    def _paint_bars(self, painter: QPainter) -> None:
        middle = self.height() / 2
        unit = middle / self._limit()
        step = self._step()
        width = min(max(step * 0.7, 1.0), MOST_BAR_PX)
        painter.setPen(QPen(theme.color("border")))
        painter.drawLine(QLineF(0, middle, self.width(), middle))
        painter.setPen(Qt.PenStyle.NoPen)
        values = np.nan_to_num(self.z)
        left = np.arange(len(values)) * step + (step - width) / 2
        top, tall = middle - np.maximum(values, 0) * unit, np.maximum(np.abs(values) * unit, 1.0)
        bars = [
            QRectF(x, y, width, high) for x, y, high in zip(left.tolist(), top.tolist(), tall.tolist(), strict=True)
        ]
        # Those of one colour at once: one after the other takes five times as long.
        for color in ("accent", "faint"):
            painter.setBrush(theme.color(color))
            painter.drawRects([bar for at, bar in enumerate(bars) if self._token(at) == color])
        if self.scale is None or step < 2:
            return
        painter.setPen(QPen(theme.color("text"), 1))
        for at, (value, scale) in enumerate(zip(values, np.nan_to_num(self.scale), strict=True)):
            x = at * step + step / 2
            painter.drawLine(QPointF(x, middle - (value - scale) * unit), QPointF(x, middle - (value + scale) * unit))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and len(self.z):
            at = self.dimension_at(QPointF(event.pos()))
            if at >= 0:
                spread = "" if self.scale is None else f" ± {self.scale[at]:.3g}"
                text = f"z{at} = {self.z[at]:.3g}{spread}\nPull to change it, double-click to reset it"
                QToolTip.showText(event.globalPos(), verbatim(text), self)
            return True
        return super().event(event)
