"""The frame: it puts panes, toolbar, banners and status bar together. Nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QMenu, QTabWidget, QToolBar, QVBoxLayout, QWidget

from latentexplorer.gui.lessons.teacher import Teacher
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.map.pane import MapPane
from latentexplorer.gui.panes.table import PANES
from latentexplorer.gui.panes.training.pane import TrainingPane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import LOADING
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.offer import KNOWN_AS
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.window import keyboard
from latentexplorer.gui.window.actions import Actions
from latentexplorer.gui.window.arrangement import Arrangement, WorkspaceBar
from latentexplorer.gui.window.banners import FailureBanner, HintBanner
from latentexplorer.gui.window.close import Closing
from latentexplorer.gui.window.commands import Commands
from latentexplorer.gui.window.comparing import Comparing
from latentexplorer.gui.window.docks import Dock, Docks
from latentexplorer.gui.window.exploring import Exploring
from latentexplorer.gui.window.exporting import Exporting, ExportingAll
from latentexplorer.gui.window.first_place import FirstPlace
from latentexplorer.gui.window.guide import OpenGuide
from latentexplorer.gui.window.missing_images import MissingBanner
from latentexplorer.gui.window.new_run import NewRun
from latentexplorer.gui.window.noticing import Noticing
from latentexplorer.gui.window.open_path import Opener
from latentexplorer.gui.window.own_images import OwnImages
from latentexplorer.gui.window.status_bar import StatusBar
from latentexplorer.gui.window.sweeping import Sweeps, SweepStatus
from latentexplorer.gui.window.tab_bars import StrayTabs
from latentexplorer.gui.window.time_machine import TimeMachine
from latentexplorer.gui.window.toolbar import RunStrip
from latentexplorer.gui.window.undoing import Undoing
from latentexplorer.gui.window.workspaces import LEARNING, TRAIN, Workspace


class MainWindow(QMainWindow):
    """The window. `painted` is signalled once, after it was first drawn."""

    painted = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.panes: dict[str, Pane] = {}
        self._docks = Docks(self)
        self.docks = self._docks.by_name
        self.pane_actions: list[QAction] = []
        self._painted = False
        self.setObjectName("main_window")
        self.setWindowTitle("latentexplorer")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setAcceptDrops(True)
        self.setContentsMargins(SPACE, 0, SPACE, 0)
        picture_style.set_smooth(bool(settings["smooth"]))
        fade.set_on(bool(settings["fade"]))

        self.commands = Commands(self, session, settings, self.panes)
        self.commands.pane_wanted.connect(self.show_pane)
        self.commands.path_chosen.connect(self.open_path)
        self.commands.images_wanted.connect(self.open_sheet)
        self.commands.area_wanted.connect(self.next_area)
        self.commands.layout_unwanted.connect(self.reset_layout)
        self.commands.end_wanted.connect(self.close)
        self.actions_table = Actions(self, session, self.commands)
        self.undoing = Undoing(session, self.actions_table, self)
        with theme.undressed():
            self.menus = self.actions_table.fill(self.menuBar())
            self._build_top()
            self._build_panes()
        FirstPlace(self, settings.bytes("geometry"))
        self._build_workspaces()
        self.undoing.serve(self)
        self._build_notices()
        self.guide = OpenGuide(self)
        self.commands.lesson_wanted.connect(self.teacher.begin)
        self.teacher.begun.connect(partial(self.hint.set_wanted, False))
        self.teacher.workspace_wanted.connect(self.arrangement.choose)
        self.teacher.pane_wanted.connect(self.show_pane)
        self.teacher.filled_in.connect(self._docks.drawing.later)
        self.closing = Closing(self, session)
        self.stray_tabs = StrayTabs(self)
        self.stray_tabs.pressed.connect(self.commands.note_use)
        self.comparing = Comparing(session, self.panes, self.show_pane, self)
        self.sweeps = Sweeps(session, self.panes, self.show_pane, self)
        self.commands.sweep_wanted.connect(self.sweeps.ask)
        self.opener = Opener(session, self.panes, self.show_pane, self)
        self.own_images = OwnImages(self, session, settings)
        self.own_images.form_set.connect(self.show_form)
        self.new_run = NewRun(self, session, settings, self.own_images)
        self.new_run.form_set.connect(self.show_form)
        self.new_run.lesson_wanted.connect(self.teacher.begin)
        for asking in (self.commands, self.comparing):
            asking.new_run_wanted.connect(self.new_run.choose)
        self.exploring = Exploring(session, self._docks, self)
        self.exploring.paths_found.connect(self.opener.open)
        self.exploring.train_wanted.connect(self.open_sheet)
        self.opener.images_found.connect(self.exploring.ask)
        self.opener.sweep_found.connect(self.sweeps.show_sweep)
        self.commands.explore_wanted.connect(self.exploring.do)
        status = StatusBar(session)
        self.setStatusBar(status)
        status.insertPermanentWidget(1, SweepStatus(session))
        self.exporting_all = ExportingAll(session, self.panes, self)
        self.exporting_all.written.connect(status.tell_written)
        self.commands.export_all_wanted.connect(self.exporting_all.ask)
        self.commands.report_wanted.connect(self.exporting_all.ask_report)
        self.commands.offer(self.actions_table.by_id, self.pane_actions)
        session.failed.connect(self.failure.tell)
        session.failed.connect(self._on_failed)
        session.training.state_changed.connect(self.failure.on_training)
        session.training.state_changed.connect(self._on_training)
        self.failure.remedy_wanted.connect(session.training.start_with)
        session.selection.images_wanted.connect(self.show_gallery)
        session.dimensions.strips_wanted.connect(partial(self.show_pane, "traversal"))
        session.attributes.pane_wanted.connect(partial(self.show_pane, "attributes"))
        session.run_changed.connect(self._on_run)
        session.preparing_changed.connect(self._show_title)
        session.epochs.changed.connect(self._show_title)
        session.run_saved.connect(self._on_saved)
        self.arrangement.announce()

    # -- building -------------------------------------------------------------------------------------------------

    def _build_top(self) -> None:
        bar = QToolBar("Run")
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.toggleViewAction().setEnabled(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        top = QWidget()
        rows = QVBoxLayout(top)
        rows.setContentsMargins(0, 0, 0, SPACE // 2)
        rows.setSpacing(SPACE // 2)
        self.strip = RunStrip(self.session, self.actions_table)
        self.failure = FailureBanner()
        self.missing_images = MissingBanner(self.session, self.failure)
        self.missing_images.locate.clicked.connect(self.commands.locate_images)
        self.teacher = Teacher(self.session, self)
        self.time_machine = TimeMachine(self.session)
        self.time_machine.setting_wanted.connect(self.show_setting)
        self.time_machine.shown.connect(self.actions_table["time_machine"].setChecked)
        self.commands.time_machine_wanted.connect(self.time_machine.set_on)
        others = (self.time_machine, self.failure, self.missing_images, self.teacher.strip)
        self.hint = HintBanner(others)
        for widget in (self.strip, *others, self.hint):
            rows.addWidget(widget)
        self.hint.set_wanted(not self.settings["hints_closed"])
        self.hint.closed.connect(self._on_hint_closed)
        bar.addWidget(top)
        self.top, self.bar = top, bar
        self.addToolBar(bar)

    def _build_panes(self) -> None:
        view = self.menus["View"]
        # All in one menu would be higher than a small screen, and stand in two columns.
        menu = QMenu("Panes", view)
        menu.setObjectName("menu_panes")
        view.insertMenu(view.actions()[0], menu)
        for entry in PANES:
            pane: Pane = PANES.load(entry.name)()
            pane.bind(self.session)
            if isinstance(pane, TrainingPane):
                pane.images_wanted.connect(self.open_sheet)
            elif isinstance(pane, MapPane):
                self.time_machine.map_settings = pane.over_epochs.laid_out
            Exporting(pane)
            pane.header.pressed.connect(partial(self.commands.note_use, pane))
            dock = self._docks.add(entry, pane)
            go = QAction(f"{entry.title} pane", self)
            go.setToolTip("Bring it to the front and the keyboard into it")
            go.setProperty(KNOWN_AS, entry.known_as)
            go.triggered.connect(dock.bring_forward)
            self.pane_actions.append(go)
            self.panes[entry.name] = pane
            menu.addAction(dock.toggleViewAction())

    def _build_workspaces(self) -> None:
        self.workspaces = WorkspaceBar()
        self.arrangement = Arrangement(self._docks, self.panes, self.settings, self)
        self.arrangement.changed.connect(self.workspaces.show_workspace)
        self.arrangement.changed.connect(self._on_workspace)
        self.arrangement.changed.connect(self.commands.say_what_is_exported)
        self.workspaces.chosen.connect(self.arrangement.choose)
        self.commands.workspace_wanted.connect(self.arrangement.choose)
        self.commands.fill_wanted.connect(self._on_fill)
        self._escape = QShortcut(QKeySequence("Esc"), self, self._on_escape)
        self._docks.filled_changed.connect(self._on_filled)
        self._docks.filled_changed.connect(self.commands.on_filled)
        if self.menuBar().isNativeMenuBar():
            self.bar.addWidget(self.workspaces)
        else:
            self.menuBar().setCornerWidget(self.workspaces)

    def _build_notices(self) -> None:
        self.noticing = Noticing(self.session, self.settings, self.panes, self)
        self.noticing.setting_wanted.connect(self.show_setting)
        self.arrangement.changed.connect(self.noticing.on_workspace)
        self.commands.notices_wanted.connect(self.noticing.bring_back)

    # -- layout ---------------------------------------------------------------------------------------------------

    @Slot()
    def reset_layout(self) -> None:
        """The workspace in force as it was at first."""
        self.arrangement.reset()
        self.stray_tabs.look_later()

    @Slot(object)
    def _on_workspace(self, workspace: Workspace) -> None:
        self.bar.setVisible(not workspace.bare)
        self.statusBar().setVisible(not workspace.bare)
        # Without a bar below them the panes keep the same distance from that edge as from the others.
        self.setContentsMargins(SPACE, 0, SPACE, SPACE if workspace.bare else 0)
        self._on_filled()

    @Slot()
    def _on_filled(self) -> None:
        """Esc leads back where there is something to come back from, and is left alone where there is not."""
        self._escape.setEnabled(bool(self._docks.filled) or self.arrangement.workspace.bare)

    @Slot()
    def _on_escape(self) -> None:
        if self._docks.filled:
            self._docks.unfill()
        else:
            self.arrangement.leave_stage()

    @Slot()
    def _on_fill(self) -> None:
        """The pane that has the keyboard, or had it last, fills the window, or makes room again."""
        inside, used = keyboard.within(self._docks.areas()), self.commands.pane_in_use()
        # What had the keyboard may be hidden by what was begun with it, as the ends of a path are by their race.
        last = next((name for name, pane in self.panes.items() if pane is used), "")
        name = next((name for name, dock in self.docks.items() if dock is inside), self._docks.filled or last)
        if name:
            self._docks.fill_or_back(name)

    @Slot()
    def show_form(self) -> None:
        """The settings of the next run, in the workspace that has room for them where this one has not."""
        if not self.panes["training"].seen:
            self.arrangement.choose(TRAIN)
        self.show_pane("training")

    @Slot(str)
    def _on_training(self, state: str) -> None:
        """A new run is seen while it learns: where nothing here shows it, the workspace that does comes."""
        if state == LOADING:
            # Whoever trains has found what it tells, and the button that it names says something else now.
            self.hint.set_wanted(False)
        seen = any(self.panes[name].seen for name in LEARNING)
        if state == LOADING and self.session.training.new and not seen and not self._docks.filled:
            before = self.arrangement.workspace
            self.arrangement.choose(TRAIN)
            self.session.message.emit("info", f"Training is shown here; {before.key} leads back to {before.title}")

    @Slot()
    def show_gallery(self) -> None:
        """The selected images, which somebody wants to see."""
        self.show_pane("gallery")

    @Slot(str)
    def show_setting(self, key: str) -> None:
        """A setting of the next run, with the keyboard in it."""
        self.show_form()
        form = self.panes["training"]
        assert isinstance(form, TrainingPane)
        form.show_field(key)

    @Slot(str)
    def show_pane(self, name: str) -> None:
        """Bring a pane to the front and the keyboard into it."""
        self.docks[name].bring_forward()

    # -- the keyboard -----------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        return keyboard.step(self, forward)

    @Slot(bool)
    def next_area(self, forward: bool = True) -> None:
        """Give the keyboard to the next pane that is seen, or the toolbar; floating panes come last."""
        areas = [area for area in (self.top, *self._docks.areas()) if keyboard.has_stop(area)]
        here = keyboard.within(areas)
        at = areas.index(here) + (1 if forward else -1) if here is not None else 0
        area = areas[at % len(areas)]
        area.activateWindow()
        inside = area.widget() if isinstance(area, Dock) else area
        keyboard.enter(inside if keyboard.has_stop(inside) else area)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.arrangement.first_size()
            QTimer.singleShot(0, self, self.painted.emit)

    # -- what the session says ------------------------------------------------------------------------------------

    @Slot()
    def _on_run(self) -> None:
        run = self.session.shown
        self.hint.show_run(True)
        self._show_title()
        if run.path is not None and not self.session.snapshots.following:
            self.settings["last_run"] = str(run.path)

    @Slot()
    def _on_failed(self) -> None:
        self.hint.show_run(self.session.run is not None)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.settings["last_run"] = str(path)
        if self.session.run is not None and self.session.shown.path == path:
            self._show_title()

    @Slot()
    def _show_title(self) -> None:
        name = self.session.title
        past = f" ({self.session.epochs.words})" if self.session.epochs.words else ""
        self.setWindowTitle(f"{name}{past} – latentexplorer" if name else "latentexplorer")

    @Slot()
    def _on_hint_closed(self) -> None:
        self.settings["hints_closed"] = True

    # -- drops ----------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.exploring.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self.exploring.take(event.mimeData()):
            event.acceptProposedAction()

    @Slot()
    @Slot(object)
    def open_sheet(self, paths: Sequence[Path] = ()) -> None:
        """Show what is in a person's images, at one or several paths, and what a training would make of them."""
        self.own_images.open_sheet(paths)

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a run, an exported figure, images or settings."""
        self.opener.open([path])

    # -- the end --------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session.busy:
            event.ignore()
            self.closing.ask()
            return
        self.settings.set_bytes("geometry", self.saveGeometry())
        self.arrangement.keep()
        self.session.shutdown()
        super().closeEvent(event)

    @Slot()
    def stop_and_close(self) -> None:
        """Stop what is under way, then close."""
        self.closing.finish()
