"""Draws beside decodes of real images' codes, on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, in_rows, squarish
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.samples import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Two blocks of images of one size, side by side."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    columns = squarish(len(result.images), result.images[0].shape, 1.0 if result.beside is not None else 1.8)
    # Where draws carry a class (conditional models), so do the codes beside them.
    named = result.labels is not None
    names = _names(result, result.labels) if named else []
    blocks = [Grid(page, in_rows(result.images, columns, names), heading=result.source_title, cell=0.7)]
    if result.beside is not None:
        columns = min(columns, len(result.beside))
        names = _names(result, result.beside_labels) if named else []
        blocks.append(Grid(page, in_rows(result.beside, columns, names), heading=result.beside_title, cell=0.7))
    page.add(*blocks)
    page.fit()


def _names(result: Result, labels: Array | None) -> list[str]:
    return [] if labels is None else [result.class_names[label] for label in labels]
