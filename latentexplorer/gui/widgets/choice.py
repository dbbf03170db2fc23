"""A box to choose from, in the program's own look."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPoint, Qt, Slot
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyledItemDelegate, QStyleOptionComboBox, QStylePainter, QToolTip

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.widgets.told_apart import told_apart

MOST_ROWS = 18
"""Of an open list; it scrolls where it has more."""
ALIKE = 2
"""Letters that names have in common which may look the same where they are shortened."""
BRIEF = Qt.ItemDataRole.UserRole + 1
"""What an entry is called where its text has no room in the closed box."""


class Choice(QComboBox):
    """Shows that it opens, takes no more room than it is given, and is not changed by scrolling past it.

    Attributes
    ----------
    prefix : str
        Stands before what is chosen, where there is room for both.
    """

    def __init__(self, name: str = "", accessible: str = "") -> None:
        super().__init__()
        self.prefix = ""
        self._told: tuple[tuple[str, ...], int, str] = (), 0, ""
        self.setObjectName(name)
        self.setAccessibleName(accessible or name)
        # On some systems a box is called by what is chosen in it: then this says what is chosen.
        self.setAccessibleDescription(accessible)
        self.view().setAccessibleName(accessible)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMaxVisibleItems(MOST_ROWS)
        # Only this one keeps the room between rows that the style asks for.
        self.setItemDelegate(QStyledItemDelegate(self))
        self._headings: list[int] = []
        theme.changed.connect(self._recolour)

    @Slot()
    def _recolour(self) -> None:
        for row in self._headings:
            self.setItemData(row, theme.color("muted"), Qt.ItemDataRole.ForegroundRole)
        self.update()

    def clear(self) -> None:
        self._headings = []
        super().clear()

    def add_heading(self, text: str) -> None:
        """A line in the list that groups what follows; it cannot be chosen."""
        self.addItem(text)
        row = self.count() - 1
        self.setItemData(row, 0, Qt.ItemDataRole.UserRole - 1)  # where the standard model keeps an item's flags
        self.setItemData(row, caption_font(), Qt.ItemDataRole.FontRole)
        self._headings.append(row)
        self._recolour()

    def add(self, text: str, value: object, brief: str) -> None:
        """An entry that the closed box calls by a briefer name where there is little room."""
        self.addItem(text, value)
        self.setItemData(self.count() - 1, brief, BRIEF)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        corner = QPoint(self.width() - 20, (self.height() - 16) // 2)
        painter.drawPixmap(corner, icon("chevron-down", "muted").pixmap(16, 16))

    @property
    def shown(self) -> str:
        """What is drawn of the entry that is chosen."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        metrics, text = option.fontMetrics, self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        texts = [f"{self.prefix}{text}", text, self.currentData(BRIEF) or text]
        fits = (each for each in texts if metrics.horizontalAdvance(each) <= room.width() - 4)
        return next(fits, "") or self._told_apart(texts[-1], metrics, room.width() - 4)

    def _told_apart(self, text: str, metrics: QFontMetrics, room_px: int) -> str:
        """What is chosen, shortened so that it is not taken for another entry that begins alike."""
        entries = (self.itemText(at) for at in range(self.count()))
        alike = tuple(dict.fromkeys([text, *(other for other in entries if other[:ALIKE] == text[:ALIKE])]))
        if self._told[:2] != (alike, room_px):
            self._told = alike, room_px, told_apart(alike, metrics, room_px)[0]
        return self._told[2]

    @property
    def tip(self) -> str:
        """What it is for; before that what is chosen, where not all of it is drawn."""
        text = self.currentText()
        parts = [text] if self.shown not in (text, f"{self.prefix}{text}") else []
        return "\n".join([*parts, self.toolTip()] if self.toolTip() else parts)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), verbatim(self.tip), self)
            return True
        return super().event(event)

    def showPopup(self) -> None:
        """Open the list wide enough for its longest text."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def offers(self) -> list[Offer]:
        """Each entry that can be chosen, as the command palette offers it."""
        found = []
        for at in range(self.count()):
            index = self.model().index(at, self.modelColumn(), self.rootModelIndex())
            possible = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
            if index.flags() & possible == possible:
                words = str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
                found.append(Offer(f"{self.accessibleName()}: {self.itemText(at)}", partial(self.take, at), words))
        return found

    def take(self, at: int) -> None:
        """Choose an entry as a person does."""
        self.setCurrentIndex(at)
        self.activated.emit(at)
