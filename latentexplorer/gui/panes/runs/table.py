"""The runs on disk as a table that can be sorted, searched and edited by keyboard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from latentexplorer.gui.panes.runs.column_layout import ColumnLayout
from latentexplorer.gui.panes.runs.columns import COLUMNS, NAME, NUMBERS
from latentexplorer.gui.panes.runs.model import RunsModel
from latentexplorer.gui.panes.runs.rows import Heading
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.elided import shortened

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary

Index = QModelIndex | QPersistentModelIndex
CELL_PX = 14
"""What is not there for words in a cell: its padding and the style's margins."""

LEAST_NAMED = 4
"""Letters of a name that still name anything, and the dots after them."""


class NameDelegate(QStyledItemDelegate):
    """Names that begin alike are told apart by their ends."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class WhatDelegate(QStyledItemDelegate):
    """A model with as much of its images' name as there is room for, or the model alone, as the title says."""

    def __init__(self, table: RunsTable) -> None:
        super().__init__(table)
        self._model = table.runs_model

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if self._model.is_brief(index.column()):
            option.text = option.text.partition(" · ")[0]
        elif option.fontMetrics.horizontalAdvance(option.text) > option.rect.width() - CELL_PX:
            model, joint, images = option.text.partition(" · ")
            room = option.rect.width() - CELL_PX - option.fontMetrics.horizontalAdvance(model + joint)
            images = shortened(images, option.fontMetrics, room)
            option.text = model if len(images) < LEAST_NAMED else model + joint + images


class RunsTable(QTableView):
    """Rows are chosen whole; Enter or a double click opens, F2 renames.

    Signals
    -------
    opened : (RunSummary)
    chosen : ()
        Other rows are selected.
    """

    opened = Signal(object)
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs_table")
        self.setAccessibleName("Runs")
        self._waiting: list[RunSummary] | None = None
        self._order: list[Path] = []
        self._keeping = False
        self.runs_model = RunsModel()
        self.setModel(self.runs_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setItemDelegateForColumn(NAME, NameDelegate(self))
        self.setItemDelegateForColumn(NUMBERS["what"], WhatDelegate(self))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.horizontalHeader().setSectionsClickable(True)
        self.columns = ColumnLayout(self, self.runs_model)
        self.columns.changed.connect(self._on_columns)
        self.runs_model.column = COLUMNS[self.columns.sorted_by[0]]
        self.runs_model.descending = self.columns.sorted_by[1] == Qt.SortOrder.DescendingOrder
        self.doubleClicked.connect(self._on_opened)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        theme.changed.connect(self.viewport().update)

    # -- what is listed ---------------------------------------------------------------------------------------------

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show these runs; what was chosen stays so. While a name is edited they wait: the editor would be lost."""
        if self.state() == QAbstractItemView.State.EditingState:
            self._waiting = list(runs)
            return
        self.runs_model.runs = list(runs)
        self._arrange()

    def mark_live(self, path: Path | None) -> None:
        """Set off the run that is being trained in this window: the column that says so is seen."""
        self.runs_model.mark_live(path)
        self.columns.fit()

    def show_words(self, text: str) -> None:
        """Show the rows in which every word of `text` occurs."""
        self.runs_model.words = text
        self._arrange()

    def group_by(self, group: str) -> None:
        """Show the rows under headings."""
        self.runs_model.group = group
        self._arrange()

    @Slot()
    def _on_columns(self) -> None:
        section, order = self.columns.sorted_by
        self.runs_model.column, self.runs_model.descending = COLUMNS[section], order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def _arrange(self) -> None:
        """List anew: what was chosen and where one was stays so."""
        current = self.run_at(self.currentIndex())
        kept, bar = self.selected_paths, self.verticalScrollBar().value()
        self._keeping = True
        self.runs_model.arrange()
        self.clearSpans()
        for row, line in enumerate(self.runs_model.lines):
            if isinstance(line, Heading):
                self.setSpan(row, 0, 1, len(COLUMNS))
        self.columns.measure()
        self.columns.fit()
        self.choose(kept, current.path if current is not None else None)
        self._keeping = False
        self.verticalScrollBar().setValue(bar)
        self._on_selection(QItemSelection(), QItemSelection())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit()

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        super().closeEditor(editor, hint)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.show_runs(waiting)

    # -- what is selected -------------------------------------------------------------------------------------------

    def choose(self, paths: Collection[Path], current: Path | None = None) -> None:
        """Select the rows of these runs."""
        model, flag = self.selectionModel(), QItemSelectionModel.SelectionFlag
        wanted = QItemSelection()
        for path in paths:
            row = self.runs_model.row_of(path)
            if row >= 0:
                wanted.select(self.runs_model.index(row, 0), self.runs_model.index(row, len(COLUMNS) - 1))
        if current is not None and (row := self.runs_model.row_of(current)) >= 0:
            model.setCurrentIndex(self.runs_model.index(row, 0), flag.NoUpdate)
        model.select(wanted, flag.ClearAndSelect)
        if not self._keeping:
            self._order = [path for path in paths if path in set(self._selected())]

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        """Note in which order runs were selected."""
        if self._keeping:
            return
        now = self._selected()
        self._order = [path for path in self._order if path in now] + [path for path in now if path not in self._order]
        self.chosen.emit()

    def _selected(self) -> list[Path]:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [run.path for row in rows if (run := self.runs_model.run_at(row)) is not None]

    @property
    def selected_paths(self) -> list[Path]:
        """The folders of the selected runs, as they were selected one after another."""
        return list(self._order)

    def selected_runs(self) -> list[RunSummary]:
        """The selected runs, as they were selected one after another."""
        by_path = {run.path: run for run in self.runs_model.runs}
        return [by_path[path] for path in self._order if path in by_path]

    def run_at(self, index: Index) -> RunSummary | None:
        """The run of a row of the table as it is sorted now."""
        return self.runs_model.run_at(index.row()) if index.isValid() else None

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

    # -- the keyboard -----------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        current = self.run_at(self.currentIndex())
        if by_key and current is not None and not self.selectionModel().hasSelection():
            # Not `selectRow`: with Shift, as after Shift+Tab, that would select from nowhere.
            self.choose([current.path], current.path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
            self._on_opened(self.currentIndex())
        else:
            super().keyPressEvent(event)
