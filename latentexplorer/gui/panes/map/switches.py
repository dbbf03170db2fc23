"""What the map shows besides its points, as a person wants it: remembered between starts."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from latentexplorer.gui.session.window_settings import Settings

TEXTS = {
    "map_names": "Write class names at their points",
    "map_pictures": "Show pictures when zoomed in",
    "map_glimpses": "Decode under the mouse",
}


class MapSwitches(QObject):
    """Entries of the map's menu.

    Signals
    -------
    changed : ()
    """

    changed = Signal()

    def __init__(self, menu: QMenu) -> None:
        super().__init__(menu)
        kept = Settings()
        self._actions = {}
        for key, text in TEXTS.items():
            action = QAction(text, self)
            action.setCheckable(True)
            action.setChecked(kept[key] is not False)
            action.setObjectName(key)
            action.toggled.connect(self.changed)
            action.triggered.connect(self._keep)
            menu.addAction(action)
            self._actions[key] = action

    def on(self, key: str) -> bool:
        """Whether `map_names`, `map_pictures` or `map_glimpses` is wanted."""
        return self._actions[key].isChecked()

    def set_names(self, on: bool) -> None:
        """As a figure that is brought back has it; it is not remembered."""
        self._actions["map_names"].setChecked(on)

    @Slot()
    def _keep(self) -> None:
        kept = Settings()
        for key, action in self._actions.items():
            kept[key] = action.isChecked()
