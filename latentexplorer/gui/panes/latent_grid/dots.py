"""Codes of images laid over the latent grid, in the colours of their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from latentexplorer.views.base import Array
from latentexplorer.views.latent_grid import Result
from latentexplorer.views.palette import UNLABELLED, class_color
from latentexplorer.views.plane import codes_in_sight

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_DOTS = 3000


def dots_of(run: Trained | None, result: Result | None) -> list[tuple[QColor, Array]]:
    """Columns and rows (M, 2) of a run's training codes on a plane, for each colour."""
    codes = run.codes.get("train") if run is not None else None
    if result is None or codes is None or not len(codes.loc):
        return []
    cells, labels = codes_in_sight(result, codes, MOST_DOTS)
    if labels is None:
        return [(QColor(UNLABELLED), cells)]
    return [(QColor(class_color(int(at), dark=True)), cells[labels == at]) for at in np.unique(labels)]
