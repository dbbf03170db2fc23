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
        x, y, row_height = area.x(), area.y(), 0
        row: list[tuple[QLayoutItem, QRect]] = []
        shown = [item for item in self._items if not item.isEmpty()]
        whole = sum(item.sizeHint().width() + self._gap for item in shown) - self._gap
        second = self.second if whole > area.width() else None
        for item in shown:
            size = item.sizeHint()
            if row and (x + size.width() > area.right() + 1 or (second is not None and item.widget() is second)):
                self._finish(row, row_height, move)
                row, x, y, row_height = [], area.x(), y + row_height + self._gap, 0
            row.append((item, QRect(QPoint(x, y), size)))
            x += size.width() + self._gap
            row_height = max(row_height, size.height())
        self._finish(row, row_height, move)
        return y + row_height - rect.y() + margins.bottom()

    def _finish(self, row: list[tuple[QLayoutItem, QRect]], height: int, move: bool) -> None:
        """Stand the items of a row on its middle line."""
        for item, place in row if move else ():
            item.setGeometry(place.translated(0, (height - place.height()) // 2))
