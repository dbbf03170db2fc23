"""What actions may ask of the window."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.window_settings import Settings


class Frame(QMainWindow):
    """The window as whoever is held by it knows it; `main_window.MainWindow` is the one there is.

    Attributes
    ----------
    panes : mapping of name to Pane
    pane_actions : list of QAction
        Go to a pane, one for each.
    actions_table : actions.Actions
    """

    session: Session
    settings: Settings
    panes: Mapping[str, Pane]
    pane_actions: list[QAction]
    actions_table: Any

    def show_pane(self, name: str) -> None:
        """Bring a pane to the front and the keyboard into it."""
        raise NotImplementedError

    def open_path(self, path: Path) -> None:
        """Open whatever is there."""
        raise NotImplementedError

    def next_area(self, forward: bool = True) -> None:
        """The keyboard to another part of the window."""
        raise NotImplementedError

    def reset_layout(self) -> None:
        """Every pane where it was at first."""
        raise NotImplementedError
