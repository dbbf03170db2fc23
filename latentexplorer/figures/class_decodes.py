"""One decode a class on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, in_rows
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.class_decodes import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Classes in order, their names below."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    count = len(result.images)
    # As few rows as fit, all of them full or nearly so.
    rows = -(-count // 10)
    page.add(Grid(page, in_rows(result.images, -(-count // rows), result.names), cell=0.7))
    page.fit()
