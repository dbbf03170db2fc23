"""What a duel asks while it is shown: one image through both models, and the path between the anchors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from latentexplorer.gui.panes.comparison.duel import DuelBoard
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import duel_tasks
from latentexplorer.gui.workers.run_tasks import Compared
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused
from latentexplorer.views.duel import Result

if TYPE_CHECKING:
    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.views.duel_strips import SameImage


class Dueling(QObject):
    """Keeps a board up with what is clicked and with the anchors of the open run.

    Attributes
    ----------
    compared : Compared or None
        The runs and their duel; None while something else is shown.
    """

    def __init__(self, pane: Pane, board: DuelBoard) -> None:
        super().__init__(pane)
        self._pane, self._board = pane, board
        self._session: Session | None = None
        self.compared: Compared | None = None
        self._position = -1

    def serve(self, session: Session) -> None:
        """Ask this session."""
        self._session = session
        session.selection.anchors_changed.connect(self._on_anchors)

    @property
    def found(self) -> Result | None:
        """The duel that is shown."""
        return self.compared.duel if self.compared is not None else None

    def show(self, compared: Compared) -> None:
        """Show a duel, and its first image through both."""
        assert compared.duel is not None
        self.compared, self._position = compared, -1
        self._board.show_result(compared.duel)
        self.select(int(compared.duel.pairs.codes[0].index[0]))

    def clear(self) -> None:
        """Something else is shown."""
        self.compared = None

    # -- one image ----------------------------------------------------------------------------------------------------

    def follow(self, position: int) -> None:
        """The current code is that of an image at this position of the first run; -1: of none, the last one stays."""
        if position >= 0:
            self.select(position)

    def select(self, position: int) -> None:
        """Ring an image on both maps, and decode it by both."""
        found = self.found
        row = found.pairs.row_of(position) if found is not None else -1
        if found is None or row < 0 or self._session is None:
            return
        self._board.mark(position)
        if position != self._position:
            self._position = position
            work = partial(duel_tasks.same, found, row)
            job = self._session.submit("Decoding by both models", work, "duel image", quick=True, of_run=False)
            job.succeeded.connect(partial(self._on_same, found, position))

    def _on_same(self, found: Result, position: int, image: SameImage) -> None:
        if position == self._position and self.found is not None and self.found.pairs is found.pairs:
            self._board.same.show_image(image, found.names)

    # -- the anchors --------------------------------------------------------------------------------------------------

    def ends(self, paths: Sequence[Path]) -> Settings:
        """The anchors of the open run where they are images of the first of some runs, as settings of a duel."""
        session = self._session
        if session is None or session.run is None or not session.explorable or not paths:
            return {}
        first = self.compared.runs.get(paths[0]) if self.compared is not None else None
        same = first is not None and first.info.fingerprint == session.run.info.fingerprint
        if not (same or session.is_open(paths[0])):
            return {}
        codes = {name: session.selection.anchors[which] for name, which in (("start", "A"), ("end", "B"))}
        return {
            name: f"{code.part}:{code.index}"
            for name, code in codes.items()
            if code is not None and code.part is not None and code.index is not None
        }

    @Slot()
    def _on_anchors(self) -> None:
        compared = self.compared
        if compared is None or self._session is None or not self._pane.seen:
            return
        ends = self.ends(compared.paths)
        if ends:
            work = partial(duel_tasks.restring, compared, ends)
            job = self._session.submit("Decoding paths", work, "duel path", quick=True, of_run=False)
            job.succeeded.connect(partial(self._on_strips, compared))

    def _on_strips(self, compared: Compared, found: Result | Refused) -> None:
        if compared is self.compared and not isinstance(found, Refused):
            self._board.show_strips(found)
