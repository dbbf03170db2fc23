"""Where the current code and the anchors lie on the map."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from latentexplorer.gui.panes.map.mark import Mark
from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.pictures import to_qimage
from latentexplorer.gui.workers.map_tasks import EXACT
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.palette import class_color

if TYPE_CHECKING:
    from latentexplorer.views.map import Result

NEW = "new "
"""How the names of selected new images begin."""
ROUGH = "amid its neighbours"
FAR = "far from points"

Named = list[tuple[str, Code]]
Places = dict[str, tuple[float, float]]


class MapMarks(QObject):
    """Marks codes on the plot: points where they stand, others where the map can place them.

    Attributes
    ----------
    placed : (Code, (x, y)) or None
        The code that was inferred at a place of the map, and that place.
    """

    def __init__(self, plot: Scatter, session: Session) -> None:
        super().__init__(plot)
        self._plot, self._session = plot, session
        self._result: Result | None = None
        self.placed: tuple[Code, tuple[float, float]] | None = None

    def show(self, result: Result | None, moving: bool) -> None:
        """Mark the codes on a map; while its points move only those that are points."""
        self._result = result
        if result is None or self._session.current.code is None:
            self._plot.set_marks(())
            return
        wanted = [(name, code) for name, code in self._codes() if code.z.size == result.projection.codes.shape[1]]
        known = {name: place for name, code in wanted if (place := self._place_of(result, code)) is not None}
        rest = [(name, code) for name, code in wanted if name not in known]
        z = np.stack([code.z for _, code in rest]) if rest else None
        if z is not None and result.method in EXACT:
            known |= _named(rest, result.projection.place(z))
        elif z is not None and not moving:
            answer = partial(self._on_placed, result, wanted, known, rest)
            self._session.decoder.ask("map:marks", partial(result.projection.place_roughly, z), answer)
            return
        self._draw(result, wanted, known)

    def _on_placed(self, result: Result, wanted: Named, known: Places, rest: Named, places: Array) -> None:
        """Codes that are no points of a t-SNE or UMAP have been placed amid their neighbours."""
        current = self._codes()
        if result is self._result and all(pair in current for pair in wanted):
            self._draw(result, wanted, known, _named(rest, places))

    def _codes(self) -> Named:
        selection, current = self._session.selection, self._session.current.code
        new = [(f"{NEW}{at}", code) for at, code in enumerate(selection.new) if code is not current]
        codes = [*new, ("", current), *selection.anchors.items()]
        return [(name, code) for name, code in codes if code is not None]

    def _draw(self, result: Result, wanted: Named, known: Places, rough: Places | None = None) -> None:
        rough = rough or {}
        places = known | rough
        marks = [self._mark(result, name, code, places[name], name in rough) for name, code in wanted if name in places]
        # The current code lies on top.
        self._plot.set_marks(sorted(marks, key=lambda mark: mark.name == ""))

    def _mark(self, result: Result, name: str, code: Code, place: tuple[float, float], rough: bool) -> Mark:
        if name.startswith(NEW):
            return Mark(place, name, small=True)
        color = self._color_of(result, code)
        if name or code.image is None:
            far = not name and code.where is not None and code.where.far
            return Mark(place, name, color, rough, caption=(FAR,) if far else ())
        # Where its place is only about right, that stands with it.
        caption = (code.image.name, ROUGH) if rough else (code.image.name,)
        return Mark(place, name, color, rough, picture=to_qimage(code.image.pixels), caption=caption)

    def _place_of(self, result: Result, code: Code) -> tuple[float, float] | None:
        row = _row_of(result, code)
        if row >= 0:
            x, y = self._plot.cloud.coords[row]
            return float(x), float(y)
        if self.placed is not None and code is self.placed[0] and result.method not in EXACT:
            return self.placed[1]
        return None

    def _color_of(self, result: Result, code: Code) -> str:
        row = _row_of(result, code)
        if row >= 0:
            return self._plot.cloud.color_of(row)
        by_class = result.groups is not None and result.color_title == "class"
        return class_color(code.label, dark=theme.dark) if by_class and code.label is not None else ""


def _row_of(result: Result, code: Code) -> int:
    """The point of a map that is the code of an image; -1 where there is none."""
    if code.index is None or code.part != result.part:
        return -1
    rows = np.flatnonzero(result.index == code.index)
    return int(rows[0]) if len(rows) else -1


def _named(codes: Named, places: Array) -> Places:
    return {name: (float(place[0]), float(place[1])) for (name, _), place in zip(codes, places, strict=True)}
