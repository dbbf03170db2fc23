"""Widgets side by side, in as many rows as the width asks for."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem


class FlowLayout(QLayout):
    """Like words in a paragraph; hidden widgets take no room.

    Qt asks again and again how high it is at some width, each time that anything around it is laid out: what it found
    is kept until something in it changes.

    Parameters
    ----------
    gap_px : int
        Between neighbours and between rows.

    Attributes
    ----------
    second : QWidget or None
        Where one row is not enough, a new one begins with this widget, so that none is left alone at the end.
    """

    def __init__(self, gap_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._sizes: list[tuple[QLayoutItem, QSize]] | None = None
        self._heights: dict[int, int] = {}
        self._gap = gap_px
        self.second: QWidget | None = None
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()

    def invalidate(self) -> None:
        super().invalidate()
        self._sizes = None
        self._heights.clear()

    def insertWidget(self, index: int, widget: QWidget) -> None:
        """Put a widget before the one that is at `index` now."""
        self.addChildWidget(widget)
        self._items.insert(index, QWidgetItem(widget))
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        self._sizes = None
        self._heights.clear()
        return self._items.pop(index)

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._arrange(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size.grownBy(self.contentsMargins())

    @property
    def _seen(self) -> list[tuple[QLayoutItem, QSize]]:
        """The items that take room, and how large they would be."""
        if self._sizes is None:
            self._sizes = [(item, item.sizeHint()) for item in self._items if not item.isEmpty()]
        return self._sizes

    def _arrange(self, rect: QRect, move: bool) -> int:
        """Place the items into a width; the height that takes."""
        margins: QMargins = self.contentsMargins()
        area = rect.marginsRemoved(margins)
        y = area.y()
        for number, row in enumerate(self._rows(area.width())):
            height = max(size.height() for _, size in row)
            y += self._gap if number else 0
            if move:
                x = area.x()
                for item, size in row:
                    # On the middle line of the row.
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                    x += size.width() + self._gap
            y += height
        return y - rect.y() + margins.bottom()

    def _rows(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """What stands beside each other; a row begins with `second` where that takes no more rows."""
        plain = self._filled(width, None)
        parted = self._filled(width, self.second) if len(plain) > 1 and self.second is not None else plain
        return parted if len(parted) <= len(plain) else plain

    def _filled(self, width: int, second: QWidget | None) -> list[list[tuple[QLayoutItem, QSize]]]:
        rows: list[list[tuple[QLayoutItem, QSize]]] = []
        used = 0
        for item, size in self._seen:
            wide = size.width()
            if not rows or used + self._gap + wide > width or (second is not None and item.widget() is second):
                rows.append([])
                used = -self._gap
            rows[-1].append((item, size))
            used += self._gap + wide
        return rows


def rows_of(widths: Iterable[int], gap_px: int, width: int) -> int:
    """How many rows widgets that are so wide take in a width."""
    rows, used = 1, -gap_px
    for wide in widths:
        if used >= 0 and used + gap_px + wide > width:
            rows, used = rows + 1, -gap_px
        used += gap_px + wide
    return rows
