"""The axes of a latent grid: ticks at round numbers, and what the two sides are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter

from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.elided import shortened
from latentexplorer.views.base import Array
from latentexplorer.views.latent_grid import Result
from latentexplorer.views.plane import tick_number, ticks

TICK_PX = 4
GAP_PX = 3
ACROSS_PX, UP_PX = 52, 34
"""Between two numbers, at least."""
USUAL = "−2.5"
MOST_UP = 16
"""Numbers beside the rows."""

Marks = list[tuple[float, str]]
"""Places on the screen, and what is written there."""


class PlaneAxes:
    """Room for the axes of a plane, and how they are drawn."""

    def __init__(self) -> None:
        # Before there are numbers: room for usual ones, so that the first plane is asked for in the right shape.
        self._take(QFontMetricsF(caption_font()).horizontalAdvance(USUAL))

    def measure(self, result: Result) -> None:
        """Take the room that a plane's numbers and names need."""
        metrics = QFontMetricsF(caption_font())
        # Fewer numbers may be others: all that may be drawn.
        numbers = [text for most in range(1, MOST_UP + 1) for _, text in _texts(result.y, most)]
        self._take(max((metrics.horizontalAdvance(text) for text in numbers), default=0.0))

    def _take(self, widest: float) -> None:
        self._widest = widest
        line = QFontMetricsF(caption_font()).height()
        self.left_px = round(line + GAP_PX + self._widest + GAP_PX + TICK_PX)
        self.below_px = round(TICK_PX + 2 * line)

    def paint(self, painter: QPainter, result: Result, area: QRectF, first: QPointF, last: QPointF) -> None:
        """Draw them around the pictures.

        Parameters
        ----------
        area : QRectF
            Where the pictures stand.
        first, last : QPointF
            Middles of the pictures at the top left and at the bottom right.
        """
        painter.setFont(caption_font())
        metrics = QFontMetricsF(caption_font())
        rows, columns = len(result.y), len(result.x)
        step_x = (last.x() - first.x()) / max(columns - 1, 1)
        step_y = (last.y() - first.y()) / max(rows - 1, 1)
        across = [(first.x() + at * step_x, text) for at, text in _texts(result.x, int(area.width() / ACROSS_PX))]
        up = [
            (first.y() + at * step_y, text) for at, text in _texts(result.y, min(int(area.height() / UP_PX), MOST_UP))
        ]
        self._paint_across(painter, metrics, across, area)
        self._paint_up(painter, metrics, up, area)
        self._paint_names(painter, metrics, result, area)

    def _paint_across(self, painter: QPainter, metrics: QFontMetricsF, marks: Marks, area: QRectF) -> None:
        top = area.bottom() + 1
        taken = -1e9
        for x, text in marks:
            painter.setPen(theme.color("faint"))
            painter.drawLine(QPointF(x, top), QPointF(x, top + TICK_PX - 1))
            wide = metrics.horizontalAdvance(text)
            left = x - wide / 2
            if left > taken + 6:
                painter.setPen(theme.color("muted"))
                painter.drawText(QPointF(left, top + TICK_PX + metrics.ascent()), text)
                taken = left + wide

    def _paint_up(self, painter: QPainter, metrics: QFontMetricsF, marks: Marks, area: QRectF) -> None:
        right = area.left() - 1
        taken = 1e9
        for y, text in sorted(marks, reverse=True):
            painter.setPen(theme.color("faint"))
            painter.drawLine(QPointF(right, y), QPointF(right - TICK_PX + 1, y))
            if y + metrics.height() / 2 < taken:
                painter.setPen(theme.color("muted"))
                wide = metrics.horizontalAdvance(text)
                painter.drawText(QPointF(right - TICK_PX - GAP_PX - wide, y + metrics.capHeight() / 2), text)
                taken = y - metrics.height() / 2

    def _paint_names(self, painter: QPainter, metrics: QFontMetricsF, result: Result, area: QRectF) -> None:
        painter.setPen(theme.color("muted"))
        across = _named(result.axes[0], metrics, area.width())
        baseline = area.bottom() + TICK_PX + metrics.height() + metrics.ascent()
        painter.drawText(QPointF(area.center().x() - metrics.horizontalAdvance(across) / 2, baseline), across)
        up = _named(result.axes[1], metrics, area.height())
        painter.save()
        left = area.left() - TICK_PX - 2 * GAP_PX - self._widest - metrics.descent()
        painter.translate(left, area.center().y() + metrics.horizontalAdvance(up) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), up)
        painter.restore()


def _named(name: str, metrics: QFontMetricsF, room_px: float) -> str:
    """A name, without the share behind it where there is no room for both."""
    brief = name.partition(" (")[0]
    return shortened(name if metrics.horizontalAdvance(name) <= room_px else brief, metrics, room_px)


def _texts(axis: Array, most: int) -> Marks:
    """Places of round numbers, in cells, and the numbers."""
    found = ticks(axis, most)
    if len(found) < 2 <= most:
        # One number tells no scale: the next finer ones, a little nearer to each other.
        found = next((finer for more in (most + 1, most + 2) if len(finer := ticks(axis, more)) > 1), found)
    step = abs(found[1][0] - found[0][0]) if len(found) > 1 else abs(found[0][0]) if found else 0.0
    return [(at, tick_number(value, step or 1.0)) for value, at in found]
