"""Which run the window shows, how far its history goes, and whether a new one is prepared that will take its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.core.history import History

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


ROWS_EVERY_MS = 300
"""Rows of quick epochs are told together: each would have curves drawn and sentences asked for."""


class ShownRun(QObject):
    """A run that is shown, and a new one that is prepared: of that there is nothing to see yet but its history.

    Attributes
    ----------
    run : Trained or None
        The open run, or the newest snapshot of the one that trains. While a new one is prepared still the one before
        it, which comes back if nothing becomes of the new one; until then it is not shown.
    history : History
        One row an epoch, ahead of the last snapshot while training.
    preparing : bool
        Whether a new run is begun, of which there is nothing to see yet.

    Signals
    -------
    preparing_changed, history_changed : ()
    """

    preparing_changed = Signal()
    history_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Trained | None = None
        self.history = History()
        self.preparing = False
        self._more_rows = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(ROWS_EVERY_MS)
        self._rest.timeout.connect(self._on_rested)

    @property
    def explorable(self) -> bool:
        """Whether a run is shown, with which something can be done."""
        return self.run is not None and not self.preparing

    def is_open(self, path: Path | None) -> bool:
        """Whether the run of a folder is the one that is shown."""
        return self.run is not None and self.run.path is not None and self.run.path == path

    # -- runs ------------------------------------------------------------------------------------------------------

    def show_other(self, run: Trained, ahead: bool) -> None:
        """Another run is shown, or what there is to see of the one that was prepared. Its history is told of later.

        Parameters
        ----------
        ahead : bool
            Whether the history that is known is that of this run, and goes further than the run's own.
        """
        self.run = run
        if not ahead:
            self.history = run.history
        self._set_preparing(False)

    def show_newer(self, run: Trained, ahead: bool) -> None:
        """Another state of the shown run. Its history is told of later; `ahead` as in `show_other`."""
        self.run = run
        if not ahead:
            self.history = run.history

    # -- a new run -------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """A new run is begun."""
        self.history = History()
        self._set_preparing(True)
        self.history_changed.emit()

    def begin_rows(self) -> None:
        """Rows of a training follow: of the one that is prepared, or of one that goes on with the shown run."""
        self.see_rows(History(() if self.preparing or self.run is None else self.run.history))

    def give_up(self) -> None:
        """Nothing has become of what was prepared: the run before it is shown again."""
        if self.run is not None:
            self.history = self.run.history
        self._set_preparing(False)
        self.history_changed.emit()

    # -- its history -----------------------------------------------------------------------------------------------

    def add_row(self, row: dict[str, float]) -> None:
        """An epoch is done. It is told at once, or with those that follow it soon."""
        self.history.append(row)
        if self._rest.isActive():
            self._more_rows = True
            return
        self._rest.start()
        self.history_changed.emit()

    @Slot()
    def _on_rested(self) -> None:
        if self._more_rows:
            self._more_rows = False
            self._rest.start()
            self.history_changed.emit()

    def see_rows(self, history: History) -> None:
        """Other rows than those that were known."""
        self.history = history
        self.history_changed.emit()

    def _set_preparing(self, preparing: bool) -> None:
        if preparing != self.preparing:
            self.preparing = preparing
            self.preparing_changed.emit()
