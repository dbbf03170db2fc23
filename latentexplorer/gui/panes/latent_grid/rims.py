"""The ground that the pictures of a latent grid stand on, in colours."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from latentexplorer.gui.style.theme import theme

Edges = list[tuple[int, int]]
"""Pairs of neighbouring pictures, counted row by row, between which a line is drawn; the left or upper one first."""


class BorderedRims(list[QColor]):
    """Colours of rims, with lines between some of them."""

    def __init__(self, colors: list[QColor], edges: Edges) -> None:
        super().__init__(colors)
        self.edges = edges


def paint_rims(painter: QPainter, places: list[QRectF], gap: float, colors: list[QColor]) -> None:
    """The ground that pictures stand on, each half a gap wider than its picture."""
    half = gap / 2
    back = theme.color("card")
    for place, color in zip(places, colors, strict=True):
        painter.fillRect(place.adjusted(-half, -half, half, half), color)
        # Faint pictures shine through to the card, as everywhere.
        painter.fillRect(place, back)
    if isinstance(colors, BorderedRims):
        painter.setPen(QPen(theme.color("text"), 1.5))
        for first, second in colors.edges:
            rect = places[first].adjusted(-half, -half, half, half)
            beside = second == first + 1
            corner = rect.topRight() if beside else rect.bottomLeft()
            painter.drawLine(QPointF(corner), QPointF(rect.bottomRight()))
