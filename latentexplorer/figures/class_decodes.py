"""One decode a class on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures import text
from latentexplorer.figures.grid import Grid, in_rows
from latentexplorer.figures.page import MARGIN, WIDTH, Page
from latentexplorer.figures.style import Style
from latentexplorer.views.class_decodes import Result

CELL = 0.7
"""Inches."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Classes in order, their names below."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    count = len(result.images)
    widest = max(text.width_of(text.shown(name), style.caption_pt) for name in result.names)
    # As few rows as leave room for the names, all of them full or nearly so.
    most = max(2, min(10, int((WIDTH - 2 * MARGIN) / max(CELL * 0.8, widest))))
    rows = -(-count // most)
    cell = max(CELL, min(widest, 1.3))
    page.add(Grid(page, in_rows(result.images, -(-count // rows), result.names), cell=cell))
    page.fit()
