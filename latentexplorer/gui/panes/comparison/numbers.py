"""Settings that differ and results, a column a run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme, title_font
from latentexplorer.views.compared import Result, Row

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
CUT = Qt.TextElideMode.ElideMiddle
SETTINGS, RESULTS = "Settings that differ", "Results"
LEAST_PX, MOST_PX = 96, 200
"""Width of the column of a run."""
NAME_PX = 16
"""What the head of a column takes beside its name."""
LINES = 4
"""In which the name of a run stands at most; a longer one is cut in its middle."""
NO_DIFFERENCE = "All settings are the same"


@dataclass(frozen=True)
class Title:
    """A line above others."""

    text: str


def in_lines(name: str, metrics: QFontMetrics, room_px: int) -> str:
    """A name in as many lines as it needs, parted behind what joins its words: runs often differ by their ends."""
    lines = [""]
    for part in re.findall(r"[^\s_.-]+[\s_.-]*|[\s_.-]+", name):
        # As that which is cut is measured: from its first pixel to its last.
        if lines[-1] and metrics.elidedText((lines[-1] + part).rstrip(), CUT, room_px) != (lines[-1] + part).rstrip():
            lines.append("")
        lines[-1] += part
    if len(lines) > LINES:
        return metrics.elidedText(name, CUT, room_px)
    cut = (metrics.elidedText(line.rstrip(), CUT, room_px) for line in lines)
    return "\n".join(cut)


class NumbersModel(QAbstractTableModel):
    """The lines of a comparison in numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.heads: tuple[str, ...] = ()
        """The names as they stand above the columns."""
        self.lines: list[Row | Title] = []

    def show_result(self, result: Result) -> None:
        """List what differs, then what came of it."""
        self.beginResetModel()
        self.names = self.heads = result.names
        first: list[Row | Title] = [Title(SETTINGS if result.settings else NO_DIFFERENCE)]
        self.lines = [*first, *result.settings, Title(RESULTS), *result.metrics]
        self.endResetModel()

    def set_heads(self, heads: tuple[str, ...]) -> None:
        """What stands above the columns of the runs."""
        if heads != self.heads:
            self.heads = heads
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 1, len(heads))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.names) + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = self.names[section - 1] if section else ""
        side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
        return {
            Role.DisplayRole: self.heads[section - 1] if section else "",
            Role.ToolTipRole: verbatim(name),
            Role.TextAlignmentRole: int(side | Qt.AlignmentFlag.AlignVCenter),
        }.get(Role(role))

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        line, column = self.lines[index.row()], index.column()
        if isinstance(line, Title):
            if column:
                return None
            return {
                Role.DisplayRole: line.text,
                Role.FontRole: title_font(),
            }.get(Role(role))
        best = column > 0 and column - 1 in line.best
        if role == Role.DisplayRole:
            return line.title if column == 0 else f"{'✓ ' if best else ''}{line.values[column - 1]}"
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.ToolTipRole:
            return verbatim(line.tip)
        if role == Role.FontRole and best:
            return title_font()
        if role == Role.ForegroundRole and column == 0:
            return theme.color("muted")
        return None


class NumbersTable(QTableView):
    """Nothing in it is chosen or changed; what is cut short is said by its tip."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compare_numbers")
        self.setAccessibleName("Settings that differ, and results of the runs")
        self.numbers = NumbersModel()
        self.setModel(self.numbers)
        self.setShowGrid(False)
        self._natural = 0
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        # In a wide pane the numbers of the last run stand beside those of the others, and the table ends there.
        header.setStretchLastSection(False)
        theme.changed.connect(self.viewport().update)

    def show_result(self, result: Result) -> None:
        """Draw a comparison in numbers."""
        self.numbers.show_result(result)
        self.resizeColumnsToContents()
        self._natural = self.columnWidth(0)
        self._fit()

    def _fit(self) -> None:
        """Runs share the room; where there are too many for it, the table scrolls."""
        runs = self.numbers.columnCount() - 1
        if runs < 1:
            return
        room = self.viewport().width() - self._natural
        width = min(max(room // runs, LEAST_PX), MOST_PX)
        for column in range(1, runs + 1):
            self.setColumnWidth(column, width)
        metrics = QFontMetrics(self.horizontalHeader().font())
        self.numbers.set_heads(tuple(in_lines(name, metrics, width - NAME_PX) for name in self.numbers.names))
        self.updateGeometries()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
