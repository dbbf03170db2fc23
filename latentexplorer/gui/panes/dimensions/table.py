"""The table of dimensions: sorted by a click on a head, walked by keyboard."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from latentexplorer.gui.panes.dimensions.bars import Painted
from latentexplorer.gui.panes.dimensions.model import EPOCHS, STATE, DimensionsModel
from latentexplorer.gui.style.theme import theme
from latentexplorer.views.dimensions import NUMBER, Result

PAD_PX = 18
LEAST_PX = 78
"""Of a column with a bar. Where there is less room the strips over epochs give way."""
BESIDE_PX = 40
"""Of a bar with words beside it, which are never cut."""
ROW_PAD_PX = 6
MOST_HIGHER = 2
"""Where there are few of them, rows are higher, up to so many times."""


class DimensionsTable(QTableView):
    """A row a dimension.

    Signals
    -------
    sorted : ()
        A person has sorted it.
    picked, brought : (int)
        A dimension that is clicked, or walked to; one that is double-clicked, or opened by Enter.
    """

    sorted = Signal()
    picked = Signal(int)
    brought = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dimensions_table")
        self.setAccessibleName("Dimensions")
        self.dimensions = DimensionsModel()
        self.setModel(self.dimensions)
        self.setItemDelegate(Painted(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(20)
        header.sectionClicked.connect(self._on_clicked)
        self.clicked.connect(self._on_picked)
        self.activated.connect(self._on_brought)
        theme.changed.connect(self.viewport().update)

    def show_result(self, result: Result | None, keep_order: bool) -> None:
        """Show other numbers."""
        before = self.dimensions.names, self.dimensions.states, self.dimensions.rowCount()
        self.dimensions.show_result(result, keep_order)
        if (self.dimensions.names, self.dimensions.states, self.dimensions.rowCount()) != before:
            self.fit()
        self.viewport().update()

    @Slot(QModelIndex)
    def _on_picked(self, index: QModelIndex) -> None:
        self.picked.emit(self.dimensions.dimension(index.row()))

    @Slot(QModelIndex)
    def _on_brought(self, index: QModelIndex) -> None:
        self.brought.emit(self.dimensions.dimension(index.row()))

    @Slot(int)
    def _on_clicked(self, section: int) -> None:
        """Sort by a column; another click turns it round."""
        model, names = self.dimensions, self.dimensions.names
        name = names[section]
        if name == EPOCHS:
            return
        descending = not model.descending if name == model.sorted_by else name != NUMBER
        self.sort_by(name, descending)

    def sort_by(self, name: str, descending: bool) -> None:
        """Sort by a column, as a person does."""
        self.dimensions.order_by(name, descending)
        self.fit()
        self.viewport().update()
        self.sorted.emit()

    def fit(self) -> None:
        """Words take what they need, bars and strips share the rest; where there is little, the table scrolls."""
        row_px = self.fontMetrics().height() + ROW_PAD_PX
        share = self.viewport().height() // max(self.dimensions.rowCount(), 1)
        self.verticalHeader().setDefaultSectionSize(min(max(share, row_px), MOST_HIGHER * row_px))
        metrics, names = self.fontMetrics(), self.dimensions.names
        words = {NUMBER: ["z000"], STATE: [STATE, "not active", *self.dimensions.states]}
        fixed = {
            at: max(map(metrics.horizontalAdvance, words[name])) + PAD_PX
            for at, name in enumerate(names)
            if name in words
        }
        room = self.viewport().width() - sum(fixed.values())
        bars = [at for at in range(len(names)) if at not in fixed]
        if EPOCHS in names:
            at, tight = names.index(EPOCHS), room // len(bars) < LEAST_PX
            self.setColumnHidden(at, tight)
            bars = [bar for bar in bars if bar != at or not tight]
        least = {at: self._least(at) for at in bars}
        spare = max(room - sum(least.values()), 0) // max(len(bars), 1)
        for at in range(len(names)):
            self.setColumnWidth(at, fixed[at] if at in fixed else least.get(at, LEAST_PX) + spare)

    def _least(self, at: int) -> int:
        """What a column takes at least: its title is whole, and words are, with a little of their bar."""
        title = str(self.dimensions.headerData(at, Qt.Orientation.Horizontal))
        words = max((self.fontMetrics().horizontalAdvance(text) for text in self.dimensions.words(at)), default=0)
        return max(
            LEAST_PX,
            self.horizontalHeader().fontMetrics().horizontalAdvance(title) + PAD_PX,
            words + BESIDE_PX if words else 0,
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
