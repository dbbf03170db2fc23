"""Where the panes stand: one dock each, placed and sized by the panes' table."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.panes.table import BOTTOM, PANES, TOP, PaneEntry
from latentexplorer.gui.window import keyboard

AREAS = {TOP: Qt.DockWidgetArea.TopDockWidgetArea, BOTTOM: Qt.DockWidgetArea.BottomDockWidgetArea}
ROW_HEIGHTS = {TOP: 500, BOTTOM: 210}
"""Shares of the window's height."""


class Dock(QDockWidget):
    """A pane's place. Afloat it is a window of its own, which Tab does not leave; F6 does."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        return keyboard.step(self, forward) if self.isFloating() else super().focusNextPrevChild(forward)

    @Slot()
    def float_or_dock(self) -> None:
        """Make it a window of its own, or put it back where it was."""
        self.setFloating(not self.isFloating())
        self.show()
        self.activateWindow()

    @Slot()
    def bring_forward(self) -> None:
        """To the front, and the keyboard into its pane."""
        self.show()
        self.raise_()
        if self.isFloating():
            self.activateWindow()
        keyboard.enter(self.widget())


class Docks(QObject):
    """The docks of a window.

    Attributes
    ----------
    by_name : dict of name to Dock
        As the panes' table names them.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panes: dict[str, Pane] = {}
        self.by_name: dict[str, Dock] = {}
        # Docks only: what would be the middle takes no room.
        middle = QWidget()
        middle.setFixedSize(0, 0)
        window.setCentralWidget(middle)
        middle.hide()

    def add(self, entry: PaneEntry, pane: Pane) -> Dock:
        """A dock around a pane; `place` puts all of them into the window."""
        dock = Dock(entry.title)
        dock.setObjectName(f"{entry.name}_dock")
        dock.setWidget(pane)
        dock.setTitleBarWidget(pane.header)
        dock.visibilityChanged.connect(self._name_panes)
        dock.topLevelChanged.connect(self._name_panes)
        pane.menu.addSeparator()
        pane.add_menu_action("Float or dock", dock.float_or_dock)
        pane.add_menu_action("Close pane", dock.close)
        self._panes[entry.name], self.by_name[entry.name] = pane, dock
        return dock

    def show(self, name: str) -> None:
        """Bring a pane to the front; the keyboard stays where it is."""
        self.by_name[name].show()
        self.by_name[name].raise_()

    def place(self) -> None:
        """Rows from left to right, then what shares a place with another one, as its tab."""
        window = self._window
        for row, area in AREAS.items():
            before: Dock | None = None
            for entry in PANES:
                if entry.row != row or entry.over:
                    continue
                dock = self.by_name[entry.name]
                window.addDockWidget(area, dock, Qt.Orientation.Horizontal)
                if before is not None:
                    window.splitDockWidget(before, dock, Qt.Orientation.Horizontal)
                before = dock
        for entry in PANES:
            if entry.over:
                window.addDockWidget(AREAS[entry.row], self.by_name[entry.name])
                window.tabifyDockWidget(self.by_name[entry.over], self.by_name[entry.name])
        for entry in PANES:
            if not entry.over:
                self.by_name[entry.name].raise_()

    def size(self) -> None:
        """Widths by the table, heights by row."""
        for row in AREAS:
            placed = [entry for entry in PANES if entry.row == row and not entry.over]
            docks = [self.by_name[entry.name] for entry in placed]
            self._window.resizeDocks(docks, [entry.width for entry in placed], Qt.Orientation.Horizontal)
        first = [next(entry for entry in PANES if entry.row == row) for row in AREAS]
        docks = [self.by_name[entry.name] for entry in first]
        self._window.resizeDocks(docks, [ROW_HEIGHTS[row] for row in AREAS], Qt.Orientation.Vertical)

    def show_all(self) -> None:
        """Every pane in the window, none closed or afloat."""
        for dock in self.by_name.values():
            dock.setFloating(False)
            dock.show()

    def areas(self) -> list[QWidget]:
        """Docks that are seen, in reading order; floating ones come last."""
        docked = [dock for dock in self.by_name.values() if not dock.isFloating() and self._seen(dock)]
        order = keyboard.reading_order([dock.geometry() for dock in docked])
        afloat = [dock for dock in self.by_name.values() if dock.isFloating() and not dock.isHidden()]
        return [*(docked[at] for at in order), *afloat]

    def _seen(self, dock: Dock) -> bool:
        """Whether a dock is there and not behind the tab of another one."""
        return not dock.isHidden() and dock.geometry().intersects(self._window.rect())

    @Slot()
    def _name_panes(self) -> None:
        """A pane whose name stands on a tab does not say it again."""
        window = self._window
        for name, dock in self.by_name.items():
            beside = [other for other in window.tabifiedDockWidgets(dock) if not other.isHidden()]
            self._panes[name].header.title.setVisible(not beside)
        for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setAccessibleName("Panes that share a place")
