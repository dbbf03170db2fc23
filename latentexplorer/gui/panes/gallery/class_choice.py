"""Which classes are seen: all of them, or those that are ticked in a list that opens below its button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.views.class_grid import MOST_CLASSES

LIST_PX = (190, 260)


class ClassList(QFrame):
    """The list, with a field to search it.

    Signals
    -------
    changed : ()
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("class_choice")
        self.setAccessibleName("Classes that are seen")
        self.search = QLineEdit()
        self.search.setObjectName("class_choice_search")
        self.search.setAccessibleName("Search classes")
        self.search.setPlaceholderText("Search")
        self.search.textChanged.connect(self._on_search)
        self.names = QListWidget()
        self.names.setObjectName("class_choice_names")
        self.names.setAccessibleName("Classes")
        self.names.setFixedSize(*LIST_PX)
        self.names.itemChanged.connect(self.changed)
        self.every = QPushButton("All classes")
        self.every.setObjectName("class_choice_all")
        self.every.clicked.connect(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        for widget in (self.search, self.names, self.every):
            column.addWidget(widget)

    def offer(self, names: Sequence[str], chosen: Sequence[str]) -> None:
        """List classes; those that are chosen are ticked."""
        self.names.blockSignals(True)
        self.names.clear()
        for name in names:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked)
            self.names.addItem(item)
        self.names.blockSignals(False)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Those that are ticked."""
        items = [self.names.item(at) for at in range(self.names.count())]
        return tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)

    @Slot()
    def clear(self) -> None:
        """Tick none, which stands for all."""
        self.offer([self.names.item(at).text() for at in range(self.names.count())], ())
        self.changed.emit()

    @Slot(str)
    def _on_search(self, text: str) -> None:
        for at in range(self.names.count()):
            item = self.names.item(at)
            item.setHidden(text.casefold() not in item.text().casefold())


class ClassChoice(QPushButton):
    """Says which classes are seen, and opens the list of them.

    Attributes
    ----------
    chosen : tuple of str
        Empty: all, or of very many some that are evenly spread.

    Signals
    -------
    changed : ()
        By the person.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("gallery_classes")
        self.setToolTip(verbatim("Choose the classes that are seen"))
        self._names: tuple[str, ...] = ()
        self.chosen: tuple[str, ...] = ()
        self.list = ClassList(self)
        self.list.changed.connect(self._on_changed)
        self.clicked.connect(self._open)

    def offer(self, names: Sequence[str]) -> None:
        """The classes of another run; those that it has too stay chosen."""
        self._names = tuple(names)
        self.choose(self.chosen)

    def choose(self, names: Sequence[str]) -> None:
        """Choose classes by name; none stands for all."""
        self.chosen = tuple(name for name in names if name in self._names)
        self._say()

    def _say(self) -> None:
        known = len(self._names)
        if self.chosen:
            count = len(self.chosen)
            self.setText(f"{count:,} class" if count == 1 else f"{count:,} classes")
        elif known > MOST_CLASSES:
            self.setText(f"{MOST_CLASSES} of {known:,} classes")
        else:
            self.setText("All classes")

    @Slot()
    def _open(self) -> None:
        self.list.search.clear()
        self.list.offer(self._names, self.chosen)
        self.list.adjustSize()
        self.list.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        self.list.show()
        self.list.search.setFocus()

    @Slot()
    def _on_changed(self) -> None:
        self.chosen = self.list.chosen
        self._say()
        self.changed.emit()
