"""The tip over empty places of the map: what would be decoded there, and what that is inferred from."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QTimer, Slot

from latentexplorer.gui.panes.map.layout import MapLayout
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.panes.map.tip import PointTip
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.views.code_facts import QUICK, USUAL, shared_support
from latentexplorer.views.map_place import PlaceJudge

if TYPE_CHECKING:
    from latentexplorer.gui.panes.map.way_back import WayBack
    from latentexplorer.views.map import Result

REST = 6
"""While a run trains none is asked for so many times as long as the last one took: the cores are the training's."""
TOO_LONG_S = 0.25
"""A glimpse that takes so long beside a training is not worth what it takes from it: there are none then."""


class PlaceHover(QObject):
    """Asks for one glimpse at a time, when nothing else waits for the decoder; the newest place wins."""

    def __init__(
        self, plot: Scatter, tip: PointTip, session: Session, layouts: MapLayout, judge: PlaceJudge, ways: WayBack
    ) -> None:
        super().__init__(plot)
        self._plot, self._tip, self._session = plot, tip, session
        self._layouts, self._judge, self._ways = layouts, judge, ways
        self._result: Result | None = None
        self._on = True
        self._place: tuple[float, float] | None = None
        self._shown: tuple[float, float] | None = None
        self._old = False
        self._took_s = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        plot.place_hovered.connect(self._on_place)
        session.decoder.rested.connect(self._ask)
        session.training.state_changed.connect(self._on_training)

    def show_map(self, result: Result | None) -> None:
        """Another map, or none."""
        self._result = result
        if result is None:
            self.hide()

    @Slot(object)
    def _on_place(self, place: QPointF | None) -> None:
        """The pointer is over an empty place of the map; None: it is elsewhere."""
        if place is None or not self._on:
            self.hide()
        else:
            self._place = (place.x(), place.y())
            self._ask()

    def set_on(self, on: bool) -> None:
        """Whether glimpses are wanted."""
        self._on = on
        self.hide()

    @Slot()
    def hide(self) -> None:
        """The pointer is elsewhere: what is under way is dropped."""
        self._place = None
        if self._shown is not None:
            self._shown = None
            self._tip.hide()

    @Slot()
    def renew(self) -> None:
        """The model has changed: what is shown is decoded again."""
        self._old = True
        self._ask()

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
        result = self._result
        if result is None or self._place is None or waits or session.run is None:
            return
        if self._place == self._shown and not self._old:
            return
        self._old = False
        moving = self._layouts.moving_coords(result)
        code = session.current.code
        fits = code is not None and code.z.size == result.projection.codes.shape[1]
        base = code.z if code is not None and fits else None
        place = (self._ways.of(result), moving, self._place, base, self._judge)
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
        self._tip.show_at(self._plot.box.mapViewToScene(QPointF(*place)), [glimpse.image], words_of(glimpse))


def words_of(glimpse: map_tasks.Glimpse) -> str:
    """Lines of the tip."""
    where = glimpse.where.words if glimpse.where is not None else ""
    both = " · ".join(part for part in (f"code {glimpse.words}" if glimpse.words else "", where) if part)
    far = glimpse.where.short if glimpse.where is not None and glimpse.where.far else ""
    return "\n".join(line for line in (f"Decoded here: {glimpse.how}", both, far) if line)
