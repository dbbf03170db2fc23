"""Names of classes at their points, written over the map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from latentexplorer.gui.panes.map.cloud import Placing
from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.elided import shortened
from latentexplorer.gui.widgets.told_apart import told_apart
from latentexplorer.views.base import Array
from latentexplorer.views.map_names import Spot, Written, arranged, extent_of, level_of, spots_of

LONGEST_PX = 130
"""Of a name in its least size."""
LEAST_POINTS, MOST_POINTS, STEP_POINTS = 9.0, 15.0, 1.5
"""Size of the names in points, from and to: on a large map, as on a stage, they are read from farther away."""
LARGE_PX = 600
"""Up to this width or height a map's names have their least size."""
HALO_PX = 3.6
INSET_PX = 2
MARK_PX = 9
"""Half of what a code that is pointed out takes."""
FEW = 100
"""So many names are told apart; of more each is shortened alone when it is seen."""
MOST = 500
"""Drawn names that are kept."""
FINER = 1.05
"""Names are arranged anew when the scale has changed by so much: not for what a window does while it is built."""


class NamesOnMap:
    """Which names stand where, and how they are drawn.

    Attributes
    ----------
    on : bool
        Whether they are wanted.
    shown : list of (group, QRectF)
        What is written, in pixels of the scene: from `place`.
    """

    def __init__(self) -> None:
        self.on = True
        self.shown: list[tuple[int, QRectF]] = []
        self._names: tuple[str, ...] = ()
        self._coords = np.empty((0, 2))
        self._groups: Array | None = None
        self._hidden: frozenset[int] = frozenset()
        self._extent = 0.0
        self._spots: dict[int, list[Spot]] = {}
        self._lonely: list[QRectF] = []
        self._written: list[Written] = []
        self._places = np.empty((0, 2))
        self._written_for: tuple[int, float] | None = None
        self._told: tuple[float, tuple[str, ...]] = (0.0, ())
        """In which room, and what is written of each name there."""
        self._pictures: dict[str, QPixmap] = {}
        self._look = (False, 1.0)
        self._points = LEAST_POINTS

    def set_groups(self, groups: Array | None, names: Sequence[str], hidden: frozenset[int] = frozenset()) -> None:
        """The group (N,) of each point, what groups are called, and which are hidden; None: there are none."""
        self._groups, self._names, self._hidden = groups, tuple(names), hidden
        self._told = 0.0, ()
        self._forget()

    def set_points(self, coords: Array) -> None:
        """The points (N, 2) lie elsewhere."""
        self._coords = coords
        self._extent = extent_of(coords)
        self._forget()

    def _forget(self) -> None:
        self._spots = {}
        self._written_for = None
        self.shown = []

    def group_at(self, position: QPointF) -> int:
        """The group whose name is at a position of the scene; -1 where there is none."""
        return next((group for group, box in self.shown if box.contains(position)), -1)

    # -- drawing ------------------------------------------------------------------------------------------------

    def place(self, placing: Placing, area: QRectF) -> None:
        """Find out which names are in sight, and where."""
        self.shown, self._lonely = [], []
        if not self.on or self._groups is None or len(self._groups) != len(self._coords):
            return
        if self._points != (points := points_for(area)):
            self._points, self._pictures, self._written_for = points, {}, None
        metrics = QFontMetricsF(name_font(points))
        all_written = self._arranged(placing, area, metrics)
        for at in _in_sight(self._places, placing, area).tolist():
            written = all_written[at]
            box = _inside(_box_of(written, placing), area)
            # Pushed back into sight it may meet another one, which stays as it is.
            if box is not None and not any(box.intersects(other) for _, other in self.shown):
                self.shown.append((written.spot.group, box))
                if written.spot.weight == 1:
                    self._lonely.append(box)

    @property
    def firm(self) -> list[QRectF]:
        """Where names stand that give way to nothing: those of several points."""
        return [box for _, box in self.shown if box not in self._lonely]

    def give_way(self, boxes: Sequence[QRectF]) -> None:
        """Leave out names of single points whose pictures are seen."""
        hidden = [box for box in self._lonely if any(box.intersects(other) for other in boxes)]
        self.shown = [(group, box) for group, box in self.shown if box not in hidden]

    def paint(self, painter: QPainter, area: QRectF, marked: Sequence[QPointF]) -> None:
        """Write the names that are in sight; one on a code that is pointed out stands above or below it."""
        look = (theme.dark, painter.device().devicePixelRatioF())
        if look != self._look or len(self._pictures) > MOST:
            self._pictures, self._look = {}, look
        font = name_font(self._points)
        metrics = QFontMetricsF(font)
        places = [box for _, box in self.shown]
        for at, (group, box) in enumerate(self.shown):
            text = self._text(group, metrics)
            # Drawn once: its rim takes longer than all else in the map.
            if text not in self._pictures:
                self._pictures[text] = _written(text, font, box.size(), look[1])
            places[at] = beside_marks(box, marked, area, places[:at] + places[at + 1 :])
            painter.drawPixmap(places[at].topLeft() - QPointF(HALO_PX, HALO_PX), self._pictures[text])

    def _arranged(self, placing: Placing, area: QRectF, metrics: QFontMetricsF) -> list[Written]:
        scale = abs(placing.scale[0])
        level = level_of(self._extent * scale, max(area.width(), area.height()))
        known = self._written_for
        if known is None or known[0] != level or not 1 / FINER < scale / known[1] < FINER:
            spots = self._spots_at(level)
            groups = {spot.group for spot in spots}
            sizes = {group: self._size(group, metrics) for group in groups if self._text(group, metrics)}
            self._written = arranged(spots, (placing.scale[0], placing.scale[1]), sizes)
            self._places = np.array([written.spot.place for written in self._written]).reshape(-1, 2)
            self._written_for = (level, scale)
        return self._written

    def _spots_at(self, level: int) -> list[Spot]:
        if level not in self._spots and self._groups is not None:
            kept = ~np.isin(self._groups, list(self._hidden))
            self._spots[level] = spots_of(self._coords[kept], self._groups[kept], level, self._extent)
        return self._spots[level]

    def _text(self, group: int, metrics: QFontMetricsF) -> str:
        if group >= len(self._names):
            return ""
        room = LONGEST_PX * self._points / LEAST_POINTS
        if len(self._names) > FEW:
            return shortened(" ".join(self._names[group].split()), metrics, room)
        if self._told[0] != room:
            self._told = room, told_apart([" ".join(name.split()) for name in self._names], metrics, room)
        return self._told[1][group]

    def _size(self, group: int, metrics: QFontMetricsF) -> tuple[float, float]:
        return metrics.horizontalAdvance(self._text(group, metrics)), metrics.height()


