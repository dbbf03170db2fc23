"""Draws beside decodes of real images' codes, on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, in_rows, squarish
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.samples import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Two blocks of images of one size, side by side."""
    beside = result.beside
    subtitle = result.subtitle if beside is None else f"{result.subtitle} beside {result.beside_title}"
    page = Page(figure, style, result.title, subtitle, result.notes)
    columns = squarish(len(result.images), result.images[0].shape, 1.0 if beside is not None else 1.8)
    columns = min(columns, len(result.images))
    names = [] if result.labels is None else [result.class_names[label] for label in result.labels]
    heading = "" if beside is None else result.source_title
    blocks = [Grid(page, in_rows(result.images, columns, names), heading=heading, cell=0.7)]
    if beside is not None:
        wide = min(columns, len(beside))
        named = [""] * len(beside) if names else []
        blocks.append(Grid(page, in_rows(beside, wide, named), heading=result.beside_title, cell=0.7))
    page.add(*blocks)
    page.fit()
