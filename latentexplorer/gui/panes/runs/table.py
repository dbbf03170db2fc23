"""The runs on disk as a table that can be sorted, searched and edited by keyboard."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QTableView, QWidget

from latentexplorer.core.catalog import FAMILIES, SOURCES
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme, title_font

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Column:
    """A column of words: what is read is what is sorted by."""

    title: str
    tip: str
    value: Callable[[RunSummary], str]

    side = Qt.AlignmentFlag.AlignLeft

    def text(self, run: RunSummary) -> str:
        """What is read."""
        return self.value(run)

    def key(self, run: RunSummary) -> str | float:
        """What is sorted by."""
        return self.value(run)


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers, read as `words`; of a damaged run only those stand there that are `always` known."""

    title: str
    tip: str
    value: Callable[[RunSummary], float]
    words: Callable[[float], str]
    always: bool = False

    side = Qt.AlignmentFlag.AlignRight

    def text(self, run: RunSummary) -> str:
        """What is read."""
        return self.words(self.value(run)) if self.always or run.config is not None else ""

    def key(self, run: RunSummary) -> str | float:
        """What is sorted by: what is unknown stands at the end of the ascending order."""
        value = self.value(run)
        return math.inf if math.isnan(value) else value


def _latent_size(run: RunSummary) -> float:
    used = run.config is not None and "latent_dim" in run.config.model.kind.settings
    return run.config.model.latent_dim if used and run.config is not None else math.nan


def _last(name: str, run: RunSummary) -> float:
    """A metric after the last epoch."""
    return run.last.get(name, math.nan)


def _number(digits: int, value: float) -> str:
    return f"{value:,.{digits}f}".replace("-", "−") if math.isfinite(value) else "–"


def when(seconds: float) -> str:
    """`14:02` today, else `2026-03-01`."""
    if not seconds:
        return "–"
    then, now = time.localtime(seconds), time.localtime()
    same = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M" if same else "%Y-%m-%d", then)


COLUMNS = (
    Column("Name", "The run's folder", lambda run: run.name),
    Column("Model", "Family of the model", lambda run: run.family),
    Column("Data", "What it was trained on", lambda run: run.data),
    NumberColumn("Latent size", "Numbers in a code", _latent_size, partial(_number, 0)),
    NumberColumn("Epochs", "Epochs done", lambda run: run.epochs, partial(_number, 0)),
    Column("Status", "How it ended", lambda run: run.status),
    NumberColumn(
        "Held-out loss", "Nats per image, after the last epoch", lambda run: run.test_loss, partial(_number, 1)
    ),
    NumberColumn(
        "Norm metric", "Held-out, after the last epoch", partial(_last, "test_norm_metric"), partial(_number, 3)
    ),
    NumberColumn("Pixel error", "Held-out, rmse on [0, 1]", partial(_last, "test_rmse"), partial(_number, 3)),
    NumberColumn("Modified", "When it was last written", lambda run: run.modified, when, always=True),
)
NAME, MODEL, DATA, STATUS = 0, 1, 2, 5
TITLES = {
    MODEL: {family.name: family.title for family in FAMILIES},
    DATA: {source.name: source.title for source in SOURCES},
}


