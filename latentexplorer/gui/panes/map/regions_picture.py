"""Decision regions of a map, painted below its points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QImage, QPainter, QPen

from latentexplorer.gui.panes.map.cloud import Placing
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.regions import judge_choice
from latentexplorer.views.judging import borders, shades

if TYPE_CHECKING:
    from latentexplorer.views.map_regions import MapRegions

Line = tuple[tuple[int, int], tuple[int, int]]
"""Column and row of both ends, in cells from the lower left."""
TINT = 0.45
"""Of the full colour at most: the points stand on it in theirs."""


class RegionsPicture:
    """A tint a place, in the colour of its class; nothing where nothing is said."""

    def __init__(self) -> None:
        self._extent = (0.0, 1.0, 0.0, 1.0)
        self._image = QImage()
        self._lines: list[Line] = []

    def show(self, found: MapRegions | None) -> None:
        """Other regions, or none."""
        if found is None:
            self._image = QImage()
            return
        verdict = found.regions.verdict
        rows, columns = verdict.classes.shape
        pixels = np.zeros((rows, columns, 4), np.uint8)
        card = theme.tokens.card
        pixels[..., :3] = shades(verdict, TINT * found.regions.strength, card, dark=theme.dark)
        pixels[..., 3] = np.where(np.isfinite(verdict.confidence), 255, 0)
        # Pictures begin at the top.
        upright = np.ascontiguousarray(pixels[::-1])
        image = QImage(upright.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self._lines = _lines(found) if judge_choice.contours else []
        self._extent, self._image = found.extent, image.copy()  # It does not keep what it is made of.

    @property
    def shown(self) -> bool:
        """Whether there is something to paint."""
        return not self._image.isNull()

    def paint(self, painter: QPainter, placing: Placing) -> None:
        """Draw them where they lie in the scene."""
        if self.shown:
            left, right, bottom, top = self._extent
            (x, y), (x2, y2) = placing.pixels(np.array([(left, top), (right, bottom)])).tolist()
            painter.drawImage(QRectF(x, y, x2 - x, y2 - y), self._image)
            columns, rows = self._image.width(), self._image.height()
            across, down = (x2 - x) / columns, (y2 - y) / rows
            painter.setPen(QPen(theme.color("muted"), 1))
            painter.drawLines(
                [
                    QLineF(x + one[0] * across, y2 - one[1] * down, x + other[0] * across, y2 - other[1] * down)
                    for one, other in self._lines
                ]
            )


def _lines(found: MapRegions) -> list[Line]:
    """Between neighbours of different classes; what nothing is said of borders on nothing."""
    verdict = found.regions.verdict
    known = np.isfinite(verdict.confidence)
    beside, below = borders(verdict.classes)
    beside &= known[:, 1:] & known[:, :-1]
    below &= known[1:] & known[:-1]
    lines: list[Line] = [((at + 1, row), (at + 1, row + 1)) for row, at in np.argwhere(beside).tolist()]
    return lines + [((at, row + 1), (at + 1, row + 1)) for row, at in np.argwhere(below).tolist()]
