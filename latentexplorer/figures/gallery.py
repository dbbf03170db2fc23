"""Images of the data on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row, in_rows
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.gallery import Result
from latentexplorer.views.tiling import squarish


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Class by class, or one after another."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    if result.by_class and result.labels is not None and len(np.unique(result.labels)) < len(result.labels):
        rows = [
            Row(list(result.images[result.labels == label]), label=result.class_names[label])
            for label in np.unique(result.labels).tolist()
        ]
        page.add(Grid(page, rows, cell=0.52))
    else:
        columns = squarish(len(result.images), result.images[0].shape, 1.6)
        names = _names(result)
        page.add(Grid(page, in_rows(result.images, columns, names), cell=0.52))
    page.fit()


def _names(result: Result) -> list[str]:
    """A class below each image, where there are several and they do not have rows of their own."""
    if result.labels is None or len(np.unique(result.labels)) < 2:
        return []
    return [result.class_names[label] for label in result.labels]
