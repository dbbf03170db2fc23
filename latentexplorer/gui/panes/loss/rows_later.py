"""When the rows of a history are drawn: those of a run that trains after what else its pictures bring, and once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.session import Session


class RowsLater(QObject):
    """Tells a pane when there are rows to be drawn; of a run that trains only where somebody sees them.

    A snapshot and the end of an epoch tell of the same rows, in one turn of the event loop with all other panes.

    Signals
    -------
    due : ()
        They are to be drawn now.
    """

    due = Signal()

    def __init__(self, session: Session, pane: Pane) -> None:
        super().__init__(pane)
        self._session, self._pane = session, pane
        self._missed = self._waits = False
        self._drawn: tuple[object, object, int] = (None, None, 0)
        session.history_changed.connect(self._on_rows)
        pane.seen_changed.connect(self._on_seen)

    @Slot()
    def _on_rows(self) -> None:
        session = self._session
        run, history, count = self._drawn
        same = run is session.run and history is session.history and count == len(session.history)
        if same and run is not None and not session.snapshots.following:
            # Another run was opened, and the pane has drawn it with its rows.
            return
        if session.preparing or not (session.snapshots.following and session.training.active):
            self.due.emit()
        elif not self._waits:
            self._waits = True
            session.decoder.turns.put(self._on_turn)

    def _on_turn(self) -> None:
        if not self._waits:
            return
        self._waits = False
        if self._pane.seen:
            self.due.emit()
        else:
            self._missed = True

    @Slot()
    def _on_seen(self) -> None:
        if self._pane.seen and self._missed:
            self.due.emit()

    def put_off(self) -> bool:
        """Whether nobody sees the pane: it draws nothing, and is told again when somebody does."""
        self._missed = not self._pane.seen
        return self._missed

    def drawn(self) -> None:
        """All rows that there are have been drawn."""
        self._missed = self._waits = False
        self._drawn = self._session.run, self._session.history, len(self._session.history)
