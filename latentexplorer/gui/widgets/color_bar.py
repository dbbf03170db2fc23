"""What colours mean that stand for numbers: a scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentexplorer.core.counting import amount_text
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.graphs import pg


class ColorBar(QWidget):
    """A scale of colours with its ends and what it means."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFont(caption_font())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title, self.low, self.high = "", 0.0, 1.0
        self.ends = ("0", "1")
        self._colors: Sequence[str] = ("#000000", "#ffffff")
        theme.changed.connect(self.update)
        self.hide()

    def set_scale(
        self, title: str, low: float, high: float, colors: Sequence[str], ends: tuple[str, str] | None = None
    ) -> None:
        """Show a scale from `low` to `high`; `ends`: how these are written."""
        self.title, self.low, self.high, self._colors = title, low, high, colors
        self.ends = ends or (_end(low), _end(high))
        self.setAccessibleName(f"{title}, from {self.ends[0]} to {self.ends[1]}")
        self.setVisible(True)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = float(min(self.width(), 320))
        bar = QRectF(0, 0, width, 6)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        steps = self._colors[:: max(len(self._colors) // 16, 1)]
        for at, color in enumerate(steps):
            gradient.setColorAt(at / max(len(steps) - 1, 1), QColor(color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(theme.color("muted"))
        line = QRectF(0, 9, width, self.height() - 9)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft), self.ends[0])
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight), self.ends[1])
        painter.setPen(theme.color("text"))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignHCenter), self.title)


def viridis() -> list[str]:
    """256 colours of equal steps to the eye (van der Walt and Smith 2015)."""
    table = pg.colormap.get("viridis").getLookupTable(nPts=256)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in table[:, :3]]


def _end(value: float) -> str:
    """`0.0123`, `−4.2`, `2019`, `120,400`: years are among the columns of images."""
    text = amount_text(value, 3).replace("-", "−")
    return text if abs(value) >= 10_000 else text.replace(",", "")
