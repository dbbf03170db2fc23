"""Many points on a plane, drawn fast: stamped one by one, or as a picture of their density where they are too many."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPixmap, QPolygonF, QTransform

from latentexplorer.gui.panes.map.nearby import Nearby
from latentexplorer.gui.widgets.graphs import PrimitiveArray
from latentexplorer.views.base import Array

DENSE_ABOVE = 50_000
"""Points in sight above which they are drawn as a density."""
BIN_PX = 2
ATLAS_COLUMNS = 64
FAINT = 0.16
"""Opacity of what is not selected."""
OPACITY = 0.92


@dataclass(frozen=True)
class Stamp:
    """How the points of one class look: `#RRGGBB` and one of the palette's markers."""

    color: str
    marker: str = "o"


@dataclass(frozen=True)
class Placing:
    """From the map's coordinates to pixels: `pixel = offset + scale * coordinate`."""

    scale: tuple[float, float]
    offset: tuple[float, float]

    def pixels(self, coords: Array) -> Array:
        """Positions (N, 2) in pixels."""
        return np.asarray(coords * np.array(self.scale) + np.array(self.offset))


class Cloud:
    """N points, each with one of a few looks.

    Attributes
    ----------
    coords : ndarray (N, 2)
    looks : ndarray (N,), int
        Numbers into the stamps.
    shown : ndarray (N,), bool
        Points that are not hidden.
    rank : ndarray (N,), int64
        In which order they are drawn: a mixed one.
    selected : ndarray (N,), bool, or None
        Where something is selected, all else is drawn faintly.
    known : ndarray (N,), bool, or None
        Where the colours of some points are not known, these are drawn faintly below the others.
    """

    def __init__(self) -> None:
        self.coords = np.empty((0, 2))
        self.looks = np.empty(0, np.int64)
        self.shown = np.empty(0, bool)
        self.selected: Array | None = None
        self.known: Array | None = None
        self.dense = False
        self._stamps: list[Stamp] = [Stamp("#888888")]
        self._order = self.rank = np.empty(0, np.int64)
        self._atlas: QPixmap | None = None
        self._atlas_of: tuple[float, float] | None = None
        self._fragments = PrimitiveArray(QPainter.PixmapFragment, 10)
        self._nearby: Nearby | None = None

    def set_points(self, coords: Array) -> None:
        """Other points, or the same ones elsewhere."""
        same = len(coords) == len(self.coords)
        self.coords = np.asarray(coords, np.float64)
        self._nearby = None
        if not same:
            count = len(coords)
            # Mixed, so that no class lies on top of the others.
            self._order = np.random.default_rng(0).permutation(count)
            self.rank = np.argsort(self._order)
            self.looks, self.shown = np.zeros(count, np.int64), np.ones(count, bool)
            self.selected = self.known = None

    def set_looks(self, looks: Array, stamps: list[Stamp]) -> None:
        """What each point looks like."""
        self.looks, self._stamps = np.asarray(looks, np.int64), stamps
        self._atlas = None

    def color_of(self, row: int) -> str:
        """Colour of one point."""
        return self._stamps[int(self.looks[row])].color

    # -- drawing ------------------------------------------------------------------------------------------------

    def size_px(self, count: int) -> float:
        """Diameter of a point where `count` are in sight."""
        return round(2 * float(np.clip(7.5 * (1500 / max(count, 1)) ** 0.3, 3, 8))) / 2

    def paint(self, painter: QPainter, placing: Placing, area: QRectF, ratio: float) -> None:
        """Draw what is in sight.

        Parameters
        ----------
        area : QRectF
            The part of the widget that shows the map, pixels.
        ratio : float
            Device pixels to a pixel.
        """
        place = placing.pixels(self.coords[self._order])
        margin = 8
        seen = (
            self.shown[self._order]
            & (place[:, 0] > area.left() - margin)
            & (place[:, 0] < area.right() + margin)
            & (place[:, 1] > area.top() - margin)
            & (place[:, 1] < area.bottom() + margin)
        )
        place, rows = place[seen], self._order[seen]
        self.dense = len(rows) > min(DENSE_ABOVE, max(area.width() * area.height(), 1))
        size = self.size_px(len(rows))
        light = self.known if self.selected is None else self.selected
        chosen = None if light is None else light[rows]
        if self.dense:
            self._paint_density(painter, place, self.looks[rows], area, 1.0 if chosen is None else 2 * FAINT)
            if chosen is not None:
                self._stamp(painter, place[chosen], self.looks[rows[chosen]], np.full(chosen.sum(), 1.0), size, ratio)
            return
        opacity = np.full(len(rows), OPACITY) if chosen is None else np.where(chosen, 1.0, FAINT)
        if chosen is not None:
            front = np.argsort(chosen, kind="stable")
            place, rows, opacity = place[front], rows[front], opacity[front]
        self._stamp(painter, place, self.looks[rows], opacity, size, ratio)

    def _stamp(self, painter: QPainter, place: Array, looks: Array, opacity: Array, size: float, ratio: float) -> None:
        if not len(place):
            return
        atlas, cell = self._atlas_for(size, ratio)
        self._fragments.resize(len(place))
        fragments = self._fragments.ndarray()
        fragments[:, 0:2] = place
        fragments[:, 2] = (looks % ATLAS_COLUMNS) * cell
        fragments[:, 3] = (looks // ATLAS_COLUMNS) * cell
        fragments[:, 4:6] = cell
        fragments[:, 6:8] = 1 / ratio
        fragments[:, 8] = 0.0
        fragments[:, 9] = opacity
        painter.drawPixmapFragments(*self._fragments.drawargs(), atlas)  # type: ignore[call-arg]

    def _atlas_for(self, size: float, ratio: float) -> tuple[QPixmap, int]:
        cell = math.ceil((size * 1.3 + 2) * ratio)
        wanted = (size, ratio)
        if self._atlas is None or self._atlas_of != wanted:
            columns = min(len(self._stamps), ATLAS_COLUMNS)
            atlas = QPixmap(cell * columns, cell * -(-len(self._stamps) // ATLAS_COLUMNS))
            atlas.fill(Qt.GlobalColor.transparent)
            painter = QPainter(atlas)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            for number, stamp in enumerate(self._stamps):
                middle = QPointF((number % ATLAS_COLUMNS + 0.5) * cell, (number // ATLAS_COLUMNS + 0.5) * cell)
                painter.setBrush(QColor(stamp.color))
                painter.drawPath(marker_path(stamp.marker, middle, size * ratio))
            painter.end()
            self._atlas, self._atlas_of = atlas, wanted
        return self._atlas, cell

    def _paint_density(self, painter: QPainter, place: Array, looks: Array, area: QRectF, opacity: float) -> None:
        columns, rows = (max(int(side / BIN_PX), 1) for side in (area.width(), area.height()))
        x = ((place[:, 0] - area.left()) / BIN_PX).astype(np.int64)
        y = ((place[:, 1] - area.top()) / BIN_PX).astype(np.int64)
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        cells, mine = (y * columns + x)[inside], looks[inside]
        shades = [QColor(stamp.color) for stamp in self._stamps]
        colors = np.array([(shade.red(), shade.green(), shade.blue()) for shade in shades], np.float64)
        weight = np.bincount(cells, minlength=rows * columns).astype(np.float64)
        channels = [np.bincount(cells, colors[mine, at], rows * columns) for at in range(3)]
        smooth = [_blurred(layer.reshape(rows, columns)) for layer in (weight, *channels)]
        # Even a point that stands alone can be seen; many together come near to the full colour.
        alpha = opacity * (1 - np.exp(-2.2 * smooth[0]))
        pixels = np.empty((rows, columns, 4), np.uint8)
        for at in range(3):
            pixels[..., at] = np.clip(smooth[at + 1] / np.maximum(smooth[0], 1e-9), 0, 255)
        pixels[..., 3] = np.clip(alpha * 255, 0, 255)
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(area.left(), area.top(), columns * BIN_PX, rows * BIN_PX), image)
        painter.restore()

    # -- questions ----------------------------------------------------------------------------------------------

    def nearest(self, placing: Placing, position: QPointF, reach_px: float) -> int:
        """The shown point nearest to a position, -1 where none is within reach."""
        rows = self._around(placing, position, reach_px)
        rows = rows[self.shown[rows]]
        if not len(rows):
            return -1
        away = np.square(placing.pixels(self.coords[rows]) - (position.x(), position.y())).sum(1)
        at = int(np.argmin(away))
        return int(rows[at]) if away[at] <= reach_px**2 else -1

    def _around(self, placing: Placing, position: QPointF, reach_px: float) -> Array:
        """Rows of the points that may be within reach of a position."""
        if self._nearby is None:
            self._nearby = Nearby(self.coords)
        scale = np.array(placing.scale)
        if not scale.all():
            # A plot without room.
            return np.arange(len(self.coords))
        middle = (np.array((position.x(), position.y())) - placing.offset) / scale
        return self._nearby.within(middle, reach_px / np.abs(scale))

    def towards(self, row: int, direction: tuple[int, int]) -> int:
        """The shown point to go to from another one with an arrow key; -1 where there is none.

        Of the points in a quarter of the plane the one that is nearest, those off to a side counting as farther.
        """
        step = self.coords - self.coords[row]
        along = step @ np.array(direction, float)
        across = np.abs(step @ np.array((direction[1], direction[0]), float))
        ahead = self.shown & (along > 0) & (across <= along)
        if not ahead.any():
            return -1
        return int(np.argmin(np.where(ahead, along + 2 * across, np.inf)))

    def inside(self, placing: Placing, outline: list[QPointF]) -> Array:
        """Rows of the shown points within a closed line (even-odd rule)."""
        if len(outline) < 3:
            return np.empty(0, np.int64)
        x, y = placing.pixels(self.coords).T
        # A side of the line is crossed by what lies as high as it: few points, where the line is drawn by hand.
        order = np.argsort(y)
        heights = y[order]
        within = np.zeros(len(x), bool)
        for one, other in zip(outline, outline[1:] + outline[:1], strict=True):
            height = other.y() - one.y()
            if height:
                first, last = np.searchsorted(heights, sorted((one.y(), other.y())))
                rows = order[first:last]
                within[rows] ^= x[rows] < one.x() + (y[rows] - one.y()) * (other.x() - one.x()) / height
        return np.flatnonzero(within & self.shown)


def extent_of(coords: Array) -> QRectF:
    """What points (N, 2) take; nothing where there are none."""
    coords = coords[np.isfinite(coords).all(1)]
    if not len(coords):
        return QRectF()
    low, high = coords.min(0), coords.max(0)
    # A single point stands in the middle of a little room.
    spare = 0.0 if float(max(high - low)) > 0 else 1.0
    return QRectF(*(low - spare).tolist(), *(high - low + 2 * spare).tolist())


def _blurred(layer: Array) -> Array:
    """A picture a little smoothed: each cell shared with its neighbours by 1/4, 1/2, 1/4 in both directions."""
    for axis in (0, 1):
        padded = np.pad(layer, [(1, 1) if at == axis else (0, 0) for at in (0, 1)])
        low, middle, high = (np.take(padded, range(at, at + layer.shape[axis]), axis) for at in range(3))
        layer = (low + 2 * middle + high) / 4
    return layer


def marker_path(marker: str, middle: QPointF, size: float) -> QPainterPath:
    """The outline of one of the palette's markers around a point."""
    path = QPainterPath()
    radius = size / 2
    corners = {"^": (3, -90), "v": (3, 90), "<": (3, 180), ">": (3, 0), "p": (5, -90), "D": (4, 0), "s": (4, 45)}
    if marker in corners:
        count, turn = corners[marker]
        angles = [math.radians(turn + 360 * at / count) for at in range(count)]
        reach = radius * 1.2
        path.addPolygon(QPolygonF([middle + QPointF(math.cos(a), math.sin(a)) * reach for a in angles]))
        path.closeSubpath()
    elif marker in ("P", "X"):
        arm = radius * 0.42
        path.addRect(QRectF(-radius * 1.1, -arm, 2.2 * radius, 2 * arm))
        upright = QPainterPath()
        upright.addRect(QRectF(-arm, -radius * 1.1, 2 * arm, 2.2 * radius))
        path = path.united(upright)
        if marker == "X":
            path = QTransform().rotate(45).map(path)
        path.translate(middle)
    else:
        path.addEllipse(middle, radius, radius)
    return path
