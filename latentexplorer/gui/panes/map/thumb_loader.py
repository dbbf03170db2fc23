"""Pictures of points, made off the window's thread when nobody else waits, and kept while they mean the same."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.pictures import to_qimage
from latentexplorer.gui.workers import map_tasks
from latentexplorer.gui.workers.decoder import BACKGROUND
from latentexplorer.views.base import Array
from latentexplorer.views.map_place import usual_distance

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result

MOST = 4_000
"""Pictures kept at most."""


class ThumbLoader(QObject):
    """Loads what `wanted` names; what is not wanted any more is not loaded to its end.

    Attributes
    ----------
    pictures : dict of int to QImage
        By the row of the point on the map.
    """

    def __init__(self, plot: Scatter, session: Session) -> None:
        super().__init__(plot)
        self._plot, self._session = plot, session
        self._result: Result | None = None
        self._asked: frozenset[int] = frozenset()
        self._measuring: Array | None = None
        self.pictures: dict[int, QImage] = {}
        plot.pictures_wanted.connect(self.want)

    def show(self, result: Result | None) -> None:
        """Another map: pictures of the same points are the same, unless they are decodes of another model."""
        before, self._result = self._result, result
        same = result is not None and before is not None and before.same_points(result)
        self._asked = frozenset()
        if not same:
            self._drop()

    def forget_decodes(self) -> None:
        """The model has changed: where pictures are decodes they are made again."""
        if self._session.run is None or self._session.run.data is None:
            self._drop()
        self._asked = frozenset()

    def _drop(self) -> None:
        self.pictures = {}
        self._plot.thumbs.pictures = self.pictures

    @Slot(object)
    def want(self, rows: tuple[int, ...]) -> None:
        """Load the pictures of these points; where they have moved, find out how far apart they usually are."""
        result, run = self._result, self._session.run
        if result is None or run is None:
            return
        self._measure(self._plot.cloud.coords)
        missing = [row for row in rows if row not in self.pictures]
        if not missing or self._asked.issuperset(missing):
            return
        if len(self.pictures) + len(missing) > MOST:
            self.pictures = {row: self.pictures[row] for row in rows if row in self.pictures}
        self._asked = frozenset(missing)
        question = partial(map_tasks.pictures, run, result.part, missing, result.index[missing])
        answer = partial(self._on_pictures, result, run)
        self._session.decoder.ask_in_steps("map:pictures", question, answer, BACKGROUND)

    def _measure(self, coords: Array) -> None:
        if self._measuring is not coords:
            self._measuring = coords
            question = partial(usual_distance, coords)
            self._session.decoder.ask("map:distances", question, partial(self._on_measured, coords), BACKGROUND)

    def _on_measured(self, coords: Array, usual: float) -> None:
        if coords is self._plot.cloud.coords:
            self._plot.thumbs.set_usual(coords, usual)
            self._plot.redraw()

    def _on_pictures(self, result: Result, run: Trained, found: tuple[list[int], Array]) -> None:
        old = run.data is None and run is not self._session.run
        if old or self._result is None or not self._result.same_points(result):
            return
        rows, images = found
        self.pictures |= {row: to_qimage(image) for row, image in zip(rows, images, strict=True)}
        self._plot.thumbs.pictures = self.pictures
        self._plot.redraw()