class RunsModel(QAbstractTableModel):
    """Rows of `list_runs`. `renamed(path, name)` is signalled when a name was edited."""

    renamed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunSummary] = []
        self.open_path: Path | None = None

    def show_runs(self, runs: list[RunSummary]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()

    def mark_open(self, path: Path | None) -> None:
        """Set off the run that is open."""
        self.open_path = path.resolve() if path is not None else None
        if self.runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, len(COLUMNS) - 1))

    def is_open(self, run: RunSummary) -> bool:
        """Whether that run is the one the window shows."""
        return self.open_path is not None and run.path.resolve() == self.open_path

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal:
            column = COLUMNS[section]
            return {
                Role.DisplayRole: column.title,
                Role.ToolTipRole: verbatim(column.tip),
                Role.TextAlignmentRole: int(column.side | Qt.AlignmentFlag.AlignVCenter),
            }.get(Role(role))
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        run, column = self.runs[index.row()], COLUMNS[index.column()]
        if role == Role.DisplayRole:
            return column.text(run)
        if role == Role.EditRole:
            return run.name
        if role == SORT_ROLE:
            return column.key(run)
        if role == Role.TextAlignmentRole:
            return int(column.side | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.ForegroundRole and run.status in ("damaged", "failed"):
            return theme.color("danger" if index.column() == STATUS else "muted")
        if role == Role.FontRole and index.column() == NAME and self.is_open(run):
            return title_font()
        if role == Role.ToolTipRole:
            title = TITLES.get(index.column(), {}).get(column.text(run), "")
            return verbatim(title or run.error or (f"{run.path}, open" if self.is_open(run) else str(run.path)))
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        run = self.runs[index.row()]
        name = str(value).strip()
        if role != Role.EditRole or not name or name == run.name:
            return False
        self.renamed.emit(run.path, name)
        return True


class RunsFilter(QSortFilterProxyModel):
    """Sorts by the value behind the text; keeps the rows that contain every word."""

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self._runs = model
        self._words: list[str] = []
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def find(self, text: str) -> None:
        """Show the rows in which every word of `text` occurs."""
        self._words = text.lower().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        run = self._runs.runs[row]
        line = " ".join(column.text(run) for column in COLUMNS).lower()
        return all(word in f"{line} {run.family} {run.data}" for word in self._words)


class RunsTable(QTableView):
    """Rows are chosen whole; Enter or a double click opens, F2 renames."""

    opened = Signal(object)
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs_table")
        self.setAccessibleName("Runs")
        self._waiting: list[RunSummary] | None = None
        self.runs_model = RunsModel()
        self.rows = RunsFilter(self.runs_model)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        # Cells begin where their titles do.
        self.setStyleSheet("QTableView::item { padding: 0 6px; }")
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        self.setSortingEnabled(True)
        self.sortByColumn(len(COLUMNS) - 1, Qt.SortOrder.DescendingOrder)
        self.doubleClicked.connect(self._on_opened)
        self.selectionModel().selectionChanged.connect(self.chosen)
        theme.changed.connect(self.viewport().update)

    def show_runs(self, runs: list[RunSummary]) -> None:
        """Show these runs; what was chosen stays so. While a name is edited they wait: the editor would be lost."""
        if self.state() == QAbstractItemView.State.EditingState:
            self._waiting = runs
            return
        kept = {run.path for run in self.selected_runs()}
        current = self.run_at(self.currentIndex())
        first = not self.runs_model.runs
        self.runs_model.show_runs(runs)
        if first:
            self.resizeColumnsToContents()
            # The open run's name is bold, and names grow.
            self.setColumnWidth(NAME, self.columnWidth(NAME) + 24)
        self.choose(kept, current.path if current is not None else None)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        super().closeEditor(editor, hint)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.show_runs(waiting)

    def choose(self, paths: set[Path], current: Path | None = None) -> None:
        """Select the rows of these runs."""
        self.clearSelection()
        model, flag = self.selectionModel(), self.selectionModel().SelectionFlag
        for row in range(self.rows.rowCount()):
            index = self.rows.index(row, 0)
            run = self.run_at(index)
            if run is not None and run.path == current:
                model.setCurrentIndex(index, flag.NoUpdate)
            if run is not None and run.path in paths:
                model.select(index, flag.Select | flag.Rows)

    def run_at(self, index: Index) -> RunSummary | None:
        """The run of a row of the table as it is sorted now."""
        source = self.rows.mapToSource(index)
        return self.runs_model.runs[source.row()] if source.isValid() else None

    def selected_runs(self) -> list[RunSummary]:
        """The selected runs, in the table's order."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [run for index in rows if (run := self.run_at(index)) is not None]

    def rename_current(self) -> None:
        """Edit the name in place."""
        index = self.currentIndex().siblingAtColumn(NAME)
        if index.isValid():
            self.scrollTo(index)
            self.edit(index)

    def _on_opened(self, index: QModelIndex) -> None:
        run = self.run_at(index)
        if run is not None:
            self.opened.emit(run)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        current = self.run_at(self.currentIndex())
        if by_key and current is not None and not self.selectionModel().hasSelection():
            # Not `selectRow`: with Shift, as after Shift+Tab, that would select from nowhere.
            self.choose({current.path}, current.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
            self._on_opened(self.currentIndex())
        else:
            super().keyPressEvent(event)
