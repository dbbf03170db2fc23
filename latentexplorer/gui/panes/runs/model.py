"""The lines of the table of runs, as Qt asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from latentexplorer.gui.panes.runs.columns import COLUMNS, GONE, NAME, NUMBERS, STATE, state_words, tip_of
from latentexplorer.gui.panes.runs.rows import FIRST, Heading, arranged
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import caption_font, theme, title_font

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ARROWS = {True: " ↓", False: " ↑"}
"""Behind the title of the column that is sorted by."""


class RunsModel(QAbstractTableModel):
    """Runs and headings, arranged as is asked for.

    Attributes
    ----------
    runs : list of RunSummary
        All of them.
    lines : list of RunSummary or Heading
        What is listed.
    words, group, descending, column
        See `rows.arranged`.

    Signals
    -------
    renamed : (Path, str)
        A name was edited.
    """

    renamed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunSummary] = []
        self.lines: list[RunSummary | Heading] = []
        self.words, self.group = "", "none"
        self.column, self.descending = FIRST, True
        self.brief: frozenset[int] = frozenset()
        """Columns whose titles are their brief ones."""
        self.open_path: Path | None = None
        self.live_path: Path | None = None

    # -- what is listed ---------------------------------------------------------------------------------------------

    def show_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these runs."""
        self.runs = list(runs)
        self.arrange()

    def arrange(self) -> None:
        """Filter, sort and group anew."""
        self.beginResetModel()
        self.lines = arranged(self.runs, self.words, self.column, self.descending, self.group)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.column, self.descending = COLUMNS[column], order == Qt.SortOrder.DescendingOrder
        self.arrange()

    @property
    def count(self) -> int:
        """Runs that are listed."""
        return sum(not isinstance(line, Heading) for line in self.lines)

    def run_at(self, row: int) -> RunSummary | None:
        """The run of a line; None for a heading."""
        line = self.lines[row] if 0 <= row < len(self.lines) else None
        return None if isinstance(line, Heading) else line

    def row_of(self, path: Path) -> int:
        """The line of a run; -1 where it is not listed."""
        return next(
            (row for row, line in enumerate(self.lines) if not isinstance(line, Heading) and line.path == path), -1
        )

    # -- what changes while it is seen ------------------------------------------------------------------------------

    def mark_open(self, path: Path | None) -> None:
        """Set off the run that is open."""
        found = path.resolve() if path is not None else None
        if found != self.open_path:
            self.open_path = found
            self._all_changed()

    def mark_live(self, path: Path | None) -> None:
        """Set off the run that is being trained in this window."""
        if path != self.live_path:
            self.live_path = path
            self._all_changed()

    def follow(self, path: Path, last: dict[str, float]) -> None:
        """Show a further epoch of a run that trains; it stays where it stands."""
        for at, run in enumerate(self.runs):
            if run.path == path:
                newer = replace(
                    run,
                    last=dict(last),
                    epochs=int(last.get("epoch", run.epochs)),
                    test_loss=last.get("test_loss", run.test_loss),
                    status="training",
                )
                self.runs[at] = newer
                row = self.row_of(path)
                if row >= 0:
                    self.lines[row] = newer
                    # Not its name, which may be being edited.
                    self.dataChanged.emit(self.index(row, NAME + 1), self.index(row, len(COLUMNS) - 1))

    def _all_changed(self) -> None:
        if self.lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.lines) - 1, len(COLUMNS) - 1))

    def is_open(self, run: RunSummary) -> bool:
        """Whether that run is the one the window shows."""
        return self.open_path is not None and run.path.resolve() == self.open_path

    def is_live(self, run: RunSummary) -> bool:
        """Whether that run is being trained, here or elsewhere."""
        return run.status == "training" or run.path == self.live_path

    # -- Qt's questions ---------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        # One after the other: Qt asks for each of many roles, of which most have no answer.
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return self.title(section, brief=section in self.brief)
        if role == Role.ToolTipRole:
            return verbatim(f"{column.title}: {column.tip}. Right click: which columns are shown")
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def title(self, section: int, *, brief: bool = False) -> str:
        """What stands above a column, with the arrow of the one that is sorted by."""
        column = COLUMNS[section]
        words = column.brief if brief and column.brief else column.title
        return f"{words}{ARROWS[self.descending] if column is self.column else ''}"

    def is_brief(self, section: int) -> bool:
        """Whether a column has its brief title, and of its words the first part only."""
        return section in self.brief

    def shorten(self, sections: frozenset[int]) -> None:
        """Show the brief titles of these columns."""
        before, self.brief = self.brief, sections
        for section in before ^ sections:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, section, section)
            if self.lines:
                self.dataChanged.emit(self.index(0, section), self.index(len(self.lines) - 1, section))

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        line, column = self.lines[index.row()], COLUMNS[index.column()]
        if isinstance(line, Heading):
            return self._of_heading(line, role) if index.column() == NAME else None
        if role == Role.DisplayRole:
            text = column.text(line)
            return f"● {text}" if index.column() == STATE and self.is_live(line) else text
        if role == Role.EditRole:
            return line.name
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Role.ForegroundRole:
            return self._color(line, index.column())
        if role == Role.FontRole and index.column() == NAME and self.is_open(line):
            return title_font()
        if role == Role.ToolTipRole:
            return verbatim(f"{tip_of(line, column)}{', open' if self.is_open(line) else ''}")
        return None

    @staticmethod
    def _of_heading(heading: Heading, role: int) -> object:
        if role == Role.DisplayRole:
            return f"{heading.text} · {heading.count:,} {'run' if heading.count == 1 else 'runs'}"
        return {Role.FontRole: caption_font(), Role.ForegroundRole: theme.color("muted")}.get(Role(role))

    def _color(self, run: RunSummary, column: int) -> object:
        if column == STATE:
            if self.is_live(run):
                return theme.color("accent")
            if run.status in ("damaged", "failed"):
                return theme.color("danger")
            return theme.color("warning" if state_words(run) == GONE else "muted")
        quiet = run.config is None or column == NUMBERS["modified"]
        return theme.color("muted") if quiet else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.lines[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        run = self.run_at(index.row())
        name = str(value).strip()
        if role != Role.EditRole or run is None or not name or name == run.name:
            return False
        self.renamed.emit(run.path, name)
        return True
