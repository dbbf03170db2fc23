"""Codes of images laid over the latent grid, in the colours of their classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from latentexplorer.views.base import Array
from latentexplorer.views.latent_grid import Result
from latentexplorer.views.palette import UNLABELLED, class_color
from latentexplorer.views.plane import codes_in_sight

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_DOTS = 3000
SIZE_PX, RIM_PX = 3.5, 1.5


def dots_of(run: Trained | None, result: Result | None) -> list[tuple[QColor, Array]]:
    """Columns and rows (M, 2) of a run's training codes on a plane, for each colour."""
    codes = run.codes.get("train") if run is not None else None
    if result is None or codes is None or not len(codes.loc):
        return []
    cells, labels = codes_in_sight(result, codes, MOST_DOTS)
    if labels is None:
        return [(QColor(UNLABELLED), cells)]
    return [(QColor(class_color(int(at), dark=True)), cells[labels == at]) for at in np.unique(labels)]


def paint_dots(
    painter: QPainter, dots: list[tuple[QColor, Array]], position_of: Callable[[float, float], QPointF]
) -> None:
    """Draw dots at columns and rows (M, 2) for each colour, with a dark rim: seen on black as on white pictures."""
    start = position_of(0, 0)
    step = position_of(1, 1) - start
    for rim in (True, False):
        for color, cells in dots:
            points = np.array(start.toTuple()) + cells * np.array(step.toTuple())
            pen = QPen(QColor(0, 0, 0, 160) if rim else color, SIZE_PX + RIM_PX if rim else SIZE_PX)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints([QPointF(x, y) for x, y in points.tolist()])
