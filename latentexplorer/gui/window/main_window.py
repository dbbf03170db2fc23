"""The frame: it places panes, toolbar, banners and status bar, and remembers the layout. Nothing more."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QTabBar, QTabWidget, QToolBar, QVBoxLayout, QWidget

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.table import BOTTOM, PANES, TOP
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.pictures import picture_style
from latentexplorer.gui.window import keyboard
from latentexplorer.gui.window.actions import Actions
from latentexplorer.gui.window.close import Closing
from latentexplorer.gui.window.commands import Commands
from latentexplorer.gui.window.exporting import Exporting
from latentexplorer.gui.window.frame import Frame
from latentexplorer.gui.window.open_path import Opener
from latentexplorer.gui.window.strips import FailureBanner, HintBanner, RunStrip, StatusStrip
from latentexplorer.gui.window.tab_bars import StrayTabs

LAYOUT_VERSION = 1


class Dock(QDockWidget):
    """A pane's place. Afloat it is a window of its own, which Tab does not leave; F6 does."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        return keyboard.step(self, forward) if self.isFloating() else super().focusNextPrevChild(forward)

    def float_or_dock(self) -> None:
        """Make it a window of its own, or put it back where it was."""
        self.setFloating(not self.isFloating())
        self.show()
        self.activateWindow()


