"""Codes with names: keep the current one, go back to any, rename and delete them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QWidget,
)

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.theme import SPACE, theme

NAME = Qt.ItemDataRole.UserRole


class _Names(QListWidget):
    """Enter goes there, Delete takes it off, F2 renames."""

    chosen = Signal(str)
    deleted = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        editing = self.state() == QAbstractItemView.State.EditingState
        if item is None or editing:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(item.data(NAME))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleted.emit(item.data(NAME))
        else:
            super().keyPressEvent(event)


class BookmarksPanel(QFrame):
    """Opens below its button.

    Signals
    -------
    added, chosen, deleted : (str)
        A name; of what is added "" where none was written.
    renamed : (str, str)
    """

    added = Signal(str)
    chosen = Signal(str)
    deleted = Signal(str)
    renamed = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("bookmarks")
        self.setAccessibleName("Bookmarks")
        self.name = QLineEdit()
        self.name.setObjectName("bookmark_name")
        self.name.setAccessibleName("Name of the current code")
        self.name.setPlaceholderText("Name this code")
        self.name.returnPressed.connect(self._on_add)
        add = QPushButton("Keep")
        add.setObjectName("bookmark_add")
        add.clicked.connect(self._on_add)
        self.names = _Names()
        self.names.setObjectName("bookmark_list")
        self.names.setAccessibleName("Bookmarks")
        self.names.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.names.itemClicked.connect(self._on_item)
        self.names.chosen.connect(self.chosen)
        self.names.deleted.connect(self.deleted)
        self.names.itemChanged.connect(self._on_edited)
        self.rename = QPushButton("Rename")
        self.rename.setObjectName("bookmark_rename")
        self.rename.clicked.connect(self._on_rename)
        self.delete = QToolButton()
        self.delete.setObjectName("bookmark_delete")
        self.delete.setToolTip("Delete this bookmark (Del)")
        self.delete.setAccessibleName("Delete this bookmark")
        self.delete.clicked.connect(self._on_delete)
        self.hint = caption("Click goes there, F2 renames, Del deletes")
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE * 3 // 2, SPACE * 3 // 2, SPACE * 3 // 2, SPACE * 3 // 2)
        grid.setSpacing(SPACE)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(add, 0, 1, 1, 2)
        grid.addWidget(self.names, 1, 0, 1, 3)
        grid.addWidget(self.hint, 2, 0)
        grid.addWidget(self.rename, 2, 1)
        grid.addWidget(self.delete, 2, 2)
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self.delete.setIcon(icon("trash", "muted"))

    def open_below(self, widget: QWidget, proposal: str) -> None:
        """Show it under a button, with a name proposed for the current code."""
        self.name.setText(proposal)
        self.name.selectAll()
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 2))
        self.move(max(corner.x(), 0), corner.y())
        self.show()
        self.name.setFocus()

    def show_names(self, names: Iterable[str]) -> None:
        """List the bookmarks."""
        current = self.names.currentItem()
        kept = current.data(NAME) if current is not None else None
        self.names.blockSignals(True)
        self.names.clear()
        for name in names:
            item = QListWidgetItem(name)
            item.setData(NAME, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.names.addItem(item)
            if name == kept:
                self.names.setCurrentItem(item)
        self.names.blockSignals(False)
        some = self.names.count() > 0
        for widget in (self.names, self.rename, self.delete, self.hint):
            widget.setVisible(some)
        self.names.setFixedHeight(min(self.names.count(), 8) * 26 + 4)
        self.adjustSize()

    @Slot()
    def _on_add(self) -> None:
        self.added.emit(self.name.text().strip())
        # Unlike `clear` that leaves nothing to be undone in the field: the keys are for the bookmark.
        self.name.setText("")

    @Slot(QListWidgetItem)
    def _on_item(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(NAME))

    @Slot(QListWidgetItem)
    def _on_edited(self, item: QListWidgetItem) -> None:
        old, new = item.data(NAME), item.text().strip()
        if new and new != old:
            self.renamed.emit(old, new)
        elif not new:
            item.setText(old)

    @Slot()
    def _on_rename(self) -> None:
        item = self.names.item(max(self.names.currentRow(), 0))
        self.names.setCurrentItem(item)
        self.names.setFocus()
        self.names.editItem(item)

    @Slot()
    def _on_delete(self) -> None:
        item = self.names.currentItem()
        if item is not None:
            self.deleted.emit(item.data(NAME))
