"""Find anything that can be done by typing a part of its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from latentexplorer.gui.style.theme import theme


class CommandPalette(QDialog):
    """A line to type in and the actions that match; Enter does the first."""

    def __init__(self, parent: QWidget, actions: list[QAction]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command_palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self.line = QLineEdit()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("Command")
        blank = QPixmap(16, 16)
        blank.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(blank)
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setColumnWidth(0, 270)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.addWidget(self.line)
        outer.addWidget(self.list)
        self.line.textChanged.connect(self._filter)
        self.line.returnPressed.connect(self._do)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(self._do)
        self.line.setFocus()
        self._filter("")
        self.resize(420, 320)
        self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())

    def _filter(self, text: str) -> None:
        self.list.clear()
        words = text.lower().split()
        for action in self._actions:
            name = action.text().replace("&", "")
            if all(word in f"{name} {action.toolTip()}".lower() for word in words):
                item = QTreeWidgetItem([name, action.shortcut().toString()])
                item.setIcon(0, action.icon() if not action.icon().isNull() else self._blank)
                item.setForeground(1, theme.color("muted"))
                item.setData(0, Qt.ItemDataRole.UserRole, self._actions.index(action))
                if not action.isEnabled():
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addTopLevelItem(item)
        self._step(0, 1)

    def _step(self, row: int, step: int) -> None:
        """Choose the first action from `row` on that can be done now."""
        while 0 <= row < self.list.topLevelItemCount():
            item = self.list.topLevelItem(row)
            if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentItem(item)
                self.line.setAccessibleDescription(f"Enter does: {item.text(0)}")
                return
            row += step

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        action = self._actions[item.data(0, Qt.ItemDataRole.UserRole)]
        self.close()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(self.list.currentIndex().row() + step, step)
                return True
        return super().eventFilter(watched, event)
