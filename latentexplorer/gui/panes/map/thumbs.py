"""Pictures in place of points where the map is looked at closely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from latentexplorer.gui.panes.map.cloud import FAINT, Cloud, Placing
from latentexplorer.gui.widgets.pictures import draw, fitted
from latentexplorer.views.base import Array
from latentexplorer.views.map_pictures import picture_side, thinned

GAP_PX = 3
FRAME_PX = 1.6
BEYOND = 1.05
"""So much larger than what is seen of it is a map that is looked at closely: as a whole it is one of points."""
MARGIN = 5
"""Sides about what is seen from which pictures are chosen too, so that the choice does not change at the edge."""


class Thumbs:
    """Which points are pictures now, and how those are drawn.

    Attributes
    ----------
    on : bool
        Whether they are wanted.
    pictures : mapping of int to QImage
        Of the rows that are loaded; the others stay points until they are.
    whole : QRectF
        What all points take, in the map's coordinates.
    wanted : tuple of int
        Rows that have room for a picture, from the last time that it was drawn.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.on = True
        self._usual: float | None = None
        self._usual_of: Array | None = None
        self.whole = QRectF()
        self.pictures: Mapping[int, QImage] = {}
        self.wanted: tuple[int, ...] = ()
        self._drawn: list[tuple[int, QRectF]] = []

    def set_points(self, whole: QRectF, same: bool) -> None:
        """The points have moved; or they are others (not `same`), of which it is not known how far apart they are."""
        self.whole = whole
        if not same:
            self._usual = None
            # Else the pointer, until it is drawn again, finds the picture of a point that is not there any more.
            self.wanted, self._drawn = (), []

    def set_usual(self, coords: Array, usual: float) -> None:
        """How far points (N, 2) usually are from each other: `views.map_place.usual_distance`."""
        self._usual, self._usual_of = usual, coords

    def row_at(self, position: QPointF) -> int:
        """The point whose picture is at a position of the scene; -1 where there is none."""
        return next((row for row, box in self._drawn if box.contains(position)), -1)

    @property
    def boxes(self) -> list[QRectF]:
        """Where pictures are drawn."""
        return [box for _, box in self._drawn]

    def box_of(self, row: int) -> QRectF | None:
        """Where the picture of a point is drawn; None where it has none."""
        return next((box for other, box in self._drawn if other == row), None)

    def paint(self, painter: QPainter, placing: Placing, area: QRectF, kept_free: Sequence[QRectF]) -> bool:
        """Draw the pictures that are loaded, none over what is `kept_free`.

        Returns
        -------
        bool
            Whether others are wanted, or how far apart the points are by now.
        """
        self.wanted, self._drawn = (), []
        if not self.on or not self._close(placing, area):
            return False
        old = self._usual_of is not self._cloud.coords
        side = 0.0 if self._usual is None else picture_side(self._usual, abs(placing.scale[0]))
        if not side > 0:
            return old
        rows = self._chosen(placing, area, side).tolist()
        boxes = self._boxes(rows, placing, round(side * abs(placing.scale[0])) - GAP_PX)
        free = [at for at, box in enumerate(boxes) if not any(box.intersects(other) for other in kept_free)]
        self.wanted = tuple(rows[at] for at in free)
        painter.save()
        for at in free:
            picture = self.pictures.get(rows[at])
            if picture is not None:
                self._draw(painter, rows[at], picture, boxes[at])
        painter.restore()
        return old or len(self._drawn) < len(self.wanted)

    def _boxes(self, rows: list[int], placing: Placing, room: int) -> list[QRectF]:
        """Squares of whole pixels around points."""
        corners = np.round(placing.pixels(self._cloud.coords[rows]) - room / 2)
        return [QRectF(x, y, room, room) for x, y in corners.tolist()]

    def _close(self, placing: Placing, area: QRectF) -> bool:
        """Whether less than the whole of the map is in sight."""
        wide, tall = abs(placing.scale[0]) * self.whole.width(), abs(placing.scale[1]) * self.whole.height()
        return wide > BEYOND * area.width() or tall > BEYOND * area.height()

    def _chosen(self, placing: Placing, area: QRectF, side: float) -> Array:
        pixels = placing.pixels(self._cloud.coords)
        margin = MARGIN * side * abs(placing.scale[0])
        x, y = pixels.T
        near = (x > area.left() - margin) & (x < area.right() + margin)
        near &= (y > area.top() - margin) & (y < area.bottom() + margin)
        rows = np.flatnonzero(near & self._cloud.shown)
        rows = rows[thinned(self._cloud.coords[rows], self._cloud.rank[rows], side)]
        inside = (x[rows] > area.left()) & (x[rows] < area.right()) & (y[rows] > area.top()) & (y[rows] < area.bottom())
        return np.asarray(rows[inside])

    def _draw(self, painter: QPainter, row: int, picture: QImage, box: QRectF) -> None:
        rect = fitted(picture.width(), picture.height(), box)
        chosen = self._cloud.selected is None or bool(self._cloud.selected[row])
        painter.setOpacity(1.0 if chosen else 2 * FAINT)
        draw(painter, picture, rect)
        pen = QPen(QColor(self._cloud.color_of(row)), FRAME_PX)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)
        self._drawn.append((row, rect))
