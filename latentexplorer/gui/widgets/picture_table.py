"""Pictures in a table: rows and columns with names, in several lines of columns where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy

from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.pictures import draw
from latentexplorer.gui.widgets.tiles import CodeOf, Tiles
from latentexplorer.gui.widgets.told_apart import told_apart

MOST_PX = 160
"""Width of a picture that is large enough."""
LEAST_LETTERS = 4
"""Of a name that is shortened."""
APART_PX = 4
"""Between two names at least."""
NAME_SHARE = 0.25
"""Part of the width that the names of the rows may take."""


@dataclass(frozen=True)
class Layout:
    """How a table fits into some room.

    Attributes
    ----------
    across : int
        Columns in a line.
    cell_w, cell_h : float
        Of a picture, px.
    height : float
        Of all lines, px.
    head_px : int
        Of the names above each line; 0 where most could not be read.
    """

    across: int
    cell_w: float
    cell_h: float
    height: float
    head_px: int


class PictureTable(Tiles):
    """R rows of M columns; picture `row * M + column`. Names stand above the columns and left of the rows.

    Parameters
    ----------
    least_px : int
        Width of a picture below which it would be too small to be seen.

    Attributes
    ----------
    names : tuple of M str
        Of the columns.
    row_names : tuple of R str, or empty
    """

    keys = "Arrow keys go from picture to picture, Enter chooses one, Shift+F10 opens its menu"

    def __init__(self, least_px: int, gap_px: int = 3) -> None:
        super().__init__(gap_px=gap_px)
        self.least_px = least_px
        self.names: tuple[str, ...] = ()
        self._told: tuple[tuple[str, ...], float, tuple[str, ...]] | None = None
        self.row_names: tuple[str, ...] = ()
        self.layout_ = Layout(1, 1.0, 1.0, 1.0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_table(
        self, images: np.ndarray, names: Sequence[str], row_names: Sequence[str] = (), code_of: CodeOf | None = None
    ) -> None:
        """Show images (R, M, H, W, C), float in [0, 1] or uint8."""
        self.names, self.row_names = tuple(names), tuple(row_names)
        self.set_images(images.reshape(-1, *images.shape[2:]), code_of)

    # -- geometry --------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.images) // max(len(self.names), 1)

    @property
    def lines(self) -> int:
        """In how many lines the columns stand."""
        return -(-len(self.names) // self.layout_.across)

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, len(self.names)

    @property
    def head_px(self) -> int:
        """Height of the names above a line of pictures, where they can be read."""
        return QFontMetrics(caption_font()).height() + 1

    def _left_px(self, width: int) -> int:
        metrics = QFontMetrics(caption_font())
        widest = max((metrics.horizontalAdvance(name) for name in self.row_names), default=0)
        return min(widest + SPACE + 2, int(width * NAME_SHARE)) if widest else 0

    def laid_out(self, width: int, height: int, least_px: int | None = None) -> Layout:
        """The largest pictures with which all of it fits; where they would be too small it is higher than that.

        `least_px`: another width below which they would be too small. Where most of the names could not be read above
        pictures that are so small, these have the room of the names too.
        """
        least = self.least_px if least_px is None else least_px
        found = self._laid_out(width, height, least, self.head_px)
        if 2 * sum(self._readable(at, found.cell_w) for at in range(len(self.names))) >= len(self.names):
            return found
        return self._laid_out(width, height, least, 0)

    def _laid_out(self, width: int, height: int, least: int, head_px: int) -> Layout:
        columns, room = len(self.names), width - self._left_px(width)
        best, best_lines, lines = 0.0, 1, 1
        while lines <= columns:
            cell = min(self._width_for(-(-columns // lines), room), self._height_for(lines, height, head_px))
            if cell > best:
                best, best_lines = cell, lines
            # With more lines they are lower still.
            if self._height_for(lines, height, head_px) < best:
                break
            lines += 1
        if best < least:
            best_lines = -(-columns // max(int((room + self.gap_px) // (least + self.gap_px)), 1))
            # No larger: in less room nothing is larger than in more.
            best = min(self._width_for(-(-columns // best_lines), room), least)
        ratio = self.devicePixelRatioF()
        tall, wide = self.images.shape[1:3]
        cell_w = max(int(min(best, MOST_PX) * ratio), 1) / ratio
        cell_h = max(round(cell_w * tall / wide * ratio), 1) / ratio
        whole = self._spare_px(best_lines, head_px) + best_lines * self.rows * cell_h
        return Layout(-(-columns // best_lines), cell_w, cell_h, whole, head_px)

    def _width_for(self, across: int, room: float) -> float:
        """Width of a picture, so many side by side."""
        return (room - self.gap_px * (across - 1)) / across

    def _height_for(self, lines: int, height: float, head_px: int) -> float:
        """Width of the pictures with which so many lines are that high."""
        tall, wide = self.images.shape[1:3]
        return float((height - self._spare_px(lines, head_px)) / (lines * self.rows) * wide / tall)

    def _spare_px(self, lines: int, head_px: int) -> float:
        """Height that is no picture."""
        return lines * (head_px + self.gap_px * (self.rows - 1)) + (lines - 1) * self._apart_px(head_px)

    def _apart_px(self, head_px: int) -> int:
        """Between two lines of columns."""
        if self.rows > 1:
            return SPACE
        return 1 if head_px else self.gap_px

    def fit(self, width: int, height: int) -> None:
        """Take some room, or more height than that."""
        if len(self.images):
            self.layout_ = self.laid_out(width, height)
        self.setFixedHeight(max(int(self.layout_.height), 1))
        self.update()

    def _place(self, index: int) -> QRectF:
        row, column = divmod(index, max(len(self.names), 1))
        line, at = divmod(column, self.layout_.across)
        found = self.layout_
        top = (
            line * (self._line_px + self._apart_px(found.head_px)) + found.head_px + row * (found.cell_h + self.gap_px)
        )
        left = self._left_px(self.width()) + at * (found.cell_w + self.gap_px)
        return QRectF(left, top, found.cell_w, found.cell_h)

    @property
    def _pitch_px(self) -> float:
        """From one line of columns to the next."""
        return self._line_px + self._apart_px(self.layout_.head_px)

    @property
    def _line_px(self) -> float:
        return self.layout_.head_px + self.rows * (self.layout_.cell_h + self.gap_px) - self.gap_px

    def _places(self, first: int, last: int) -> list[QRectF]:
        return [self._place(index) for index in range(first, last)]

    def index_at(self, position: QPointF) -> int:
        if not len(self.images):
            return -1
        found = self.layout_
        line, down = divmod(position.y(), self._pitch_px)
        column = int((position.x() - self._left_px(self.width())) // (found.cell_w + self.gap_px))
        row = int((down - self.head_px) // (found.cell_h + self.gap_px))
        if not 0 <= column < found.across or not 0 <= row < self.rows:
            return -1
        column += int(line) * found.across
        return row * len(self.names) + column if column < len(self.names) else -1

    # -- drawing ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self.images):
            self._paint_names(event.rect())
        super().paintEvent(event)

    def _paint_pictures(self, painter: QPainter, area: QRect) -> None:
        for index in range(len(self.images)):
            place = self._place(index)
            if place.intersects(QRectF(area)):
                draw(painter, self.qimage(index), place)

    def _paint_names(self, area: QRect) -> None:
        painter = QPainter(self)
        painter.setFont(caption_font())
        metrics = painter.fontMetrics()
        here = divmod(self.current, len(self.names)) if self.current >= 0 else (-1, -1)
        for column in range(len(self.names) if self.layout_.head_px else 0):
            place = self._place(column).adjusted(0, -self.layout_.head_px, 0, 0)
            place.setHeight(self.layout_.head_px)
            painter.setPen(theme.color("accent" if column == here[1] else "muted"))
            if not self._readable(column, place.width()):
                continue  # A letter of it would say nothing; the tip does.
            words = self._name_of(column, metrics, place.width() + self.gap_px - APART_PX)
            painter.drawText(place.adjusted(-self.gap_px, 0, self.gap_px, 0), Qt.AlignmentFlag.AlignCenter, words)
        room = self._left_px(self.width()) - SPACE
        for row, name in enumerate(self.row_names):
            for line in range(self.lines):
                place = self._place(row * len(self.names) + line * self.layout_.across)
                painter.setPen(theme.color("accent" if row == here[0] else "muted"))
                words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
                where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(0, place.top(), room, place.height()), where, words)

    def _readable(self, column: int, cell_w: float) -> bool:
        """Whether enough of a column's name has room above pictures of some width."""
        words = self._name_of(column, QFontMetrics(caption_font()), cell_w + self.gap_px - APART_PX)
        return len(words) >= min(LEAST_LETTERS, len(self.names[column]))

    def _name_of(self, column: int, metrics: QFontMetrics, room: float) -> str:
        """A column's name in the room above its pictures."""
        if self._told is None or self._told[:2] != (self.names, room):
            self._told = self.names, room, told_apart(self.names, metrics, room)
        return self._told[2][column]

    # -- keyboard --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go from line to line of the columns where a row has no other above or below it."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and len(self.images):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            row, column = divmod(self._focused, len(self.names))
            row += step
            if not 0 <= row < self.rows:
                row, column = (0 if step > 0 else self.rows - 1), column + step * self.layout_.across
            if 0 <= column < len(self.names):
                self.go_to(row * len(self.names) + column)
            return
        super().keyPressEvent(event)


class TableArea(QScrollArea):
    """A table that takes the room there is, and scrolls where that would make its pictures too small."""

    def __init__(self, name: str, least_px: int) -> None:
        super().__init__()
        self.table = PictureTable(least_px)
        self.table.setObjectName(name)
        self.setWidget(self.table)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(0)

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 0)

    def arrange(self) -> None:
        """Fit the table into the room; its bar takes some where it is needed."""
        room = self.contentsRect()
        self.table.fit(room.width(), room.height())
        if self.table.layout_.height > room.height() + 1:
            self.table.fit(room.width() - self.verticalScrollBar().sizeHint().width(), room.height())
            self.show_current()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def show_current(self) -> None:
        """Scroll to the picture that is framed."""
        if self.table.current >= 0:
            place = self.table.rect_of(self.table.current).center().toPoint()
            self.ensureVisible(place.x(), place.y(), 20, 40)
