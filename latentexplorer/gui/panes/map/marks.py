"""Where the current code and the anchors lie on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from latentexplorer.gui.panes.map.scatter import Mark, Scatter
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.workers import map_tasks
from latentexplorer.views.code import Code
from latentexplorer.views.palette import class_color

EXACT = ("dims", "pca")
"""Methods that tell at once where any code lies."""

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
        self._result: Any = None
        self.placed: tuple[Code, tuple[float, float]] | None = None

    def show(self, result: Any, moving: bool) -> None:
        """Mark the codes on a map; while its points move only those that are points."""
        self._result = result
        if result is None or self._session.current.code is None:
            self._plot.set_marks(())
            return
        wanted = [(name, code) for name, code in self._codes() if code.z.size == result.projection.codes.shape[1]]
        known = {name: place for name, code in wanted if (place := self._place_of(code)) is not None}
        rest = [(name, code) for name, code in wanted if name not in known]
        if rest and result.method in EXACT:
            places = map_tasks.about(result.projection, [code.z for _, code in rest])()
            known |= _named(rest, places)
            rest = []
        if not rest or moving:
            self._set(wanted, known, set())
        else:
            question = map_tasks.about(result.projection, [code.z for _, code in rest])
            self._session.decoder.ask("map:about", question, _About(self, result, wanted, known, rest))

    def show_about(self, result: Any, wanted: Named, known: Places, rest: Named, places: np.ndarray) -> None:
        """Codes that are no points of a t-SNE have been placed amid their neighbours."""
        current = self._codes()
        if result is self._result and all(pair in current for pair in wanted):
            found = _named(rest, places)
            self._set(wanted, known | found, set(found))

    def _codes(self) -> Named:
        codes = [("", self._session.current.code), *self._session.selection.anchors.items()]
        return [(name, code) for name, code in codes if code is not None]

    def _set(self, wanted: Named, known: Places, about: set[str]) -> None:
        marks = [Mark(known[name], name, self._color_of(code), name in about) for name, code in wanted if name in known]
        # The current code lies on top.
        self._plot.set_marks(sorted(marks, key=lambda mark: mark.name == ""))

    def _row_of(self, code: Code) -> int:
        if code.index is None or code.part != self._result.part:
            return -1
        rows = np.flatnonzero(self._result.index == code.index)
        return int(rows[0]) if len(rows) else -1

    def _place_of(self, code: Code) -> tuple[float, float] | None:
        row = self._row_of(code)
        if row >= 0:
            x, y = self._plot.cloud.coords[row]
            return float(x), float(y)
        if self.placed is not None and code is self.placed[0] and self._result.method not in EXACT:
            return self.placed[1]
        return None

    def _color_of(self, code: Code) -> str:
        row = self._row_of(code)
        if row >= 0:
            return self._plot.cloud.color_of(row)
        by_class = self._result.groups is not None and self._result.color_title == "class"
        return class_color(code.label, dark=theme.dark) if by_class and code.label is not None else ""


def _named(codes: Named, places: np.ndarray) -> Places:
    return {name: (float(place[0]), float(place[1])) for (name, _), place in zip(codes, places, strict=True)}


class _About:
    """An answer that remembers what was asked."""

    def __init__(self, marks: MapMarks, result: Any, wanted: Named, known: Places, rest: Named) -> None:
        self._marks = marks
        self._result, self._wanted, self._known, self._rest = result, wanted, known, rest

    def __call__(self, places: np.ndarray) -> None:
        self._marks.show_about(self._result, self._wanted, self._known, self._rest, places)