def points_for(area: QRectF) -> float:
    """Size of the names on a map of this size."""
    wanted = LEAST_POINTS * min(area.width(), area.height()) / LARGE_PX
    return min(max(wanted // STEP_POINTS * STEP_POINTS, LEAST_POINTS), MOST_POINTS)


def name_font(points: float) -> QFont:
    """Bold: read over points."""
    font = caption_font()
    font.setPointSizeF(points)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def _in_sight(places: Array, placing: Placing, area: QRectF) -> Array:
    """Which of some places (N, 2) are in sight or a name's length beside it."""
    x, y = placing.pixels(places).T
    near: Array = (x > area.left() - LONGEST_PX) & (x < area.right() + LONGEST_PX)
    return np.flatnonzero(near & (y > area.top() - LONGEST_PX) & (y < area.bottom() + LONGEST_PX))


def _box_of(written: Written, placing: Placing) -> QRectF:
    x, y = (float(at) for at in placing.pixels(np.array(written.spot.place)))
    wide, tall = written.size
    # Sizes are pixels, so are the ways that names were moved; down the screen as the map's scale has it.
    return QRectF(x + written.away[0] - wide / 2, y + written.away[1] - tall / 2, wide, tall)


def beside_marks(box: QRectF, marked: Sequence[QPointF], area: QRectF, others: Sequence[QRectF] = ()) -> QRectF:
    """A name that does not lie on a code that is pointed out: above or below it, else beside it.

    Where each of these is out of sight or on one of the `others` it stays: below a ring it is read better than below
    another name.
    """
    wide = box.adjusted(-MARK_PX, -MARK_PX, MARK_PX, MARK_PX)
    on = next((place for place in marked if wide.contains(place)), None)
    if on is None:
        return box
    above, below = on.y() - MARK_PX - box.height(), on.y() + MARK_PX
    nearer, farther = (above, below) if on.y() >= box.center().y() else (below, above)
    before, after = on.x() - MARK_PX - box.width(), on.x() + MARK_PX
    places = [
        *(QRectF(QPointF(box.left(), top), box.size()) for top in (nearer, farther)),
        *(QRectF(QPointF(left, box.top()), box.size()) for left in (before, after)),
    ]
    seen = (place for place in places if area.contains(place))
    return next((place for place in seen if not any(place.intersects(other) for other in others)), box)


def _inside(box: QRectF, area: QRectF) -> QRectF | None:
    """A name whose middle is in sight, moved until it is in sight as a whole; None for others."""
    if not area.contains(box.center()) or box.width() > area.width() - 2 * INSET_PX:
        return None
    x = min(max(box.left(), area.left() + INSET_PX), area.right() - INSET_PX - box.width())
    y = min(max(box.top(), area.top() + INSET_PX), area.bottom() - INSET_PX - box.height())
    return QRectF(QPointF(x, y), box.size())


def _written(text: str, font: QFont, size: QSizeF, ratio: float) -> QPixmap:
    """A text with a rim in the colour of the ground, so that it is read over points of any colour."""
    pixmap = QPixmap((size + QSizeF(2 * HALO_PX, 2 * HALO_PX)).toSize() * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    path = QPainterPath()
    path.addText(HALO_PX, HALO_PX + QFontMetricsF(font).ascent(), font, text)
    rim = theme.color("card")
    rim.setAlpha(225)
    pen = QPen(rim, HALO_PX)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.strokePath(path, pen)
    painter.fillPath(path, theme.color("text"))
    painter.end()
    return pixmap
