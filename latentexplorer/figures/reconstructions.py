"""Originals above reconstructions on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.reconstructions import Result

COLUMNS = 8


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Pairs of rows, the error of each image below it."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    rows = []
    for at in range(0, len(result.images), COLUMNS):
        some = slice(at, at + COLUMNS)
        rows.append(Row(list(result.originals[some]), label="original", gap=0.08 if at else 0.0))
        captions = [f"{error:.3f}" for error in result.errors[some]]
        rows.append(Row(list(result.images[some]), label="decoded", captions=captions))
    page.add(Grid(page, rows))
    page.fit()
