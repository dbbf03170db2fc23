"""What a duel asks while it is shown: one image through both models, and the path between the anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from latentexplorer.gui.panes.comparison.duel import DuelBoard
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import duel_tasks
from latentexplorer.gui.workers.run_tasks import Compared
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Part, Refused
from latentexplorer.views.duel import Result
from latentexplorer.views.duel import Settings as DuelSettings

if TYPE_CHECKING:
    from latentexplorer.gui.panes.base import Pane
    from latentexplorer.views.duel_plane import Plane
    from latentexplorer.views.duel_strips import End, SameImage


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
        self._third = ""
        """The image that the plane goes up to where a person has said so: `test:3`."""

    def serve(self, session: Session) -> None:
        """Ask this session."""
        self._session = session
        self._board.maps.serve(session.decoder.turns)
        session.selection.anchors_changed.connect(self._on_anchors)

    @property
    def found(self) -> Result | None:
        """The duel that is shown."""
        return self.compared.duel if self.compared is not None else None

    def show(self, compared: Compared) -> None:
        """Show a duel, and its first image through both."""
        assert compared.duel is not None
        self.compared, self._position = compared, -1
        self._board.anchored = self._knows_anchors(compared.paths)
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

    def take_up(self, position: int) -> None:
        """Let the plane go up to an image that was clicked, unless the path begins or ends there."""
        compared, found = self.compared, self.found
        row = found.pairs.row_of(position) if found is not None else -1
        if compared is None or row < 0 or self._session is None:
            return
        work = partial(duel_tasks.plane, compared, row)
        job = self._session.submit("Decoding planes", work, "duel plane", quick=True, of_run=False)
        job.succeeded.connect(partial(self._on_plane, compared))

    def _on_plane(self, compared: Compared, plane: Plane | None) -> None:
        found = self._still(compared)
        if found is not None and plane is not None and _picks(plane.corners[:2]) == _picks(found.ends):
            self._third = plane.corners[2].pick
            self._now(replace(found, plane=plane))
            self._board.plane.show_plane(plane, found.names)

    def _still(self, compared: Compared) -> Result | None:
        """The duel of these runs as it stands; None where others are shown by now."""
        return self.found if self.compared is not None and self.compared.runs is compared.runs else None

    def _now(self, found: Result) -> None:
        if self.compared is not None:
            self.compared = replace(self.compared, duel=found)

    def _on_same(self, found: Result, position: int, image: SameImage) -> None:
        if position == self._position and self.found is not None and self.found.pairs is found.pairs:
            self._board.same.show_image(image, found.names)

    # -- the anchors --------------------------------------------------------------------------------------------------

    def ends(self, paths: Sequence[Path]) -> Settings:
        """The anchors of the open run where they are images of the first of some runs, and the image that a plane
        goes up to, as settings of a duel.
        """
        session = self._session
        if session is None or not self._knows_anchors(paths):
            return {}
        codes = {name: session.selection.anchors[which] for name, which in (("start", "A"), ("end", "B"))}
        ends: Settings = {
            name: f"{code.part}:{code.index}"
            for name, code in codes.items()
            if code is not None and code.part is not None and code.index is not None
        }
        return ends | ({"third": self._third} if self._third else {})

    def _knows_anchors(self, paths: Sequence[Path]) -> bool:
        """Whether the images of the open run are those of the first of some runs."""
        session = self._session
        if session is None or session.run is None or not session.explorable or not paths:
            return False
        first = self.compared.runs.get(paths[0]) if self.compared is not None else None
        same = first is not None and first.info.fingerprint == session.run.info.fingerprint
        return same or session.is_open(paths[0])

    @property
    def picks(self) -> Settings:
        """Between which images the path goes, as settings of a duel; {} while there is none."""
        found = self.found
        if found is None:
            return {}
        third = {} if found.plane is None else {"third": found.plane.corners[2].pick}
        return {"start": found.ends[0].pick, "end": found.ends[1].pick, **third}

    def bring(self, given: DuelSettings) -> None:
        """Make the ends of a duel's path the anchors of the open run, which is the first of it."""
        if self._session is None:
            return
        self._third = given.third
        codes = {}
        for which, pick in (("A", given.start), ("B", given.end)):
            name, _, position = pick.partition(":")
            part: Part = "test" if name == "test" else "train"
            code = self._session.current.code_of(part, int(position)) if pick else None
            if code is not None:
                codes[which] = code
        if codes:
            self._session.selection.set_anchors(codes, "bringing a duel's path back")

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
        if self._still(compared) is not None and not isinstance(found, Refused):
            self._now(found)
            self._board.show_strips(found)


def _picks(ends: Sequence[End]) -> list[str]:
    return [end.pick for end in ends]


def left_out(names: Sequence[str]) -> list[str]:
    """What is said of runs beside the two that are seen."""
    if len(names) < 2:
        return [f"{name} is left out: choose above which two" for name in names]
    return [f"{len(names)} other runs are left out: choose above which two"]
