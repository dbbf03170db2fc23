"""Tab bars that Qt leaves behind are hidden, and the names in the others are whole.

Where two or more places of a window have tabs, QMainWindow makes a tab bar too many for each time it lays them out
anew, keeps it for ever, and shows it where it once was: it is seen in the gaps between the docks, and reached by Tab.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

LATER_MS = 400
"""By then docks that glide into their places have come there."""


class StrayTabs(QObject):
    """Looks as soon as the docks have changed, so that none is seen meanwhile, and again when all have come to rest.

    Signals
    -------
    pressed : (QWidget)
        A tab is: what stands in its dock.
    """

    pressed = Signal(QWidget)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._heard: list[QTabBar] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER_MS)
        self._later.timeout.connect(self.look)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.look)
        window.installEventFilter(self)
        for dock in window.findChildren(QDockWidget):
            for signal in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                signal.connect(self.look_later)

    @Slot()
    def look_later(self) -> None:
        """Look after the docks have been laid out, and when they have come to rest."""
        if self._window.isVisible():
            self._soon.start()
            self._later.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self.look_later()
        elif event.type() == QEvent.Type.Hide:
            self._soon.stop()
            self._later.stop()
        return False

    @Slot()
    def look(self) -> None:
        """Show the tab bars that stand above a dock, hide the others."""
        window = self._window
        if not window.isVisible():
            return
        docks = [dock for dock in window.findChildren(QDockWidget) if dock.isVisible() and not dock.isFloating()]
        for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            place = bar.geometry()
            stands = any(
                abs(dock.geometry().top() - place.bottom() - 1) <= 1 and abs(dock.geometry().left() - place.left()) <= 1
                for dock in docks
            )
            bar.setVisible(stands and bar.count() > 1)
            # Names are whole; where many panes share a little room, they are scrolled.
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)
            if bar not in self._heard:
                self._heard.append(bar)
                bar.tabBarClicked.connect(self._on_pressed)

    @Slot(int)
    def _on_pressed(self, at: int) -> None:
        bar = self.sender()
        assert isinstance(bar, QTabBar)
        named = (dock for dock in self._window.findChildren(QDockWidget) if dock.windowTitle() == bar.tabText(at))
        if at >= 0 and (dock := next(named, None)) is not None and dock.widget() is not None:
            self.pressed.emit(dock.widget())
