"""A walk between the points of the map: at every place that the pointer passes, the code that would lie there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal, Slot

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.map_place import MapPlace, PlaceJudge

if TYPE_CHECKING:
    from latentexplorer.gui.panes.map.way_back import WayBack
    from latentexplorer.views.map import Result


class MapWalk(QObject):
    """Asks for the codes of places.

    Signals
    -------
    found : (Code, (x, y), bool)
        The code at a place; True while the pointer is still down.
    """

    found = Signal(object, object, bool)

    def __init__(self, session: Session, judge: PlaceJudge, ways: WayBack, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._judge, self._ways = session, judge, ways
        self.found.connect(ways.on_found)
        self._base: Array | None = None

    @Slot()
    def begin(self) -> None:
        """Start from the current code: it settles what the map does not show."""
        code = self._session.current.code
        self._base = None if code is None else code.z

    def go(self, result: Result, moving: Array | None, point: QPointF, passing: bool) -> None:
        """Go to a place of a map; `moving`: where its points are while they move. `found` follows."""
        place = (point.x(), point.y())
        question = partial(map_tasks.placed_code, self._ways.of(result), moving, place, self._base, self._judge)
        self._session.decoder.ask("map:place", question, partial(self._on_code, place, passing))

    def _on_code(self, place: tuple[float, float], passing: bool, found: tuple[Array, str, MapPlace | None]) -> None:
        z, how, where = found
        current = self._session.current.code
        self.found.emit(Code(z, current.y if current is not None else None, how=how, where=where), place, passing)
