"""Other colours for the points of a map that is there; those that take long as a job."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.job import Job
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused
from latentexplorer.views.map_preservation import FEW, LATER, is_measure

if TYPE_CHECKING:
    from latentexplorer.views.map import Result


class Recolor(QObject):
    """Asks for colours.

    Signals
    -------
    arrived : (views.map.Result, views.map.Result)
        The map they were asked for, and it in its colours.
    """

    arrived = Signal(object, object)

    def __init__(self, session: Session, controls: MapControls, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._controls = session, controls
        self._job: Job | None = None

    def holds(self, before: Result, result: Result) -> bool:
        """Whether a map may have the colours of the one before until its own are there: its points are the same, and
        have their places where the colours tell of these.
        """
        known = before.values is not None and before.same_points(result)
        return known and (not is_measure(self._controls.color) or (self._session.training.active and result.settled))

    def due(self, known: bool) -> bool:
        """Whether they are to be asked for; while it trains errors only by a person: each costs a decode."""
        return not known or not self._session.training.active or is_measure(self._controls.color)

    def ask(self, result: Result | None) -> None:
        """Colour a map as the controls have it."""
        if result is None:
            return
        color, training = self._controls.color, self._session.training.active
        asked = (self._session.shown, result, self._controls.settings())
        answer = partial(self._on_answer, result, color)
        if color not in LATER:
            self._session.decoder.ask("map:colors", partial(map_tasks.quick_recolor, *asked), answer)
            return
        if is_measure(color) and not result.settled:
            return  # Its points have not found their places.
        if is_measure(color) and training and self._job is not None and not self._job.done:
            return  # One at a time: the cores are the training's.
        work = partial(map_tasks.recolor, *asked, queries=FEW if training else None)
        title = "Counting kept neighbours" if is_measure(color) else "Working out the errors"
        self._job = self._session.submit(title, work, "view:map-errors")
        self._job.succeeded.connect(answer)

    def _on_answer(self, old: Result, color: str, new: Result | Refused) -> None:
        if color != self._controls.color:
            return
        if isinstance(new, Refused):
            self._session.message.emit("warning", new.what)
            self._controls.choose_color("none")
            self.ask(old)
        else:
            self.arrived.emit(old, new)


def but_later(settings: Settings) -> Settings:
    """What a map is laid out with: what takes long, or needs its points in their places, comes when it is there."""
    return settings | ({"color_by": "none"} if settings["color_by"] in LATER else {})
