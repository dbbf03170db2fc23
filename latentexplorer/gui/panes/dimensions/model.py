"""The rows of the table of dimensions, as Qt asks for them: sorted, and where they stood while a model learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import theme
from latentexplorer.views.base import Array
from latentexplorer.views.dimension_columns import Column
from latentexplorer.views.dimensions import NUMBER, Result, short_state, state_words

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ARROWS = {True: " ↓", False: " ↑"}
"""Behind the title of the column that is sorted by: the largest first, the least first."""
STATE, EPOCHS = "state", "epochs"
"""Columns beside the number of a dimension and its values."""


@dataclass(frozen=True)
class Bar:
    """What a cell of a value is painted from: `part` 0..1 of the full length; `quiet`: of a dimension not active."""

    part: float
    text: str
    widest: str
    quiet: bool


class DimensionsModel(QAbstractTableModel):
    """A row a dimension.

    Attributes
    ----------
    result : Result or None
        All dimensions in the order of their numbers.
    sorted_by : str
        Name of a column, `NUMBER` or `STATE`.
    descending : bool
        The largest first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.result: Result | None = None
        self.sorted_by, self.descending = NUMBER, False
        self._order: Array = np.zeros(0, np.int64)
        self._names: list[str] = []

    # -- what is shown ----------------------------------------------------------------------------------------------

    def show_result(self, result: Result | None, keep_order: bool) -> None:
        """Show other numbers; where as many dimensions are shown as before they may keep their places."""
        names = [] if result is None else [NUMBER, *(column.name for column in result.columns), STATE]
        if result is not None and len(result.epochs) > 1:
            names.append(EPOCHS)
        same = names == self._names and result is not None and len(result.dims) == len(self._order)
        if not same:
            self.beginResetModel()
        self.result, self._names = result, names
        if not same or not keep_order:
            self._arrange()
        if not same:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def order_by(self, name: str, descending: bool) -> None:
        """Sort by a column."""
        self.sorted_by, self.descending = name, descending
        self._arrange()
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(self.columnCount() - 1, 0))

    def _arrange(self) -> None:
        if self.result is None:
            self._order = np.zeros(0, np.int64)
            return
        keys = self._keys(self.result)
        keys = np.where(np.isfinite(keys), -keys if self.descending else keys, np.inf)
        self._order = np.argsort(keys, kind="stable")

    def _keys(self, result: Result) -> Array:
        if self.sorted_by == STATE:
            # Active ones above all that died, and of these those that lived longest.
            return np.where(result.active, np.inf, result.died).clip(max=1e12)
        return result.values.get(self.sorted_by, result.dims.astype(np.float64))

    # -- what a cell is ---------------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        """The columns in order."""
        return list(self._names)

    @property
    def states(self) -> set[str]:
        """What is read of the states, each once."""
        result = self.result
        if result is None:
            return set()
        return {short_state(bool(on), int(died)) for on, died in zip(result.active, result.died, strict=True)}

    def row_of(self, row: int) -> int:
        """Which row of the result a row of the table is."""
        return int(self._order[row])

    def dimension(self, row: int) -> int:
        """Which dimension a row of the table is."""
        return int(self.result.dims[self.row_of(row)]) if self.result is not None else -1

    def column_of(self, section: int) -> Column | None:
        """The column of values at a place; None for the others."""
        if self.result is None:
            return None
        return next((column for column in self.result.columns if column.name == self._names[section]), None)

    def words(self, section: int) -> tuple[str, ...]:
        """What is read in a column of words; nothing in the others."""
        return () if self.result is None else self.result.words.get(self._names[section], ())

    def bar(self, row: int, section: int) -> Bar | None:
        """What a cell of a value shows; None for a cell that is none."""
        result, column = self.result, self.column_of(section)
        if result is None or column is None:
            return None
        values, at = result.values[column.name], self.row_of(row)
        full = column.full or float(np.nanmax(np.abs(values), initial=0.0))
        value = float(values[at])
        part = min(abs(value) / full, 1.0) if full > 0 and np.isfinite(value) else 0.0
        words = result.words.get(column.name)
        # Between the ends small numbers have most digits.
        ends = words or [*(column.text(each) for each in (np.nanmin(values, initial=0.0), full)), "0.000"]
        return Bar(part, result.text(column, at), max(ends, key=len), not bool(result.active[at]))

    def over(self, row: int) -> Array:
        """What a dimension was over the epochs (E,), as parts 0..1 of the largest of all."""
        result = self.result
        if result is None or not len(result.epochs):
            return np.zeros(0)
        largest = float(np.nanmax(result.over, initial=0.0))
        values = np.nan_to_num(result.over[:, self.row_of(row)])
        return np.asarray(values / largest if largest > 0 else values * 0.0)

    # -- Qt's questions ---------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._names):
            return None
        name, column = self._names[section], self.column_of(section)
        if role == Role.DisplayRole:
            titles = {NUMBER: "z", STATE: "State", EPOCHS: "Epochs"}
            arrow = ARROWS[self.descending] if name == self.sorted_by else ""
            return (column.heading if column is not None else titles[name]) + arrow
        if role == Role.ToolTipRole and self.result is not None:
            return verbatim(self._tip(name, column, self.result))
        if role == Role.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    @staticmethod
    def _tip(name: str, column: Column | None, result: Result) -> str:
        if column is not None:
            return f"{column.tip}. Click to sort"
        if name == NUMBER:
            return "Number of the dimension. Click to sort"
        if name == STATE:
            return f"Active: {result.criterion}. Click to sort"
        largest = result.over_column.text(float(np.nanmax(result.over, initial=0.0)))
        unit = f" {result.over_column.unit}" if result.over_column.unit else ""
        return (
            f"{result.over_column.title} from epoch {result.epochs[0]} (left) to {result.epochs[-1]}; the full colour "
            f"is {largest}{unit}"
        )

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        result = self.result
        if result is None or not index.isValid():
            return None
        at, name, column = self.row_of(index.row()), self._names[index.column()], self.column_of(index.column())
        dim, active = int(result.dims[at]), bool(result.active[at])
        if role == Role.DisplayRole:
            if column is not None:
                return result.text(column, at)
            return {NUMBER: f"z{dim}", STATE: short_state(active, int(result.died[at]))}.get(name)
        if role == Role.ForegroundRole and (name == STATE or not active):
            return theme.color("text" if active else "muted")
        if role == Role.ToolTipRole:
            return verbatim(self._cell_tip(result, at))
        return None

    @staticmethod
    def _cell_tip(result: Result, at: int) -> str:
        values = [f"{column.title} {result.text(column, at)} {column.unit}".rstrip() for column in result.columns]
        words = state_words(bool(result.active[at]), int(result.died[at]))
        return f"z{result.dims[at]}: {', '.join([*values, words])}"
