"""Runs: everything that was trained, as a table; open, compare, rename, repeat, delete."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from latentexplorer.core.settings_text import as_changes
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.runs.comparison import CURVES, IMAGES, ComparisonPanel
from latentexplorer.gui.panes.runs.folders import RunFolders
from latentexplorer.gui.panes.runs.table import RunsTable
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.workers import tasks
from latentexplorer.views.base import Refused
from latentexplorer.views.code import Code
from latentexplorer.views.comparison import Result as ComparisonResult
from latentexplorer.views.loss import Result as LossResult

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.listing import RunSummary

BOTH_PX = 720
NONE_YET = "No runs yet. Press Train, and every run you train is listed here"


class RunsPane(Pane):
    """The runs folder, and several runs beside the open one."""

    object_name, title, view_kind = "runs_pane", "Runs", "loss"
    needs_run = False

    def __init__(self) -> None:
        super().__init__()
        self.table = RunsTable()
        self.table.opened.connect(self._open_run)
        self.table.chosen.connect(self._show_actions)
        self.table.runs_model.renamed.connect(self._rename, Qt.ConnectionType.QueuedConnection)
        self.search = QLineEdit()
        self.search.setObjectName("runs_find")
        self.search.setPlaceholderText("Find")
        self.search.setAccessibleName("Find runs")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(72)
        self.search.setMaximumWidth(240)
        self.search.textChanged.connect(self.table.rows.find)
        self.none_yet = Label(NONE_YET)
        self.none_yet.setProperty("role", "empty")
        self.none_yet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.none_yet.setWordWrap(True)
        self.panel = ComparisonPanel()
        self.panel.hide()
        self.panel.changed.connect(self._ask)
        self.panel.closed.connect(self._on_closed)
        self.panel.picked.connect(self._on_picked)
        self._asked = ""
        self._base: Trained | None = None
        self.folders = RunFolders(self)
        self.folders.relocated.connect(self._on_relocated)
        self.folders.changed.connect(self.refresh)
        self._build_actions()
        self._build()

    def _build_actions(self) -> None:
        self.actions_by_name: dict[str, QAction] = {}
        for name, text, keys, slot in (
            ("open", "Open", "", self.open_selected),
            ("compare", "Compare", "", self.compare_selected),
            ("duplicate", "Duplicate", "", self.duplicate_selected),
            ("rename", "Rename", "F2", self.table.rename_current),
            ("reveal", "Show folder", "", self.reveal_selected),
            ("delete", "Delete…", "Delete", self.delete_selected),
            ("refresh", "Refresh", "F5", self.refresh),
        ):
            action = QAction(text, self.table)
            action.setObjectName(f"runs_{name}")
            if keys:
                action.setShortcut(QKeySequence(keys))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.table.addAction(action)
            self.actions_by_name[name] = action
        self.actions_by_name["duplicate"].setToolTip("Put the settings of this run into the Training form")
        self.actions_by_name["compare"].setToolTip(
            "Set the selected runs beside each other; one alone, beside the open one"
        )
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.menu.addSeparator()
        self.menu.addActions(list(self.actions_by_name.values()))

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        self.buttons: dict[str, QPushButton] = {}
        for name in ("open", "compare", "duplicate"):
            action = self.actions_by_name[name]
            button = QPushButton(action.text())
            button.setObjectName(f"runs_{name}_button")
            button.setToolTip(verbatim(action.toolTip()))
            button.clicked.connect(action.trigger)
            self.buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.search, 2)
        self.left = QWidget()
        column = QVBoxLayout(self.left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        column.addWidget(self.none_yet, 1)
        self.none_yet.hide()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(SPACE * 2)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStyleSheet("QSplitter::handle { background: transparent; image: none; }")
        self.splitter.addWidget(self.left)
        self.splitter.addWidget(self.panel)
        self.splitter.setSizes([560, 440])
        self.body.addWidget(self.splitter, 1)
        self.export_button.hide()
        self._show_actions()

    # -- the list ---------------------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.panel.images.stacks.serve(self.session)
        self.folders.message.connect(self.session.message)
        self.session.run_saved.connect(self._on_saved)
        self.session.training.state_changed.connect(self._on_saved)
        self.session.run_changed.connect(self._on_opened)
        self.session.snapshot_changed.connect(self._on_opened)
        self.session.selection.compared_changed.connect(self._on_compared)

    def on_seen(self) -> None:
        super().on_seen()
        if self.session is not None:
            # Runs come and go outside the window too.
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the runs folder again."""
        job = self.session.submit("Reading the runs", tasks.list_runs, "runs", of_run=False)
        job.succeeded.connect(self._on_listed)

    @Slot(object)
    def _on_listed(self, runs: list[RunSummary]) -> None:
        self.table.show_runs(runs)
        self.table.setVisible(bool(runs))
        self.none_yet.setVisible(not runs)
        self.set_subtitle(f"{len(runs):,} {'run' if len(runs) == 1 else 'runs'}" if runs else "")
        self._show_actions()

    @Slot()
    def _on_saved(self) -> None:
        if self.seen:
            self.refresh()

    @Slot()
    def _on_opened(self) -> None:
        self.table.runs_model.mark_open(self.session.shown.path)
        self._show_actions()

    def on_run(self) -> None:
        self._ask()

    def on_snapshot(self) -> None:
        """A comparison of curves follows by itself when the run is saved."""

    @Slot()
    def _show_actions(self) -> None:
        """Enable what can be done with the selected runs."""
        runs = self.table.selected_runs()
        one = len(runs) == 1
        sound = [run for run in runs if run.config is not None]
        possible = {
            "open": one,
            "compare": bool(self._others()),
            "duplicate": one and bool(sound),
            "rename": one,
            "reveal": one,
            "delete": bool(runs),
            "refresh": True,
        }
        for name, action in self.actions_by_name.items():
            action.setEnabled(possible[name])
        for name, button in self.buttons.items():
            button.setEnabled(possible[name])

    def _others(self) -> list[Path]:
        """The selected runs that can be set beside the open one."""
        if self.session is None or self.session.run is None:
            return []
        model = self.table.runs_model
        return [run.path for run in self.table.selected_runs() if run.config is not None and not model.is_open(run)]

    # -- one run ----------------------------------------------------------------------------------------------------

    @Slot()
    def open_selected(self) -> None:
        """Open the selected run."""
        for run in self.table.selected_runs()[:1]:
            self._open_run(run)

    @Slot(object)
    def _open_run(self, run: RunSummary) -> None:
        self.session.open_run(run.path)

    @Slot()
    def duplicate_selected(self) -> None:
        """Put the settings of the selected run into the form."""
        for run in self.table.selected_runs()[:1]:
            if run.config is not None:
                config = run.config.model_copy(
                    update={"training": run.config.training.model_copy(update={"changes": ()})}
                )
                self.session.training.set_draft(config)
                self.session.message.emit("info", f"Train starts from the settings of {run.name} now")

    @Slot()
    def reveal_selected(self) -> None:
        """Show the folder in the system's file manager."""
        for run in self.table.selected_runs()[:1]:
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.path))):
                QGuiApplication.clipboard().setText(str(run.path))
                self.session.message.emit("info", f"There is no file manager here; copied the path {run.path}")

    @Slot(object, str)
    def _rename(self, path: Path, name: str) -> None:
        if not self._in_use(path):
            self.folders.rename(path, name)

    @Slot()
    def delete_selected(self) -> None:
        """Move the selected runs to the system's bin; where there is none, ask before they are really deleted."""
        self.folders.delete([run.path for run in self.table.selected_runs() if not self._in_use(run.path)])

    def _in_use(self, path: Path) -> bool:
        """Whether that run is being trained, and the word that says so."""
        run = next((run for run in self.table.runs_model.runs if run.path == path), None)
        if self.session.training.path == path or (run is not None and run.status == "training"):
            self.session.message.emit("warning", f"{path.name} is being trained. Stop it first")
            return True
        return False

    @Slot(object, object)
    def _on_relocated(self, old: Path, new: Path | None) -> None:
        self.session.relocate(old, new)
        if new is not None:
            self.table.choose({new}, new)

    # -- several runs -----------------------------------------------------------------------------------------------

    @Slot()
    def compare_selected(self) -> None:
        """Set the selected runs beside each other, and one alone beside the open one."""
        others, model = self._others(), self.table.runs_model
        if len(others) == 1 or any(map(model.is_open, self.table.selected_runs())):
            self.session.compare(others)
        else:
            self.session.compare_apart(others)

    @Slot()
    def _on_closed(self) -> None:
        self.session.compare(())

    @Slot()
    def _on_compared(self) -> None:
        shown = bool(self.session.selection.compared)
        self.panel.setVisible(shown)
        self.export_button.setVisible(shown)
        self._share_room()
        self._ask()

    def _share_room(self) -> None:
        """Table and comparison side by side, or the comparison alone where there is no room for both."""
        self.left.setVisible(not self.session.selection.compared or self.width() >= BOTH_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.session is not None:
            self._share_room()

    def _settings(self) -> dict[str, object]:
        first = self._first
        return self.panel.settings([str(path) for path in self.session.selection.compared if path != first])

    @property
    def _first(self) -> Path | None:
        """The run that the others are set beside, where it is not the open one."""
        selection = self.session.selection
        return selection.compared[0] if selection.compared and not selection.with_open else None

    @property
    def run(self) -> Trained:
        """The run that the others are set beside."""
        return self._base if self._base is not None and self._base.path == self._first else self.session.shown

    @Slot()
    def _ask(self) -> None:
        session = self.session
        if session.run is None or not session.selection.compared:
            return
        self.view_kind = self._asked = self.panel.kind
        run, kind, settings, first = self.session.shown, self.view_kind, self._settings(), self._first
        if first is not None:
            known = self._base if self._base is not None and self._base.path == first else None
            work = partial(tasks.view_of_other, known, first, kind, settings)
            job = session.submit("Comparing runs", work, "compare")
            job.succeeded.connect(partial(self._on_other, kind))
        elif self.view_kind == CURVES:
            session.decoder.ask("runs", partial(tasks.quick_view, run, kind, settings), self._on_curves)
        else:
            session.submit("Comparing runs", partial(tasks.view, run, kind, settings), "compare").succeeded.connect(
                self._on_images
            )

    def _on_other(self, kind: str, found: tuple[Trained, Any]) -> None:
        """What is seen of runs of which none is the open one."""
        base, result = found
        if base.path != self._first:
            return
        self._base = base
        (self._on_curves if kind == CURVES else self._on_images)(result)

    def _on_curves(self, result: LossResult | Refused) -> None:
        if self._asked != CURVES:
            return
        if isinstance(result, Refused):
            self.panel.refuse(result)
        else:
            self.panel.show_curves(result)

    @Slot(object)
    def _on_images(self, result: ComparisonResult | Refused) -> None:
        if self._asked != IMAGES:
            return
        if isinstance(result, Refused):
            self.panel.refuse(result)
        else:
            self.panel.show_images(result, self._code_of)
            self.panel.mark(self.session.current.code)

    def _code_of(self, row: int) -> Code | None:
        result = self.panel.result
        if not isinstance(result, ComparisonResult) or self._first is not None:
            # What the codes of another run stand for, this one cannot show.
            return None
        return self.session.current.code_of(result.part, int(result.index[row]))

    @Slot(int)
    def _on_picked(self, row: int) -> None:
        code = self._code_of(row)
        if code is not None:
            self.session.current.set(code)

    def on_code(self, code: Code) -> None:
        if self.seen:
            self.panel.mark(code)

    # -- export -----------------------------------------------------------------------------------------------------

    def nothing_to_export(self) -> str:
        return super().nothing_to_export() or ("" if self.session.selection.compared else "no runs are compared")

    def view_settings(self) -> list[str]:
        return as_changes(self._settings())

    def restore(self, kind: str, settings: tasks.Settings) -> bool:
        paths = [path for name in settings.get("runs", ()) if (path := Path(name)).is_dir()]
        if kind not in (CURVES, IMAGES) or not paths:
            return False
        if kind == CURVES and settings.get("curves"):
            self.panel.quantity.setCurrentIndex(max(self.panel.quantity.findData(settings["curves"][0]), 0))
        self.session.compare(paths)
        self.panel.show_kind(kind)
        return True

    def _can_export(self) -> bool:
        if self.session is not None and not self.session.selection.compared:
            self.session.message.emit("info", "Select runs and press Compare: that is what is exported here")
            return False
        return super()._can_export()
