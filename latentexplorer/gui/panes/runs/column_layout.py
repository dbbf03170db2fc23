"""Which columns of the table of runs are seen and how wide they are: chosen, remembered, fitted to the room."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QFontMetrics
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from latentexplorer.core.outside_json import parsed
from latentexplorer.gui.panes.runs.columns import COLUMNS, NUMBERS, Column, model_words
from latentexplorer.gui.panes.runs.model import RunsModel
from latentexplorer.gui.panes.runs.rows import Heading, best_first
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import verbatim

PAD_PX = 16
"""What a cell has beside its words."""
TIGHT_PX = 6
"""So much of it can be spared in each column."""
TITLE_PX = 12
"""What a title has beside its words."""
LEAST_PX, MOST_PX = 34, 260
MODEL_PX, DATA_PX = 120, 64
"""Names of models are not cut up to this width. Beside them the images are named where they have as much room."""
NAME_PX = 240
"""Names up to this width are not cut while there are columns that can give way."""
GIVES_WAY = ("modified", "epochs", "state")
"""Columns that are left away where names would be cut, the first one first, unless somebody has chosen columns.

That of the states only where it says nothing: all are finished.
"""
AT_FIRST = (NUMBERS["modified"], Qt.SortOrder.DescendingOrder)
"""What runs are sorted by until somebody sorts them."""
REMEMBERED = "runs_table"


class ColumnLayout(QObject):
    """The columns of a table whose model is sorted by its header.

    Parameters
    ----------
    table : QTableView
        From its making on.
    model : RunsModel

    Signals
    -------
    changed : ()
        Which columns there are, or how they are sorted.
    """

    changed = Signal()

    def __init__(self, table: QTableView, model: RunsModel) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self._header: QHeaderView = table.horizontalHeader()
        self._own: dict[str, int] = {}
        self._fitting = False
        self._natural: dict[int, int] = {}
        self._models_px = 0
        self.menu = QMenu(table)
        self.actions: dict[str, QAction] = {}
        self._build_menu()
        header = self._header
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setMinimumSectionSize(LEAST_PX)
        header.setSectionsMovable(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_menu)
        header.sectionResized.connect(self._on_resized)
        header.sectionHandleDoubleClicked.connect(self._on_natural)
        header.sectionClicked.connect(self._on_clicked)
        self._sorted = AT_FIRST
        self._recall()

    def _build_menu(self) -> None:
        for column in COLUMNS:
            action = QAction(column.title, self)
            action.setToolTip(verbatim(column.tip))
            action.setCheckable(True)
            action.setChecked(column.shown)
            action.setEnabled(column.name != "name")
            action.toggled.connect(partial(self._on_toggled, column))
            self.actions[column.name] = action
            self.menu.addAction(action)
        self.menu.addSeparator()
        self.reset_action = QAction("Columns as at first", self)
        self.reset_action.triggered.connect(self.reset)
        self.menu.addAction(self.reset_action)

    # -- chosen and remembered --------------------------------------------------------------------------------------

    def _recall(self) -> None:
        """As it was left; a damaged text is as good as none."""
        found: dict[str, object] = {}
        with suppress(ValueError):
            read = parsed(str(Settings()[REMEMBERED]) or "{}")
            found = read if isinstance(read, dict) else {}
        shown, widths, by = found.get("shown"), found.get("widths"), found.get("sort")
        for column in COLUMNS:
            wanted = column.name in shown if isinstance(shown, list) else column.shown
            self._show(column, wanted or column.name == "name")
        if isinstance(widths, dict):
            self._own = {
                name: min(max(width, LEAST_PX), 2000)
                for name, width in widths.items()
                if name in NUMBERS and isinstance(width, int)
            }
        if isinstance(by, list) and len(by) == 2 and isinstance(by[0], str) and by[0] in NUMBERS:
            order = Qt.SortOrder.DescendingOrder if by[1] else Qt.SortOrder.AscendingOrder
            self._sorted = (NUMBERS[by[0]], order)

    def _keep(self) -> None:
        by = self._sorted
        kept = {
            "shown": [column.name for column in COLUMNS if self.actions[column.name].isChecked()],
            "widths": self._own,
            "sort": [COLUMNS[by[0]].name, by[1] == Qt.SortOrder.DescendingOrder],
        }
        Settings()[REMEMBERED] = json.dumps(kept)

    @property
    def sorted_by(self) -> tuple[int, Qt.SortOrder]:
        """Number of the column, and which way."""
        return self._sorted

    def _show(self, column: Column, shown: bool) -> None:
        self._header.setSectionHidden(NUMBERS[column.name], not shown)
        action = self.actions[column.name]
        action.blockSignals(True)
        action.setChecked(shown)
        action.blockSignals(False)

    def _on_toggled(self, column: Column, shown: bool) -> None:
        self._show(column, shown)
        self._own.pop(column.name, None)
        self._keep()
        self.fit()
        self.changed.emit()

    @Slot()
    def reset(self) -> None:
        """The columns and widths as they were at first."""
        self._own = {}
        for column in COLUMNS:
            self._show(column, column.shown)
        self._keep()
        self.fit()
        self.changed.emit()

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        self.menu.popup(self._header.mapToGlobal(place))

    @Slot(int)
    def _on_clicked(self, section: int) -> None:
        """Sort by a column; another click turns it round."""
        before, order = self._sorted
        up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        if section == before:
            order = up if order == down else down
        else:
            order = down if best_first(COLUMNS[section]) else up
        self.sort(section, order)

    def sort(self, section: int, order: Qt.SortOrder) -> None:
        """Sort by a column."""
        self._sorted = (section, order)
        self._keep()
        self.changed.emit()

    # -- widths -----------------------------------------------------------------------------------------------------

    @Slot(int, int, int)
    def _on_resized(self, section: int, before: int, now: int) -> None:
        if self._fitting or not now:
            return
        self._own[COLUMNS[section].name] = now
        self._keep()
        self.fit(but=section)

    @Slot(int)
    def _on_natural(self, section: int) -> None:
        """A double click on the edge: as wide as its words again."""
        self._own.pop(COLUMNS[section].name, None)
        self._keep()
        self.fit()

    def measure(self) -> None:
        """Look at the words again."""
        metrics, model = self._table.fontMetrics(), self._model
        head = self._header.fontMetrics()
        # That of the open run, which any of them may be.
        bold = QFont(self._table.font())
        bold.setBold(True)
        names = QFontMetrics(bold)
        # So many words do not all have to be measured to know how wide they are.
        step = max(model.rowCount() // 200, 1)
        for at in range(len(COLUMNS)):
            used = names if COLUMNS[at].name == "name" else metrics
            widest = head.horizontalAdvance(model.title(at))
            for row in range(0, model.rowCount(), step):
                if self._table.columnSpan(row, 0) == 1:
                    widest = max(widest, used.horizontalAdvance(str(model.index(row, at).data() or "")))
            self._natural[at] = min(widest + PAD_PX, MOST_PX)
        listed = [line for line in model.lines if not isinstance(line, Heading)][::step]
        models = {model_words(run) for run in listed}
        self._models_px = max((metrics.horizontalAdvance(words) + PAD_PX for words in models), default=0)

    def _least(self, at: int) -> int:
        """How narrow a column may become."""
        least = COLUMNS[at].elastic_px
        return max(least, min(self._models_px, MODEL_PX)) if COLUMNS[at].name == "what" else least

    def fit(self, but: int = -1) -> None:
        """Give every column its width, and what is left over to those that can use it.

        `but`: a column whose edge is being dragged.
        """
        self._make_room()
        seen = [at for at in range(len(COLUMNS)) if not self._header.isSectionHidden(at)]
        widths = {at: self._own.get(COLUMNS[at].name, self._natural.get(at, LEAST_PX)) for at in seen}
        elastic = [at for at in seen if COLUMNS[at].elastic_px and COLUMNS[at].name not in self._own]
        if elastic:
            room = self._table.viewport().width() - sum(width for at, width in widths.items() if at not in elastic)
            least = {at: self._least(at) for at in elastic}
            widths |= _shared({at: widths[at] for at in elastic}, least, room, TIGHT_PX * len(self._free(widths)))
        self._tighten(widths)
        self._fitting = True
        for at, width in widths.items():
            if at != but:
                self._header.resizeSection(at, width)
        self._fitting = False
        head, brief = self._header.fontMetrics(), (at for at in widths if COLUMNS[at].brief)
        self._model.shorten(frozenset(at for at in brief if self._is_short(at, widths[at], head)))

    def _is_short(self, at: int, width: int, head: QFontMetrics) -> bool:
        """Whether a column shows only the first part of its words."""
        title = head.horizontalAdvance(self._model.title(at)) > width - TITLE_PX
        return title or width < min(self._natural.get(at, LEAST_PX), self._models_px + DATA_PX)

    def _make_room(self) -> None:
        """Leave columns away where names would be cut; what somebody has chosen or sorts by stays."""
        own = self._own or any(self.actions[column.name].isChecked() != column.shown for column in COLUMNS)
        seen = {at for at, column in enumerate(COLUMNS) if self.actions[column.name].isChecked()}
        least = {at: self._least(at) or self._natural.get(at, LEAST_PX) for at in seen}
        least[NUMBERS["name"]] = min(self._natural.get(NUMBERS["name"], LEAST_PX), NAME_PX)
        over = sum(least.values()) - self._table.viewport().width()
        self._fitting = True
        for at in (NUMBERS[name] for name in GIVES_WAY):
            sorts = at == self._sorted[0] and self._sorted != AT_FIRST
            told = COLUMNS[at].name == "state" and not self._all_finished
            away = not own and over > 0 and at in seen and not sorts and not told
            over -= least[at] if away else 0
            if self._header.isSectionHidden(at) != (away or at not in seen):
                self._header.setSectionHidden(at, away or at not in seen)
        self._fitting = False

    @property
    def _all_finished(self) -> bool:
        runs = [line for line in self._model.lines if not isinstance(line, Heading)]
        return all(run.status == "finished" and not run.gone and not self._model.is_live(run) for run in runs)

    def _tighten(self, widths: dict[int, int]) -> None:
        """Where little is lacking, take it from what cells have beside their words."""
        free = self._free(widths)
        over = sum(widths.values()) - self._table.viewport().width()
        if free and 0 < over <= TIGHT_PX * len(free):
            for number, at in enumerate(free):
                widths[at] -= over // len(free) + (number < over % len(free))

    def _free(self, widths: dict[int, int]) -> list[int]:
        """Columns whose widths nobody has chosen."""
        return [at for at in widths if COLUMNS[at].name not in self._own]


def _shared(natural: dict[int, int], least: dict[int, int], room: int, spare: int) -> dict[int, int]:
    """Widths of columns that share a room: as wide as their words where that fits, what is left goes to the last.

    Where it does not fit, the last gives way first; none is narrower than `least`. The first does not for what cells
    can spare (`spare`).
    """
    elastic = list(natural)
    wanted = {at: max(natural[at], least[at]) for at in elastic}
    over = sum(wanted.values()) - room
    if over <= 0:
        wanted[elastic[-1]] -= over
    for at in reversed(elastic):
        if at == elastic[0] and over <= spare:
            break
        give = min(max(over, 0), wanted[at] - least[at])
        wanted[at] -= give
        over -= give
    return wanted
