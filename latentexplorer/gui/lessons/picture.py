"""What is drawn on the card of a lesson: a few places, curves or images of real runs, in the colours of the window.

`packaging/make_lesson_pictures.py` makes the numbers, `resources/lessons.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from latentexplorer.core.paths import resource
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.pictures import draw, to_qimage
from latentexplorer.views.base import Array
from latentexplorer.views.palette import class_color

SIDE = 100
"""Places are whole numbers from 0 to this, upwards."""
DOT_PX, LINE_PX, GAP_PX = 1.5, 1.8, 2
CLOUD = 60
"""Opacity of the disc of a posterior, of 255."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One part of a picture; what it has none of is empty.

    Attributes
    ----------
    name : str
        Written below it.
    points : (N, 2) int
    labels : (N,) int, or (0,)
    radii : (N,) int, or (0,)
        Of the discs around the points.
    line : (L, 2) int
        A way between points.
    outline : (L, 2) int
        Where a prior lies.
    curves : tuple of (S,) int
    rows : tuple of (M, h, w, 1) float32 in [0, 1]
        Images side by side.
    """

    name: str
    points: Array
    labels: Array
    radii: Array
    line: Array
    outline: Array
    curves: tuple[Array, ...]
    rows: tuple[Array, ...]


@cache
def panels(lesson: str) -> tuple[Panel, ...]:
    """The panels of a lesson's picture, left to right."""
    found = json.loads(resource("lessons.json").read_text(encoding="utf-8"))[lesson]
    return tuple(
        Panel(
            each["name"],
            np.array(each.get("points", ()), int).reshape(-1, 2),
            np.array(each.get("labels", ()), int),
            np.array(each.get("radii", ()), int),
            np.array(each.get("line", ()), int).reshape(-1, 2),
            np.array(each.get("outline", ()), int).reshape(-1, 2),
            tuple(np.array(curve, int) for curve in each.get("curves", ())),
            tuple(np.stack([_grey(image) for image in row]) for row in each.get("rows", ())),
        )
        for each in found
    )


def _grey(digits: str) -> Array:
    """A square image (h, h, 1) of a hexadecimal digit a pixel."""
    side = round(len(digits) ** 0.5)
    grey: Array = np.array([int(digit, 16) / 15 for digit in digits], np.float32).reshape(side, side, 1)
    return grey


def paint(lesson: str, painter: QPainter, place: QRect) -> None:
    """Draw the picture of a lesson into some room."""
    found = panels(lesson)
    wide = (place.width() - (len(found) - 1) * SPACE) / len(found)
    for at, panel in enumerate(found):
        left = place.left() + at * (wide + SPACE)
        _paint_panel(painter, panel, QRectF(left, place.top(), wide, place.height()))


def _paint_panel(painter: QPainter, panel: Panel, place: QRectF) -> None:
    if panel.rows:
        _paint_rows(painter, panel.rows, place)
        return
    painter.setFont(caption_font())
    metrics = painter.fontMetrics()
    room = place.adjusted(0, 0, 0, -metrics.height() if panel.name else 0)
    painter.setPen(theme.color("muted"))
    below = QRectF(place.left(), room.bottom(), place.width(), metrics.height())
    words = metrics.elidedText(panel.name, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), words)
    if panel.curves:
        _paint_curves(painter, panel.curves, room.adjusted(0, 4, 0, -4))
    else:
        _paint_points(painter, panel, room.adjusted(0, 2, 0, -2))


def _paint_rows(painter: QPainter, rows: tuple[Array, ...], place: QRectF) -> None:
    high = (place.height() - (len(rows) - 1) * GAP_PX) / len(rows)
    wide = (place.width() - (len(rows[0]) - 1) * GAP_PX) / len(rows[0])
    side = min(high, wide)
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            x, y = place.left() + column * (side + GAP_PX), place.top() + row * (high + GAP_PX)
            draw(painter, to_qimage(image), QRectF(x, y, side, side))


def _paint_points(painter: QPainter, panel: Panel, place: QRectF) -> None:
    """Places on one scale along both axes, in the middle of the room."""
    scale = min(place.width(), place.height()) / SIDE
    corner = QPointF(place.center().x() - SIDE * scale / 2, place.center().y() + SIDE * scale / 2)
    spots, outline, way = (_spots(of, corner, scale) for of in (panel.points, panel.outline, panel.line))
    painter.setPen(QPen(theme.color("muted"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(outline))
    painter.setPen(Qt.PenStyle.NoPen)
    colors = [QColor(class_color(int(label), dark=theme.dark)) for label in panel.labels] or [theme.color("muted")]
    for at, radius in enumerate(panel.radii):
        cloud = QColor(colors[at % len(colors)])
        cloud.setAlpha(CLOUD)
        painter.setBrush(cloud)
        painter.drawEllipse(spots[at], radius * scale, radius * scale)
    for at, spot in enumerate(spots):
        painter.setBrush(colors[at % len(colors)])
        painter.drawEllipse(spot, DOT_PX, DOT_PX)
    if way:
        painter.setPen(QPen(theme.color("accent"), LINE_PX))
        painter.drawPolyline(QPolygonF(way))
        painter.setBrush(theme.color("accent"))
        for end in (way[0], way[-1]):
            painter.drawEllipse(end, 2 * DOT_PX, 2 * DOT_PX)


def _spots(places: Array, corner: QPointF, scale: float) -> list[QPointF]:
    """Places (N, 2) on the screen; `corner` is their nought."""
    return [QPointF(corner.x() + x * scale, corner.y() - y * scale) for x, y in places]


def _paint_curves(painter: QPainter, curves: tuple[Array, ...], place: QRectF) -> None:
    """Curves from nought, of which the last one is what the lesson is about."""
    painter.setPen(QPen(theme.color("border"), 1))
    painter.drawLine(place.bottomLeft(), place.bottomRight())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number, curve in enumerate(curves):
        across = np.linspace(place.left(), place.right(), len(curve))
        along = place.bottom() - curve / SIDE * place.height()
        last = number + 1 == len(curves)
        painter.setPen(QPen(theme.color("accent" if last else "muted"), LINE_PX))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(across, along, strict=True)]))
