"""Widgets side by side, in as many rows as the width asks for."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem


class FlowLayout(QLayout):
    """Like words in a paragraph; hidden widgets take no room.

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
        self._gap = gap_px
        self.second: QWidget | None = None
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

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
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

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

    def _arrange(self, rect: QRect, move: bool) -> int:
        """Place the items into a width; the height that takes."""
        margins: QMargins = self.contentsMargins()
        area = rect.marginsRemoved(margins)
        y = area.y()
        for number, row in enumerate(self._rows(area.width())):
            sizes = [item.sizeHint() for item in row]
            height = max(size.height() for size in sizes)
            y += self._gap if number else 0
            if move:
                x = area.x()
                for item, size in zip(row, sizes, strict=True):
                    # On the middle line of the row.
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                    x += size.width() + self._gap
            y += height
        return y - rect.y() + margins.bottom()

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        """What stands beside each other; a row begins with `second` where that takes no more rows."""
        plain = self._filled(width, None)
        parted = self._filled(width, self.second) if len(plain) > 1 and self.second is not None else plain
        return parted if len(parted) <= len(plain) else plain

    def _filled(self, width: int, second: QWidget | None) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wide = item.sizeHint().width()
            if not rows or used + self._gap + wide > width or (second is not None and item.widget() is second):
                rows.append([])
                used = -self._gap
            rows[-1].append(item)
            used += self._gap + wide
        return rows
