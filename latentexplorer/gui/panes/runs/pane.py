"""Runs: everything that was trained, as a table; open, compare, rename, repeat, delete."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.runs.folders import RunFolders
from latentexplorer.gui.panes.runs.said import SaidLine, about
from latentexplorer.gui.panes.runs.table import RunsTable
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.offer import Offer
from latentexplorer.gui.workers import run_tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.gui.workers.run_tasks import Listed

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary

NONE_YET = "No runs yet. Press Train, and every run you train is listed here"
NONE_FOUND = "No run has all of these words. They are looked for in names, models, data, presets and states"
ONE_MORE = "Select a second run, with Ctrl or Shift, then press Compare"
READ_AGAIN_MS = 3000
"""How often a run that another process trains is looked at."""


class RunsPane(Pane):
    """The runs folder.

    Signals
    -------
    compare_wanted : (list of Path)
        Runs are to be set beside each other, in this order.
    locate_wanted : (Path, DataConfig)
        Somebody wants to say where the images of a run are.
    sweep_wanted : (RunConfig)
        A setting is to be varied, the others being those of a run.
    """

    compare_wanted = Signal(object)
    locate_wanted = Signal(object, object)
    sweep_wanted = Signal(object)

    object_name, title = "runs_pane", "Runs"
    needs_run = False

    def __init__(self) -> None:
        super().__init__()
        self.table = RunsTable()
        self.table.opened.connect(self._open_run)
        self.table.runs_model.renamed.connect(self._rename, Qt.ConnectionType.QueuedConnection)
        self.search = QLineEdit()
        self.search.setObjectName("runs_find")
        self.search.setPlaceholderText("Find")
        self.search.setAccessibleName("Find runs")
        self.search.setToolTip("Words of names, models, data, presets and states (Ctrl+F)")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(72)
        self.search.setMaximumWidth(240)
        self.search.textChanged.connect(self._on_words)
        self.groups = Choice("runs_group", "Group runs")
        for name, text in (("none", "No groups"), ("data", "By data"), ("model", "By model")):
            self.groups.addItem(text, name)
        self.groups.setMinimumContentsLength(9)
        self.groups.setCurrentIndex(max(self.groups.findData(Settings()["runs_group"]), 0))
        self.groups.activated.connect(self._on_group)
        self.table.group_by(self.groups.currentData())
        self.none_yet = Label(NONE_YET)
        self.none_yet.setProperty("role", "empty")
        self.none_yet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.none_yet.setWordWrap(True)
        self.said = SaidLine()
        self.said.locate.clicked.connect(self.locate_selected)
        self._reading: Job | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(READ_AGAIN_MS)
        self._again.timeout.connect(self._on_again)
        self.folders = RunFolders(self)
        self.folders.relocated.connect(self._on_relocated)
        self.folders.changed.connect(self.refresh)
        self._build_actions()
        self._build()
        self.table.chosen.connect(self._show_actions)

    def _build_actions(self) -> None:
        self.actions_by_name: dict[str, QAction] = {}
        for name, text, keys, tip, slot in (
            ("open", "Open", "", "Open the selected run (Enter)", self.open_selected),
            ("compare", "Compare", "", "Set the selected runs beside each other", self.compare_selected),
            (
                "duplicate",
                "Duplicate",
                "",
                "Put the settings of this run into the Training form",
                self.duplicate_selected,
            ),
            ("sweep", "Sweep…", "", "Train runs like this one with other values of a setting", self.sweep_selected),
            ("locate", "Locate images…", "", "Say where the images of this run are now", self.locate_selected),
            ("rename", "Rename", "F2", "Give the folder another name", self.table.rename_current),
            ("reveal", "Show folder", "", "In the system's file manager", self.reveal_selected),
            ("delete", "Delete…", "Delete", "Move the selected runs to the bin", self.delete_selected),
            ("find", "Find runs", "Ctrl+F", "Words of names, models, data, presets and states", self.find_runs),
            ("refresh", "Refresh", "F5", "Read the runs folder again", self.refresh),
        ):
            action = QAction(text, self.table)
            action.setObjectName(f"runs_{name}")
            action.setToolTip(verbatim(tip))
            action.triggered.connect(slot)
            self.table.addAction(action)
            self.actions_by_name[name] = action
            if keys:
                action.setShortcut(QKeySequence(keys))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        # Found from everywhere in the pane; Del and F2 mean something else in a field.
        find = self.actions_by_name["find"]
        find.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.addAction(find)
        # Opened by Qt, a menu of actions waits in a loop of its own, and is freed twice where the table goes meanwhile.
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self.table_menu = QMenu(self.table)
        self.table_menu.addActions(self.table.actions())
        self.menu.addActions(list(self.actions_by_name.values()))
        for menu in (self.table_menu, self.menu):
            for first in ("rename", "find"):
                menu.insertSeparator(self.actions_by_name[first])
        self.menu.addSeparator()
        self.columns_action = self.menu.addMenu(self.table.columns.menu)
        self.columns_action.setText("Columns")

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        self.table_menu.popup(self.table.viewport().mapToGlobal(place))

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        self.buttons: dict[str, QPushButton] = {}
        for name in ("compare", "open"):
            action = self.actions_by_name[name]
            button = QPushButton(action.text())
            button.setObjectName(f"runs_{name}_button")
            button.setToolTip(verbatim(action.toolTip()))
            button.clicked.connect(action.trigger)
            self.buttons[name] = button
            row.addWidget(button)
        row.addWidget(self.search, 1000)
        # What a wide pane has left over; else the buttons would grow.
        row.addStretch(1)
        row.addWidget(self.groups)
        self.body.addLayout(row)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.none_yet, 1)
        self.body.addWidget(self.said)
        self.none_yet.hide()
        self._show_actions()

    def offers(self) -> list[Offer]:
        columns = self.table.columns
        found = [offer for offer in super().offers() if offer.name != self.columns_action.text()]
        found += [
            Offer(
                f"Column {action.text()}", action.trigger, f"{action.toolTip()} show hide table", "", action.isEnabled()
            )
            for action in columns.actions.values()
        ]
        return [*found, Offer(columns.reset_action.text(), columns.reset_action.trigger, "table widths")]

    # -- the list ---------------------------------------------------------------------------------------------------

    def on_bind(self) -> None:
        self.folders.message.connect(self.session.message)
        self.session.run_saved.connect(self._on_saved)
        self.session.training.state_changed.connect(self._on_saved)
        self.session.sweeping.run_ended.connect(self._on_saved)
        self.session.training.epoch_done.connect(self._on_epoch)
        self.session.run_changed.connect(self._on_opened)
        self.session.snapshot_changed.connect(self._on_opened)

    def on_seen(self) -> None:
        super().on_seen()
        if self.session is not None:
            # Runs come and go outside the window too.
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the runs folder again."""
        known = {run.path: run for run in self.table.runs_model.runs}
        work = partial(run_tasks.list_runs, known)
        # Before the libraries are there it would only wait for them, beside what is waited for.
        quick = bool(self.session.libraries.device)
        job = self.session.submit("Reading the runs", work, "runs", quick=quick, of_run=False)
        self._reading = job
        job.reported.connect(self._on_read)
        job.succeeded.connect(self._on_listed)

    @Slot(object)
    def _on_read(self, event: object) -> None:
        """Those read so far; of a list that stands already only the whole new one is shown."""
        if isinstance(event, Listed) and len(event.runs) > len(self.table.runs_model.runs):
            self._list(list(event.runs))
            self.set_subtitle(f"reading… {len(event.runs):,} runs")

    @Slot(object)
    def _on_listed(self, runs: list[RunSummary]) -> None:
        self._list(runs)
        if any(run.status == "training" and run.path != self.session.training.path for run in runs):
            self._again.start()

    def _list(self, runs: list[RunSummary]) -> None:
        self.table.show_runs(runs)
        self.table.mark_live(self._live)
        self._show_count()
        self._show_actions()

    @property
    def _live(self) -> Path | None:
        return self.session.training.path if self.session.training.active else None

    def _show_count(self) -> None:
        """How many there are, and how many are listed."""
        model = self.table.runs_model
        count, listed = len(model.runs), model.count
        of = f"{listed:,} of " if listed < count else ""
        self.set_subtitle(f"{of}{count:,} {'run' if count == 1 else 'runs'}" if count else "")
        self.table.setVisible(bool(listed))
        self.none_yet.setText(NONE_FOUND if count else NONE_YET)
        self.none_yet.setVisible(not listed)

    @Slot(str)
    def _on_words(self, words: str) -> None:
        self.table.show_words(words)
        self._show_count()

    @Slot()
    def _on_group(self) -> None:
        Settings()["runs_group"] = self.groups.currentData()
        self.table.group_by(self.groups.currentData())

    @Slot()
    def find_runs(self) -> None:
        """Give the keyboard to the field of words."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def _on_again(self) -> None:
        if self.seen:
            self.refresh()

    @Slot()
    def _on_saved(self) -> None:
        self.table.mark_live(self._live)
        if self.seen:
            self.refresh()

    @Slot(object)
    def _on_epoch(self, row: dict[str, float]) -> None:
        path = self.session.training.path
        if path is not None and self.seen:
            self.table.runs_model.follow(path, row)

    @Slot()
    def _on_opened(self) -> None:
        self.table.runs_model.mark_open(self.session.shown.path)

    @Slot()
    def _show_actions(self) -> None:
        """Enable what can be done with the selected runs, and say what is the matter with one."""
        runs = self.table.selected_runs()
        one = len(runs) == 1
        sound = [run for run in runs if run.config is not None]
        possible = {
            "open": one,
            "compare": bool(runs),
            "duplicate": one and bool(sound),
            "sweep": one and bool(sound),
            "locate": one and bool(sound) and bool(runs[0].gone),
            "rename": one,
            "reveal": one,
            "delete": bool(runs),
            "find": True,
            "refresh": True,
        }
        for name, action in self.actions_by_name.items():
            action.setEnabled(possible[name])
        for name, button in self.buttons.items():
            button.setEnabled(possible[name])
        self.said.say(about(runs), possible["locate"])

    # -- what is done with them -------------------------------------------------------------------------------------

    @Slot()
    def open_selected(self) -> None:
        """Open the selected run."""
        for run in self.table.selected_runs()[:1]:
            self._open_run(run)

    @Slot(object)
    def _open_run(self, run: RunSummary) -> None:
        self.session.open_run(run.path)

    @Slot()
    def compare_selected(self) -> None:
        """Set the selected runs beside each other, as they were selected; of one alone say what is missing."""
        runs = self.table.selected_runs()
        if len(runs) < 2:
            self.session.message.emit("info", ONE_MORE)
        else:
            self.compare_wanted.emit([run.path for run in runs])

    @Slot()
    def locate_selected(self) -> None:
        """Ask where the images of the selected run are."""
        for run in self.table.selected_runs()[:1]:
            if run.config is not None:
                self.locate_wanted.emit(run.path, run.config.data)

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
    def sweep_selected(self) -> None:
        """Vary a setting of the selected run."""
        for run in self.table.selected_runs()[:1]:
            if run.config is not None:
                self.sweep_wanted.emit(run.config)

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
            self.table.choose([new], new)
