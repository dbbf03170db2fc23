"""What the colours of a plot mean: classes that can be switched off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.panes.map.cloud import Stamp, marker_path
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.widgets.told_apart import told_apart

ROWS = 3
"""Rows of a legend that are seen at once; the rest is reached by scrolling."""
PANE_PX = 86
"""Height of the pane that gives a row to the legend: the points come first."""
SEARCH_FROM = 30
"""Classes from which they are looked for by name."""
MOST = 100
"""Entries that are listed at most: more names than that nobody looks through."""
GAP_PX = 8
LEAST_PX, LONGEST_PX = 44, 120
"""Of an entry: where all of them are in sight then, names are cut to no less than the least."""
LONG_SHARE = 0.7
"""Beside a large plot names may be longer: up to this part of the room for the legend."""
WORDS_PX = 16
"""Of an entry before its name."""
QWIDGETSIZE_MAX = 16777215
BAR_PX = 10
"""What the scroll bar takes."""
SEARCH_PX = 28
"""What the field takes beside its words."""


class LegendEntry(QAbstractButton):
    """A class: a click hides or shows it, a double click shows it alone."""

    alone = Signal()

    def __init__(self, number: int, name: str, stamp: Stamp) -> None:
        super().__init__()
        self.number = number
        # Not its text: a button makes a shortcut of the letter after an `&`.
        self.name = name
        self.setToolTip(verbatim(f"{name}\nClick or Space: hide or show. Double click or Enter: only this one"))
        self.setAccessibleName(f"Class {name}")
        self.setCheckable(True)
        self.setChecked(True)
        self.setFont(caption_font())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stamp = stamp
        self.colored = True
        self.brief = name
        """Its name in the room there is."""

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(WORDS_PX + metrics.horizontalAdvance(self.name) + 2, metrics.height() + 2)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.alone.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # As by the pointer: what was hidden before is remembered first.
            self.pressed.emit()
            self.alone.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(6, self.height() / 2)
        if self.isChecked():
            color = QColor(self.stamp.color) if self.colored else theme.color("muted")
            painter.fillPath(marker_path(self.stamp.marker, middle, 8), color)
        else:
            painter.strokePath(marker_path(self.stamp.marker, middle, 7), QPen(theme.color("faint"), 1.2))
        painter.setPen(theme.color("text" if self.isChecked() else "muted"))
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        elif self.underMouse():
            painter.setPen(theme.color("accent"))
        room = QRect(WORDS_PX, 0, self.width() - WORDS_PX, self.height())
        text = self.brief
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)
        if not self.isChecked():
            width = self.fontMetrics().horizontalAdvance(text)
            painter.setPen(QPen(theme.color("muted"), 1))
            painter.drawLine(QPointF(WORDS_PX, self.height() / 2), QPointF(WORDS_PX + width, self.height() / 2))


class _Entries(QScrollArea):
    """As high as its entries: Qt's own hint stays what it was when they stood in other columns."""

    def sizeHint(self) -> QSize:
        inner = self.widget()
        return inner.size() if inner is not None else super().sizeHint()


