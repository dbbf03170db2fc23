"""Lines of a title, a bar and numbers, painted: what a loss is made of, and its weights on other scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme

LEAST_BAR_PX, LEAST_TITLE_PX = 48, 90
TITLE_GAP_PX = 4
WRAPPED = Qt.TextFlag.TextWordWrap.value
BAR_PX = 5
LIGHT = 0.5
"""Opacity of the bar of training images, above that of held-out ones."""


@dataclass(frozen=True)
class DrawnLine:
    """A line.

    Attributes
    ----------
    title, tip : str
    cells : tuple of str
        Numbers, one a column, the last at the right edge.
    bars : tuple of (float, float)
        From where to where, training images first where there are two; empty for none. Lines of one `scale` share one.
    color : str
        A token of the theme, or a colour.
    strong : bool
        Whether it is what the others add up to.
    """

    title: str
    tip: str
    cells: tuple[str, ...]
    bars: tuple[tuple[float, float], ...] = ()
    color: str = "accent"
    strong: bool = False
    scale: int = 0


class Lines(QWidget):
    """Shows lines below the titles of their columns, which `head_tip` explains.

    Where it is narrow, bars go; where it is narrower still, titles go on in a second line, or a third.
    """

    def __init__(self, name: str, accessible: str, head_tip: str = "") -> None:
        super().__init__()
        self.head_tip = head_tip
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.titles: tuple[str, ...] = ("",)
        self.lines: tuple[DrawnLine, ...] = ()
        self.setFont(caption_font())
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def show_lines(self, titles: Sequence[str], lines: Sequence[DrawnLine]) -> None:
        """Show these; `titles`: of the lines, and of their cells."""
        self.titles, self.lines = tuple(titles), tuple(lines)
        heads = self.titles[1:]
        said = [
            f"{line.title}: {', '.join(f'{head} {cell}' for head, cell in zip(heads, line.cells, strict=True) if cell)}"
            for line in self.lines
        ]
        self.setAccessibleDescription("; ".join(said))
        self.updateGeometry()
        self.update()

    def _title_px(self, width: int) -> int:
        """What is left for titles beside the numbers."""
        return width - sum(self._cell_widths())

    def _row_px_in(self, width: int) -> int:
        """Height of a row: as many lines as the longest title takes."""
        metrics, room = QFontMetrics(_bold()), max(self._title_px(width) - TITLE_GAP_PX, 1)
        titles = [self.titles[0], *(line.title for line in self.lines)]
        tall = max(metrics.boundingRect(QRect(0, 0, room, 1000), WRAPPED, title).height() for title in titles)
        return max(tall, metrics.height()) + SPACE // 2

    @property
    def _row_px(self) -> int:
        return self._row_px_in(self.width())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return (len(self.lines) + 1) * self._row_px_in(width)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(max(self.width(), 240)))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, (len(self.lines) + 1) * (QFontMetrics(caption_font()).height() + SPACE // 2))

    def _cell_widths(self) -> list[int]:
        metrics = QFontMetrics(_bold())
        columns = range(len(self.titles) - 1)
        return [
            max(metrics.horizontalAdvance(text) for text in (self.titles[at + 1], *(li.cells[at] for li in self.lines)))
            + SPACE
            for at in columns
        ]

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = event.pos().y() // self._row_px - 1
            told = self.head_tip if row < 0 else ""
            if 0 <= row < len(self.lines):
                told = f"{self.lines[row].title}\n{self.lines[row].tip}"
            QToolTip.showText(event.globalPos(), verbatim(told), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths, row = self._cell_widths(), self._row_px
        metrics = QFontMetrics(_bold())
        wanted = max(map(metrics.horizontalAdvance, [self.titles[0], *(line.title for line in self.lines)])) + SPACE
        room = self._title_px(self.width())
        barred = any(line.bars for line in self.lines) and room - LEAST_TITLE_PX >= LEAST_BAR_PX
        barred = barred and wanted <= room - LEAST_BAR_PX
        title_px = wanted if barred else room
        bars = QRect(title_px, 0, room - title_px - SPACE // 2, row)
        self._paint_line(painter, 0, "", self.titles[0], self.titles[1:], (title_px, room, widths), muted=True)
        for at, line in enumerate(self.lines, 1):
            if line.strong:
                painter.fillRect(0, at * row, self.width(), 1, theme.color("border"))
            self._paint_line(painter, at, line.title, "", line.cells, (title_px, room, widths), strong=line.strong)
            if barred and line.bars:
                self._paint_bars(painter, line, bars.translated(0, at * row))

    def _paint_line(
        self,
        painter: QPainter,
        at: int,
        title: str,
        head: str,
        cells: Sequence[str],
        place: tuple[int, int, list[int]],
        *,
        muted: bool = False,
        strong: bool = False,
    ) -> None:
        title_px, left, widths = place
        row = self._row_px
        painter.setFont(_bold() if strong else caption_font())
        painter.setPen(theme.color("muted" if muted else "text"))
        side = Qt.AlignmentFlag.AlignVCenter
        place_of = QRect(0, at * row, title_px - TITLE_GAP_PX, row)
        painter.drawText(place_of, WRAPPED | side.value, title or head)
        for cell, width in zip(cells, widths, strict=True):
            painter.drawText(QRect(left, at * row, width, row), side | Qt.AlignmentFlag.AlignRight, cell)
            left += width

    def _paint_bars(self, painter: QPainter, line: DrawnLine, place: QRect) -> None:
        low, high = self._span(line.scale)
        factor = place.width() / (high - low) if high > low else 0.0
        zero = place.left() + (0 - low) * factor
        painter.fillRect(QRectF(zero, place.top(), 1, place.height()), theme.color("border"))
        color = QColor(line.color) if line.color.startswith("#") else theme.color(line.color)
        top = place.top() + (place.height() - len(line.bars) * BAR_PX) / 2
        for number, (begin, end) in enumerate(line.bars):
            drawn = QColor(color)
            drawn.setAlphaF(LIGHT if number < len(line.bars) - 1 else 1.0)
            left, right = sorted((begin, end))
            width = max((right - left) * factor, 1.0)
            painter.fillRect(QRectF(place.left() + (left - low) * factor, top + number * BAR_PX, width, BAR_PX), drawn)

    def _span(self, scale: int) -> tuple[float, float]:
        """From where to where the bars of a scale go, zero included."""
        ends = [end for line in self.lines if line.scale == scale for bar in line.bars for end in bar]
        return min([0.0, *ends]), max([0.0, *ends])


def _bold() -> QFont:
    font = QFont(caption_font())
    font.setWeight(QFont.Weight.DemiBold)
    return font
