"""A code as bars: the value of each dimension, and its standard deviation where there is one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentexplorer.gui.theme import theme


class CodeBars(QWidget):
    """Bars around zero, on a scale of their own; any number of dimensions."""

    def __init__(self) -> None:
        super().__init__()
        self.z = np.zeros(0, np.float32)
        self.scale: np.ndarray | None = None
        self.setAccessibleName("Current code")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(40)
        theme.changed.connect(self.update)

    def set_code(self, z: np.ndarray, scale: np.ndarray | None = None) -> None:
        """Show a code (D,) and its posterior's standard deviation."""
        self.z, self.scale = z, scale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 80)

    def _limit(self) -> float:
        spread = 0 if self.scale is None else self.scale
        top = np.nan_to_num(np.abs(self.z) + spread).max(initial=0.0)
        return max(float(top), 1e-3) * 1.05

    def _bar_width(self) -> float:
        return min(self.width() / max(len(self.z), 1), 24.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.z):
            return
        painter = QPainter(self)
        middle = self.height() / 2
        unit = middle / self._limit()
        step = self._bar_width()
        width = max(step * 0.7, 1.0)
        painter.setPen(QPen(theme.color("border")))
        painter.drawLine(QLineF(0, middle, self.width(), middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        values = np.nan_to_num(self.z)
        for at, value in enumerate(values):
            top = middle - max(value, 0) * unit
            painter.drawRect(QRectF(at * step + (step - width) / 2, top, width, max(abs(value) * unit, 1.0)))
        if self.scale is None or step < 2:
            return
        painter.setPen(QPen(theme.color("text"), 1))
        for at, (value, scale) in enumerate(zip(values, np.nan_to_num(self.scale), strict=True)):
            x = at * step + step / 2
            painter.drawLine(QPointF(x, middle - (value - scale) * unit), QPointF(x, middle - (value + scale) * unit))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and len(self.z):
            at = int(event.pos().x() / self._bar_width())
            if 0 <= at < len(self.z):
                spread = "" if self.scale is None else f" ± {self.scale[at]:.3g}"
                QToolTip.showText(event.globalPos(), f"z{at} = {self.z[at]:.3g}{spread}", self)
            return True
        return super().event(event)