class Legend(QWidget):
    """Names of classes in columns that line up; where they are many, a field to find some of them by.

    Attributes
    ----------
    numbers : list of int
        All classes, found or not.
    hidden : frozenset of int
        Those of them that are hidden.
    entries : list of LegendEntry
        What is listed.

    Signals
    -------
    pressed : ()
        Somebody begins to choose other classes.
    hid : (frozenset of int, frozenset of int)
        The classes that were hidden before, and those that are now.
    changed : ()
        Other classes are hidden: see `hidden`.
    """

    pressed = Signal()
    hid = Signal(object, object)
    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search = QLineEdit()
        self.search.setObjectName(f"{name}_search")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._list)
        self.area = _Entries()
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inner = QWidget()
        self.area.setWidget(self.inner)
        # None of them says how narrow the pane may be.
        self.search.setMinimumWidth(1)
        self.area.setMinimumWidth(1)
        self.more = ElidedLabel()
        self.more.setFont(caption_font())
        self.more.setProperty("role", "caption")
        self.more.setObjectName(f"{name}_more")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self.search)
        column.addWidget(self.area)
        column.addWidget(self.more)
        self._all: list[tuple[int, str, Stamp]] = []
        self.entries: list[LegendEntry] = []
        self.hidden: frozenset[int] = frozenset()
        self._before: frozenset[int] = frozenset()
        self._kept: dict[tuple[str, ...], frozenset[int]] = {}
        self._beside: QSize | None = None
        self._told: tuple[tuple[str, ...], int, tuple[str, ...]] = ((), 0, ())
        self._colored = True
        self.hide()

    @property
    def numbers(self) -> list[int]:
        return [number for number, _, _ in self._all]

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for _, name, _ in self._all)

    def forget(self) -> None:
        """Another run: its classes are others."""
        self._kept = {}
        self.set_entries([])

    def set_entries(self, entries: Sequence[tuple[int, str, Stamp]]) -> None:
        """Number, name and look of each class. Those hidden before are hidden again where the names are the same."""
        before, self._all = self._all, list(entries)
        if [(number, name) for number, name, _ in before] == [(number, name) for number, name, _ in entries]:
            looks = {number: stamp for number, _, stamp in entries}
            for entry in self.entries:
                entry.stamp = looks[entry.number]
                entry.update()
        else:
            self.hidden = self._kept.get(self._names, frozenset())
            many = len(entries) > SEARCH_FROM
            self.search.setVisible(many)
            self.search.setPlaceholderText(f"Find one of {len(entries):,} classes")
            self.search.setAccessibleName("Find a class of the legend")
            self.search.blockSignals(True)
            self.search.clear()
            self.search.blockSignals(False)
            self._list()
        self.setVisible(bool(entries))

    def set_colored(self, colored: bool) -> None:
        """Whether the colours of the points are those of the classes just now; else entries have none."""
        if colored != self._colored:
            self._colored = colored
            for entry in self.entries:
                entry.colored = colored
                entry.update()

    @Slot()
    def _list(self) -> None:
        """List the classes that are looked for."""
        for old in self.entries:
            old.setParent(None)
            old.deleteLater()
        words = self.search.text().casefold().split()
        found = [each for each in self._all if all(word in each[1].casefold() for word in words)]
        self.entries = [self._entry(*each) for each in found[:MOST]]
        left = len(found) - len(self.entries)
        said = "No such class" if not found else f"and {left:,} more" if left and words else ""
        self.more.setText(said)
        self.more.setVisible(bool(said))
        self._arrange()

    def _entry(self, number: int, name: str, stamp: Stamp) -> LegendEntry:
        entry = LegendEntry(number, name, stamp)
        entry.setObjectName(f"{self.objectName()}_{number}")
        entry.setParent(self.inner)
        entry.colored = self._colored
        entry.setChecked(number not in self.hidden)
        entry.pressed.connect(self._remember)
        entry.clicked.connect(self._on_clicked)
        entry.alone.connect(self._on_alone)
        entry.show()
        return entry

    def set_hidden(self, hidden: Iterable[int]) -> None:
        """Hide these classes and show all others."""
        before = self.hidden
        self.hidden = self._kept[self._names] = frozenset(hidden) & frozenset(self.numbers)
        self.hid.emit(before, self.hidden)
        for entry in self.entries:
            entry.setChecked(entry.number not in self.hidden)
        self.changed.emit()

    def toggle(self, number: int) -> None:
        """Hide a class, or show it."""
        self._remember()
        self.set_hidden(self.hidden ^ {number})

    def offers(self) -> list[Offer]:
        """Each class, as the command palette offers it."""
        words = "legend of the map"
        return [
            Offer(f"{'Show' if number in self.hidden else 'Hide'} class {name}", partial(self.toggle, number), words)
            for number, name, _ in self._all
        ]

    @Slot()
    def show_all(self) -> None:
        """Hide none."""
        self._remember()
        self.set_hidden(())

    @Slot()
    def hide_all(self) -> None:
        """Hide those that are listed: all, or what was looked for."""
        self._remember()
        self.set_hidden(self.hidden | {entry.number for entry in self.entries})

    @Slot()
    def _remember(self) -> None:
        self._before = self.hidden
        self.pressed.emit()

    @Slot()
    def _on_clicked(self) -> None:
        entry = self.sender()
        if isinstance(entry, LegendEntry):
            self.set_hidden(self.hidden - {entry.number} if entry.isChecked() else self.hidden | {entry.number})

    @Slot()
    def _on_alone(self) -> None:
        entry = self.sender()
        if isinstance(entry, LegendEntry):
            others = frozenset(self.numbers) - {entry.number}
            # The first click of the two has already toggled it: what was there before that counts.
            self.set_hidden(() if self._before == others else others)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def stand_beside(self, room: QSize | None) -> bool:
        """Stand beside the plot, in so much room at most; None: below it. Returns whether that is something new."""
        if room == self._beside:
            return False
        self._beside = room
        if room is None:
            self.setMinimumWidth(0)
            self.setMaximumWidth(QWIDGETSIZE_MAX)
        across = QSizePolicy.Policy.Ignored if room is None else QSizePolicy.Policy.Fixed
        # Beside the plot it asks for no height: it would hold the edge of the window.
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed if room is None else QSizePolicy.Policy.Maximum)
        self._arrange()
        return True

    def _arrange(self) -> None:
        if not self.entries:
            self.area.setFixedHeight(0)
            return
        longest = LONGEST_PX if self._beside is None else max(LONGEST_PX, int(self._beside.width() * LONG_SHARE))
        widths = [min(entry.sizeHint().width(), longest) for entry in self.entries]
        height = self.entries[0].sizeHint().height()
        if self._beside is None:
            columns = _columns(widths, self.width() - BAR_PX)
            pane = self.parentWidget()
            most = ROWS if pane is None else int(np.clip(pane.height() // PANE_PX, 1, ROWS))
            if -(-len(widths) // len(columns)) > most:
                columns = _cut_columns(widths, most, self.width() - BAR_PX) or columns
        else:
            many = len(self._all) > SEARCH_FROM
            field = self.search.sizeHint().height() + SPACE // 2 if many else 0
            most = max((self._beside.height() - field) // height, 1)
            columns = _columns_beside(widths, most, self._beside.width() - BAR_PX)
            words = self.search.fontMetrics().horizontalAdvance(self.search.placeholderText()) + SEARCH_PX
            wide = max(sum(columns) + GAP_PX * (len(columns) - 1) + BAR_PX, words if many else 0)
            self.setFixedWidth(wide)
            # Below a field for their names one column is as wide as that.
            columns = [wide - BAR_PX] if len(columns) == 1 else columns
        rows = -(-len(widths) // len(columns))
        self.area.setMinimumHeight(height if self._beside is not None else min(rows, most) * height)
        self.area.setMaximumHeight(min(rows, most) * height)
        self.inner.setFixedSize(max(self.width() - BAR_PX, 1), rows * height)
        self.area.updateGeometry()
        lefts = np.concatenate([[0], np.cumsum([width + GAP_PX for width in columns])])
        for at, entry in enumerate(self.entries):
            row, column = divmod(at, len(columns))
            entry.setGeometry(int(lefts[column]), row * height, columns[column], height)
        self._name(min(columns))

    def _name(self, width: int) -> None:
        """Names in columns that are so wide."""
        metrics = QFontMetrics(caption_font())
        names = tuple(entry.name for entry in self.entries)
        # While a window is dragged they are asked for with each pixel, and seldom change.
        if self._told[:2] != (names, width):
            self._told = names, width, told_apart(names, metrics, width - WORDS_PX)
        for entry, brief in zip(self.entries, self._told[2], strict=True):
            entry.brief = brief if metrics.horizontalAdvance(entry.name) > entry.width() - WORDS_PX else entry.name
            entry.update()


def _columns(widths: list[int], room: int) -> list[int]:
    """Widths of columns, filled row by row: as few rows as fit, and these as even as can be."""
    for rows in range(1, len(widths)):
        count = -(-len(widths) // rows)
        columns = [max(widths[at::count]) for at in range(count)]
        if sum(columns) + GAP_PX * (count - 1) <= room:
            return columns
    return [min(max(widths), max(room, 1))]


def _cut_columns(widths: list[int], rows: int, room: int) -> list[int]:
    """Widths of columns of so many rows, as wide as there is room for; none where that is too little for a name."""
    count = -(-len(widths) // rows)
    each = (room + GAP_PX) // count - GAP_PX
    return [min(max(widths[at::count]), each) for at in range(count)] if each >= LEAST_PX else []


def _columns_beside(widths: list[int], rows: int, room: int) -> list[int]:
    """Widths of as few columns as have so many rows, or as fit."""
    columns = [max(widths)]
    for count in range(2, -(-len(widths) // rows) + 1):
        wider = [max(widths[at::count]) for at in range(count)]
        if sum(wider) + GAP_PX * (count - 1) > room:
            break
        columns = wider
    return columns
