"""Each pane keeps its share of the room when the room changes.

Left alone, Qt gives what a window grows by to one pane and leaves the others as they were on the small screen.
"""

from __future__ import annotations

import json
from contextlib import suppress

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QToolBar

from latentexplorer.core.outside_json import parsed
from latentexplorer.gui.window.docks import Docks
from latentexplorer.gui.window.workspaces import Split

DIRECTLY = Qt.FindChildOption.FindDirectChildrenOnly


class Shares(QObject):
    """Follows the room between the bars. Until a person moves an edge the workspace says who gets what of it.

    Attributes
    ----------
    by_name : dict of str to (float, float)
        Width and height of a dock as a part of the room, once a person has moved an edge; empty before.
    """

    def __init__(self, window: QMainWindow, docks: Docks) -> None:
        super().__init__(window)
        self._window, self._docks = window, docks
        self._root: Split | None = None
        self._room = QSize()
        self.by_name: dict[str, tuple[float, float]] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._look)
        window.installEventFilter(self)
        docks.filled_changed.connect(self._look)
        for dock in docks.by_name.values():
            dock.resized.connect(self._on_resized)
            dock.visibilityChanged.connect(self._on_moved)
            dock.topLevelChanged.connect(self._on_floating)

    def begin(self, root: Split, kept: str = "") -> None:
        """The docks stand anew, as a workspace has them; `kept` is what `as_text` gave when it was left."""
        self._root, self.by_name = root, _read(kept)
        self._room = self._now()
        self._apply()

    def as_text(self) -> str:
        """What a person has made of the shares; "" where the workspace's own are in force."""
        return json.dumps(self.by_name) if self.by_name else ""

    def _now(self) -> QSize:
        """The room between the bars."""
        window = self._window
        bars = [window.menuBar(), window.statusBar(), *window.findChildren(QToolBar, options=DIRECTLY)]
        inside = window.contentsRect()
        return QSize(inside.width(), inside.height() - sum(bar.height() for bar in bars if not bar.isHidden()))

    @Slot()
    def _look(self) -> None:
        """Share the room out again where it has changed."""
        room = self._now()
        shown = self._window.isVisible() and not self._docks.moving
        if room != self._room and not self._docks.filled and shown:
            self._room = room
            self._apply()

    def _apply(self) -> None:
        if not self.by_name:
            if self._root is not None:
                self._docks.size(self._root, self._room)
            return
        docks = {name: self._docks.by_name[name] for name in self._docks.front if name in self.by_name}
        # What was measured while another pane had all of the room is nothing of a small one, which Qt refuses.
        across = [max(round(self.by_name[name][0] * self._room.width()), 1) for name in docks]
        down = [max(round(self.by_name[name][1] * self._room.height()), 1) for name in docks]
        self._window.resizeDocks(list(docks.values()), across, Qt.Orientation.Horizontal)
        self._window.resizeDocks(list(docks.values()), down, Qt.Orientation.Vertical)

    @Slot()
    def _on_resized(self) -> None:
        if self._now() != self._room:
            self._later.start()
        elif QApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._measure()

    @Slot()
    def _on_moved(self) -> None:
        """Another pane is in front, or one is gone: what it leaves belongs to those beside it."""
        if not self.by_name or self._docks.moving:
            return
        afloat = any(dock.isFloating() for dock in self._docks.by_name.values())
        if self._now() == self._room and not afloat:
            self._measure()

    @Slot(bool)
    def _on_floating(self, floating: bool) -> None:
        """A pane that comes back has the room that it had."""
        if not floating:
            self._room = QSize()
            self._later.start()

    def _measure(self) -> None:
        if self._docks.filled:
            return
        width, height = max(self._room.width(), 1), max(self._room.height(), 1)
        for name in self._docks.front:
            dock = self._docks.by_name[name]
            self.by_name[name] = (dock.width() / width, dock.height() / height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self._look()
        elif event.type() == QEvent.Type.Hide:
            self._later.stop()
        return False


def _read(text: str) -> dict[str, tuple[float, float]]:
    """Shares from what was kept; none where that is damaged."""
    with suppress(ValueError, TypeError, AttributeError, OverflowError):
        found = {str(name): (float(across), float(down)) for name, (across, down) in parsed(text).items()}
        if all(0 < part <= 1 for both in found.values() for part in both):
            return found
    return {}
