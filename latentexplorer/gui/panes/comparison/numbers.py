"""Settings that differ and results, a column a run."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme, title_font
from latentexplorer.views.compared import Result, Row

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
SETTINGS, RESULTS = "Settings that differ", "Results"
LEAST_PX, MOST_PX = 84, 200
"""Width of the column of a run."""
NO_DIFFERENCE = "All settings are the same"


@dataclass(frozen=True)
class Title:
    """A line above others."""

    text: str


class NumbersModel(QAbstractTableModel):
    """The lines of a comparison in numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.lines: list[Row | Title] = []

    def show_result(self, result: Result) -> None:
        """List what differs, then what came of it."""
        self.beginResetModel()
        self.names = result.names
        first: list[Row | Title] = [Title(SETTINGS if result.settings else NO_DIFFERENCE)]
        self.lines = [*first, *result.settings, Title(RESULTS), *result.metrics]
        self.endResetModel()

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
            Role.DisplayRole: name,
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
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
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
        for column in range(1, runs + 1):
            self.setColumnWidth(column, min(max(room // runs, LEAST_PX), MOST_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
