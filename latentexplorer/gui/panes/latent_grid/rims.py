"""The ground that the pictures of a latent grid stand on, in colours."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from latentexplorer.gui.style.theme import theme


def paint_rims(painter: QPainter, places: list[QRectF], gap: float, colors: list[QColor]) -> None:
    """The ground that pictures stand on, each half a gap wider than its picture."""
    half = gap / 2
    back = theme.color("card")
    for place, color in zip(places, colors, strict=True):
        painter.fillRect(place.adjusted(-half, -half, half, half), color)
        # Faint pictures shine through to the card, as everywhere.
        painter.fillRect(place, back)
