"""Mixtures taken apart, on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.separation import Result

COLUMNS = 8


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A column a mixture: the mixture, then each original above what was found of it."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    rows = []
    for at in range(0, len(result.mixtures), COLUMNS):
        some = slice(at, at + COLUMNS)
        rows.append(Row(list(result.mixtures[some]), label="mixture", gap=0.15 if at else 0.0))
        for which, name in enumerate(("first", "second")):
            rows.append(Row(list(result.originals[some, which]), label=f"{name} original", gap=0.07))
            captions = [f"{error:.3f}" for error in result.errors[some, which]]
            rows.append(Row(list(result.components[some, which]), label=f"{name} found", captions=captions))
    page.add(Grid(page, rows, cell=0.68))
    page.fit()
