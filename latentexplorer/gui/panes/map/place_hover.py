"""The tip over empty places of the map: what would be decoded there, and what that is inferred from."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QTimer, Slot

from latentexplorer.gui.panes.map.tip import PointTip
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.views.base import Array
from latentexplorer.views.code_facts import QUICK, USUAL, shared_support
from latentexplorer.views.map_place import PlaceJudge

if TYPE_CHECKING:
    from latentexplorer.views.map import Result

REST = 6
"""While a run trains none is asked for so many times as long as the last one took: the cores are the training's."""
TOO_LONG_S = 0.25
"""A glimpse that takes so long beside a training is not worth what it takes from it: there are none then."""


class PlaceHover(QObject):
    """Asks for one glimpse at a time, when nothing else waits for the decoder; the newest place wins."""

    def __init__(self, tip: PointTip, session: Session, judge: PlaceJudge, parent: QObject) -> None:
        super().__init__(parent)
        self._tip, self._session, self._judge = tip, session, judge
        self._on = True
        self._place: tuple[float, float] | None = None
        self._at = QPointF()
        self._shown: tuple[float, float] | None = None
        self._what: tuple[Result, Array | None] | None = None
        self._took_s = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        session.decoder.rested.connect(self._ask)
        session.training.state_changed.connect(self._on_training)

    def show(self, result: Result, moving: Array | None, place: QPointF, at: QPointF) -> None:
        """The pointer is over a place of a map, `at` in the plot; `moving`: where its points are while they move."""
        if not self._on:
            return
        self._what, self._at = (result, moving), at
        self._place = (place.x(), place.y())
        self._ask()

    def set_on(self, on: bool) -> None:
        """Whether glimpses are wanted."""
        self._on = on
        self.hide()

    @Slot()
    def hide(self) -> None:
        """The pointer is elsewhere: what is under way is dropped."""
        self._place = self._what = None
        if self._shown is not None:
            self._shown = None
            self._tip.hide()

    @Slot(str)
    def _on_training(self, state: str) -> None:
        # What was too slow beside one training need not be beside another, or none.
        self._took_s = 0.0

    @property
    def paused(self) -> bool:
        """Whether the training that is under way leaves no time for it."""
        return self._session.training.active and self._took_s > TOO_LONG_S

    @Slot()
    def _ask(self) -> None:
        session = self._session
        # Busy with the one before, too: there is never more than one under way.
        waits = self._rest.isActive() or session.decoder.busy or self.paused
        if self._what is None or self._place is None or self._place == self._shown or waits or session.run is None:
            return
        result, moving = self._what
        code = session.current.code
        fits = code is not None and code.z.size == result.projection.codes.shape[1]
        base = code.z if code is not None and fits else None
        place = (result.projection, moving, self._place, base, self._judge)
        y = session.current.class_for(code.y if code is not None else None)
        limit = QUICK if session.snapshots.following else USUAL
        question = partial(map_tasks.glimpse, session.run, y, shared_support, limit, place)
        answer = partial(self._on_glimpse, self._place, time.perf_counter())
        session.decoder.ask_in_steps("map:glimpse", question, answer, BACKGROUND)

    def _on_glimpse(self, place: tuple[float, float], since_s: float, glimpse: map_tasks.Glimpse) -> None:
        if self._session.training.active:
            self._took_s = time.perf_counter() - since_s
            self._rest.start(round(1000 * REST * self._took_s))
        if self._place is None:
            return
        self._shown = place
        self._tip.show_at(self._at, [glimpse.image], words_of(glimpse))


def words_of(glimpse: map_tasks.Glimpse) -> str:
    """Lines of the tip."""
    how = glimpse.how if glimpse.how.startswith("exact") else f"from the {glimpse.how}"
    where = glimpse.where.words if glimpse.where is not None else ""
    both = " · ".join(part for part in (f"code {glimpse.words}" if glimpse.words else "", where) if part)
    numbers = glimpse.where.numbers if glimpse.where is not None and glimpse.where.far else ""
    return "\n".join(line for line in (f"Decoded here, {how}", both, numbers) if line)
