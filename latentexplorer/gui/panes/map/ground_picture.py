"""The ground of a map, painted below its points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from latentexplorer.gui.panes.map.cloud import Placing
from latentexplorer.gui.style.theme import theme
from latentexplorer.views.map_ground import STRONGEST

if TYPE_CHECKING:
    from latentexplorer.views.map_ground import Ground

SHADES = 17


class GroundPicture:
    """Shades of the text's colour, smooth between the places that are known: colours are the points'.

    Attributes
    ----------
    ground : Ground or None
    """

    def __init__(self) -> None:
        self.ground: Ground | None = None
        self._image = QImage()

    def show(self, ground: Ground | None) -> None:
        """Another ground, or none, or the same in the colours of the theme."""
        self.ground = ground
        if ground is None:
            return
        ink = theme.color("text")
        pixels = np.empty((*ground.values.shape, 4), np.uint8)
        pixels[..., :3] = ink.red(), ink.green(), ink.blue()
        pixels[..., 3] = np.round(255 * STRONGEST * ground.shades)
        rows, columns = ground.values.shape
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self._image = image.copy()  # It does not keep what it is made of.

    def paint(self, painter: QPainter, placing: Placing) -> None:
        """Draw it where it lies in the scene."""
        if self.ground is None:
            return
        left, right, bottom, top = self.ground.extent
        (x, y), (x2, y2) = placing.pixels(np.array([(left, top), (right, bottom)])).tolist()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(x, y, x2 - x, y2 - y), self._image)
        painter.restore()


def shades() -> list[str]:
    """The shades on the card, from none to the strongest, for a scale."""
    card, ink = theme.color("card"), theme.color("text")
    return [_mixed(card, ink, STRONGEST * at / (SHADES - 1)).name() for at in range(SHADES)]


def _mixed(below: QColor, above: QColor, opacity: float) -> QColor:
    ends = zip((below.red(), below.green(), below.blue()), (above.red(), above.green(), above.blue()), strict=True)
    return QColor(*(round(one + opacity * (other - one)) for one, other in ends))
