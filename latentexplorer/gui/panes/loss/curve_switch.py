"""A switch that is also the key of a curve: a piece of its line, and its name."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolButton

from latentexplorer.gui.style.theme import caption_font, theme

LINE_PX, GAP_PX, PAD_PX = 16, 5, 4
WIDTH = 2.0


class CurveSwitch(QToolButton):
    """Shown in full while its curve is; faint while it is not.

    Parameters
    ----------
    color : str
        A token of the theme, or a colour.
    """

    def __init__(self, name: str, text: str, color: str, dashed: bool = False, on: bool = True) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setText(text)
        self.setAccessibleName(f"Show {text}")
        self.setFont(caption_font())
        self.setCheckable(True)
        self.setChecked(on)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._color = color
        self._style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        self._width = WIDTH
        theme.changed.connect(self.update)

    def color(self) -> QColor:
        """The colour of its curve in force."""
        return QColor(self._color) if self._color.startswith("#") else theme.color(self._color)

    def set_color(self, color: str) -> None:
        """Another colour for its line."""
        self._color = color
        self.update()

    def set_line(self, style: Qt.PenStyle, width: float) -> None:
        """Another kind of line."""
        self._style, self._width = style, width
        self.update()

    @staticmethod
    def width_of(text: str) -> int:
        """How wide a switch of this name is."""
        return math.ceil(QFontMetricsF(caption_font()).horizontalAdvance(text)) + LINE_PX + GAP_PX + 2 * PAD_PX

    def sizeHint(self) -> QSize:
        return QSize(self.width_of(self.text()), math.ceil(QFontMetricsF(caption_font()).height()) + PAD_PX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(theme.color("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("hover") if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        on = self.isChecked()
        pen = QPen(self.color() if on else theme.color("faint"), self._width, self._style)
        if self._style == Qt.PenStyle.DashLine:
            pen.setDashPattern([2.2, 1.6])
        painter.setPen(pen)
        middle = self.height() / 2
        painter.drawLine(QPointF(PAD_PX, middle), QPointF(PAD_PX + LINE_PX, middle))
        painter.setFont(caption_font())
        painter.setPen(theme.color("text" if on else "muted"))
        rest = self.rect().adjusted(PAD_PX + LINE_PX + GAP_PX, 0, 0, 0)
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
