"""Whether pictures fade where their codes lie away from data: one choice for all panes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from latentexplorer.gui.session.session import Session
from latentexplorer.views.code_facts import QUICK, USUAL


class Fade(QObject):
    """The choice.

    Signals
    -------
    changed : ()
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.on = False

    def set_on(self, on: bool) -> None:
        """Fade, or show all pictures alike."""
        if on != self.on:
            self.on = on
            self.changed.emit()

    def limit(self, session: Session) -> int:
        """Training codes that others are compared with, fewer while a run trains; 0 where nothing fades."""
        return 0 if not self.on else QUICK if session.snapshots.following else USUAL


fade = Fade()
