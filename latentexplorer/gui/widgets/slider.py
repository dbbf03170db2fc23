"""A slider with a name and a number that can be typed; a double click brings it back to where it started."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QStyle, QStyleOptionSlider, QWidget

from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.widgets.edge_mark import paint_edge_mark
from latentexplorer.gui.widgets.number_box import NumberLine, number_of
from latentexplorer.views.ranges import NOUGHT

STEPS = 1000
NUMBER_PX = 68
"""Width of the number: of four figures, a point and a sign."""
MINUS = "−"
GAP_PX = 8


class JumpSlider(QSlider):
    """Goes where it is pressed, and is dragged on from there.

    Attributes
    ----------
    beyond : int
        -1 where the value lies below its range, 1 above: an arrow at that end says so. 0 within.
    """

    beyond = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.beyond:
            middle = self.height() / 2
            x = self.width() - 1.0 if self.beyond > 0 else 1.0
            painter = QPainter(self)
            paint_edge_mark(painter, QPointF(x, middle), QPointF(x + self.beyond, middle))
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            part = QStyle.SubControl.SC_SliderHandle
            handle = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)
            if not handle.contains(event.position().toPoint()):
                at = round(event.position().x() - handle.width() / 2)
                room = self.width() - handle.width()
                # Down before it moves: it is the beginning of a drag, not the end of one.
                self.setSliderDown(True)
                self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at, room))
        super().mousePressEvent(event)


class ValueSlider(QWidget):
    """Sets a number in a range.

    Parameters
    ----------
    label, name : str
        What it says, and the object name of the slider itself.
    low, high, rest : float
        Its range, and where a double click brings it back to.

    Signals
    -------
    moved : (float)
        By the person, also while dragging.
    settled : (float)
        By the person, at the end of a drag, a key or an entry.
    """

    moved = Signal(float)
    settled = Signal(float)

    def __init__(self, label: str, low: float, high: float, rest: float = 0.0, name: str = "") -> None:
        super().__init__()
        self.rest = rest
        self._low, self._high = low, high
        self._value = rest
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_PX)
        self.label = Label(label)
        self.label.setProperty("role", "muted")
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(name)
        self.slider.setAccessibleName(label or name)
        self.slider.setRange(0, STEPS)
        self.slider.setSingleStep(STEPS // 100)
        self.slider.setPageStep(STEPS // 10)
        self.slider.setToolTip("Double-click to reset")
        self.slider.installEventFilter(self)
        self.number = NumberLine()
        self.number.setAccessibleName(f"{label or name}, value")
        self.number.setFixedWidth(NUMBER_PX)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        # It takes either minus, the one on the keyboard and the one that is shown.
        check = QDoubleValidator(self)
        check.setLocale(QLocale.c())
        self.number.setValidator(check)
        row.addWidget(self.label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self._row = row
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self._on_released)
        self.number.editingFinished.connect(self._on_number)
        self.set_value(rest)

    def set_aside(self, room_px: int) -> None:
        """Leave room for something at both ends of the slider itself."""
        self._row.setContentsMargins(room_px, 0, 0, 0)
        self._row.setSpacing(GAP_PX + room_px)

    def track(self) -> QRect:
        """Where the slider itself stands."""
        self._row.activate()
        return self.slider.geometry()

    @property
    def value(self) -> float:
        """The number, which may lie outside the slider's range if it was typed."""
        return self._value

    def set_range(self, low: float, high: float) -> None:
        """Another range; the value stays."""
        self._low, self._high = low, high
        self.set_value(self._value)

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        self._value = value
        self.slider.blockSignals(True)
        share = (value - self._low) / ((self._high - self._low) or 1)
        self.slider.setValue(round(STEPS * min(max(share, 0), 1)))
        self.slider.blockSignals(False)
        self._show_beyond(share)
        if not self.number.hasFocus() or not self.number.isModified():
            self.number.setText(_text(value))

    def _show_beyond(self, share: float) -> None:
        """Say where the value lies beyond an end by more than rounding."""
        beyond = int(share > 1 + 1 / STEPS) - int(share < -1 / STEPS)
        if beyond != self.slider.beyond:
            self.slider.beyond = beyond
            self.slider.setProperty("beyond", bool(beyond))
            self.slider.style().unpolish(self.slider)
            self.slider.style().polish(self.slider)
            self.slider.update()

    def _on_slider(self, step: int) -> None:
        self._value = self._low + (self._high - self._low) * step / STEPS
        self.number.setText(_text(self._value))
        self._show_beyond(0.5)
        self.moved.emit(self._value)
        if not self.slider.isSliderDown():
            self.settled.emit(self._value)

    def _on_released(self) -> None:
        self.settled.emit(self._value)

    def _on_number(self) -> None:
        if not self.number.isModified():
            return
        self.number.setModified(False)
        value = number_of(self.number.text())
        if value is not None:
            self._tell(value)

    def _tell(self, value: float) -> None:
        self.set_value(value)
        self.moved.emit(value)
        self.settled.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick and watched is self.slider:
            self._tell(self.rest)
            return True
        return super().eventFilter(watched, event)


def _text(value: float) -> str:
    """Three figures, and never wider than its field; with the sign that all other numbers in the window have."""
    size = abs(value)
    if size < NOUGHT:
        return "0.000"
    if size >= 100 or 0 < size < 0.001:
        text = f"{value:.3g}"
    else:
        text = f"{value:.{1 if size >= 10 else 2 if size >= 1 else 3}f}"
    return text.replace("-", MINUS)
