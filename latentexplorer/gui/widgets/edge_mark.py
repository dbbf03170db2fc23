"""A small arrow at the edge of what is shown: what it stands for lies outside, in that direction."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from latentexplorer.gui.style.theme import theme

LONG_PX, WIDE_PX = 12.0, 5.5
REACH_PX = 12.0
"""How near to it a click is one on the arrow."""


def edge_place(place: QPointF, area: QRectF) -> QPointF | None:
    """The point of an area's edge that is nearest to a place outside it; None for a place inside, or nowhere."""
    if not (math.isfinite(place.x()) and math.isfinite(place.y())) or area.contains(place):
        return None
    return QPointF(min(max(place.x(), area.left()), area.right()), min(max(place.y(), area.top()), area.bottom()))


def paint_edge_mark(painter: QPainter, edge: QPointF, place: QPointF) -> None:
    """Draw an arrow whose tip touches the `edge` and that points to a `place` beyond it."""
    way = QPointF(place.x() - edge.x(), place.y() - edge.y())
    far = math.hypot(way.x(), way.y()) or 1.0
    along = QPointF(way.x() / far, way.y() / far)
    beside = QPointF(-along.y(), along.x())
    back = edge - along * LONG_PX
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(theme.color("card"), 1.6)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(theme.color("accent"))
    painter.drawPolygon(QPolygonF([edge, back + beside * WIDE_PX, back - beside * WIDE_PX]))
    painter.restore()


def on_edge_mark(position: QPointF, edge: QPointF | None) -> bool:
    """Whether a position is on the arrow at an edge."""
    return edge is not None and math.hypot(position.x() - edge.x(), position.y() - edge.y()) <= REACH_PX