class MainWindow(Frame):
    """The window. `painted` is signalled once, after it was first drawn."""

    painted = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.panes: dict[str, Pane] = {}
        self.docks: dict[str, Dock] = {}
        self.pane_actions: list[QAction] = []
        self._painted = False
        self.setObjectName("main_window")
        self.setWindowTitle("latentexplorer")
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setAcceptDrops(True)
        self.setContentsMargins(SPACE, 0, SPACE, 0)
        picture_style.set_smooth(bool(settings["smooth"]))

        self.commands = Commands(self)
        self.actions_table = Actions(self, session, self.commands)
        self.menus = self.actions_table.fill(self.menuBar())
        self._build_top()
        self._build_panes()
        self.closing = Closing(self, session)
        self.stray_tabs = StrayTabs(self)
        self.opener = Opener(session, self.panes, self.show_pane, self)
        self.setStatusBar(StatusStrip(session))
        self.commands.show_choices()
        session.failed.connect(self.failure.tell)
        session.run_changed.connect(self._on_run)
        session.run_saved.connect(self._on_saved)
        self._first_state = self.saveState(LAYOUT_VERSION)
        self._restore()

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
        self.hint = HintBanner()
        self.failure = FailureBanner()
        for widget in (self.strip, self.failure, self.hint):
            rows.addWidget(widget)
        self.hint.setVisible(not self.settings["hints_closed"])
        self.hint.closed.connect(self._on_hint_closed)
        bar.addWidget(top)
        self.top = top
        self.addToolBar(bar)

    def _build_panes(self) -> None:
        # Docks only: what would be the middle takes no room.
        middle = QWidget()
        middle.setFixedSize(0, 0)
        self.setCentralWidget(middle)
        middle.hide()
        view = self.menus["View"]
        first = view.actions()[0]
        for entry in PANES:
            pane: Pane = PANES.load(entry.name)()
            pane.bind(self.session)
            Exporting(pane)
            dock = Dock(entry.title)
            dock.setObjectName(f"{entry.name}_dock")
            dock.setWidget(pane)
            dock.setTitleBarWidget(pane.header)
            dock.visibilityChanged.connect(self._name_panes)
            dock.topLevelChanged.connect(self._name_panes)
            pane.menu.addSeparator()
            pane.add_menu_action("Float or dock", dock.float_or_dock)
            pane.add_menu_action("Close pane", dock.close)
            go = QAction(f"{entry.title} pane", self)
            go.setToolTip("Bring it to the front and the keyboard into it")
            go.setData(entry.name)
            go.triggered.connect(self._on_go)
            self.pane_actions.append(go)
            self.panes[entry.name], self.docks[entry.name] = pane, dock
            view.insertAction(first, dock.toggleViewAction())
        self._place()

    def _place(self) -> None:
        areas = {TOP: Qt.DockWidgetArea.TopDockWidgetArea, BOTTOM: Qt.DockWidgetArea.BottomDockWidgetArea}
        for row, area in areas.items():
            before: Dock | None = None
            for entry in PANES:
                if entry.row != row or entry.over:
                    continue
                dock = self.docks[entry.name]
                self.addDockWidget(area, dock, Qt.Orientation.Horizontal)
                if before is not None:
                    self.splitDockWidget(before, dock, Qt.Orientation.Horizontal)
                before = dock
        for entry in PANES:
            if entry.over:
                self.addDockWidget(areas[entry.row], self.docks[entry.name])
                self.tabifyDockWidget(self.docks[entry.over], self.docks[entry.name])
        for entry in PANES:
            if not entry.over:
                self.docks[entry.name].raise_()

    @Slot()
    def _name_panes(self) -> None:
        """A pane whose name stands on a tab does not say it again."""
        for name, dock in self.docks.items():
            beside = [other for other in self.tabifiedDockWidgets(dock) if not other.isHidden()]
            self.panes[name].header.title.setVisible(not beside)
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName("Panes that share a place")

    def _size_panes(self) -> None:
        """Widths by the table, two thirds of the height for the top row."""
        for row in (TOP, BOTTOM):
            placed = [entry for entry in PANES if entry.row == row and not entry.over]
            docks = [self.docks[entry.name] for entry in placed]
            self.resizeDocks(docks, [entry.width for entry in placed], Qt.Orientation.Horizontal)
        first = [next(entry for entry in PANES if entry.row == row) for row in (TOP, BOTTOM)]
        self.resizeDocks([self.docks[entry.name] for entry in first], [500, 210], Qt.Orientation.Vertical)

    # -- layout ---------------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        geometry: QByteArray = self.settings.bytes("geometry")
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            screens = QGuiApplication.screens()
            room = screens[0].availableSize() if screens else QSize(1280, 800)
            self.resize(min(1440, room.width()), min(900, room.height()))
        layout = self.settings.bytes("layout")
        self._sized = not layout.isEmpty() and self.restoreState(layout, LAYOUT_VERSION)

    def reset_layout(self) -> None:
        """Every pane where it was at first."""
        for dock in self.docks.values():
            dock.setFloating(False)
            dock.show()
        self.restoreState(self._first_state, LAYOUT_VERSION)
        self._size_panes()
        self.stray_tabs.look_later()

    def show_pane(self, name: str) -> None:
        """Bring a pane to the front and the keyboard into it."""
        self.docks[name].show()
        self.docks[name].raise_()
        if self.docks[name].isFloating():
            self.docks[name].activateWindow()
        self.panes[name].take_keyboard()

    @Slot()
    def _on_go(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.show_pane(action.data())

    # -- the keyboard -----------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        return keyboard.step(self, forward)

    def next_area(self, forward: bool = True) -> None:
        """Give the keyboard to the next pane that is seen, or the toolbar; floating panes come last."""
        docked = [dock for dock in self.docks.values() if not dock.isFloating() and self._seen(dock)]
        order = keyboard.reading_order([dock.geometry() for dock in docked])
        afloat = [dock for dock in self.docks.values() if dock.isFloating() and not dock.isHidden()]
        areas = [area for area in (self.top, *(docked[at] for at in order), *afloat) if keyboard.stops(area)]
        here = keyboard.within(areas)
        at = areas.index(here) + (1 if forward else -1) if here is not None else 0
        area = areas[at % len(areas)]
        area.activateWindow()
        inside = area.widget() if isinstance(area, Dock) else area
        keyboard.enter(inside if keyboard.stops(inside) else area)

    def _seen(self, dock: Dock) -> bool:
        """Whether a dock is there and not behind the tab of another one."""
        return not dock.isHidden() and dock.geometry().intersects(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            if not self._sized:
                self._size_panes()
            QTimer.singleShot(0, self, self.painted.emit)

    # -- what the session says ------------------------------------------------------------------------------------

    @Slot()
    def _on_run(self) -> None:
        run = self.session.shown
        self.setWindowTitle(f"{run.name} – latentexplorer")
        if run.path is not None and not self.session.snapshots.following:
            self.settings["last_run"] = str(run.path)

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.settings["last_run"] = str(path)
        if self.session.run is not None and self.session.shown.path == path:
            self.setWindowTitle(f"{path.name} – latentexplorer")

    @Slot()
    def _on_hint_closed(self) -> None:
        self.settings["hints_closed"] = True

    # -- drops ----------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_path(paths[0])

    def open_path(self, path: Path) -> None:
        """Open what was dropped: a run, an exported figure, images or settings."""
        self.opener.open(path)

    # -- the end --------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session.busy:
            event.ignore()
            self.closing.ask()
            return
        self.settings.set_bytes("geometry", self.saveGeometry())
        self.settings.set_bytes("layout", self.saveState(LAYOUT_VERSION))
        self.session.shutdown()
        super().closeEvent(event)

    @Slot()
    def stop_and_close(self) -> None:
        """Stop what is under way, then close."""
        self.closing.finish()
