"""The oddest images on paper: each above its decode and its misfit, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.odd_images import Result

COLUMNS = 8


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Three rows a line of images, the name above and the p-value below."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    rows, maps = [], result.pictures
    for at in range(0, len(result.images), COLUMNS):
        some = range(at, min(at + COLUMNS, len(result.images)))
        originals = [_colour(result.originals[row]) for row in some]
        names = [Path(result.names[row]).name for row in some]
        rows.append(Row(originals, label="original", gap=0.1 if at else 0.0, top=names))
        rows.append(Row([_colour(result.images[row]) for row in some], label="decoded"))
        captions = [result.words(row) for row in some]
        rows.append(Row([maps[row] for row in some], label="misfit", captions=captions))
    page.add(Grid(page, rows, cell=0.8, caption_lines=1))
    page.fit()


def _colour(image: Array) -> Array:
    """A picture with three channels, as the maps have."""
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
