"""Other colours for the points of a map that is there; errors, which are a decode of every code, as a job."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from latentexplorer.gui.panes.map.controls import MapControls
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused

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

    def ask(self, result: Result | None) -> None:
        """Colour a map as the controls have it."""
        if result is None:
            return
        asked = (self._session.shown, result, self._controls.settings())
        answer = partial(self._on_answer, result)
        if self._controls.color == "error":
            work = partial(map_tasks.recolor, *asked)
            self._session.submit("Working out the errors", work, "view:map-errors").succeeded.connect(answer)
        else:
            self._session.decoder.ask("map:colors", partial(map_tasks.quick_recolor, *asked), answer)

    def _on_answer(self, old: Result, new: Result | Refused) -> None:
        if isinstance(new, Refused):
            self._session.message.emit("warning", new.what)
            self._controls.choose_color("none")
            self.ask(old)
        else:
            self.arrived.emit(old, new)


def but_errors(settings: Settings) -> Settings:
    """What a map is laid out with: errors are worked out when it is there."""
    return settings | ({"color_by": "none"} if settings["color_by"] == "error" else {})
