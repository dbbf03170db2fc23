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
MOST_NAMES = 48
"""Names that are told below the pictures; a pane and the command tell all."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Three rows a line of images, p-value and name below."""
    page = Page(figure, style, result.title, result.subtitle, (*result.notes, _names(result)))
    rows, maps = [], result.pictures
    for at in range(0, len(result.images), COLUMNS):
        some = range(at, min(at + COLUMNS, len(result.images)))
        originals = [_colour(result.originals[row]) for row in some]
        rows.append(Row(originals, label="original", gap=0.1 if at else 0.0))
        rows.append(Row([_colour(result.images[row]) for row in some], label="decoded"))
        captions = [result.words(row) for row in some]
        rows.append(Row([maps[row] for row in some], label="misfit", captions=captions))
    page.add(Grid(page, rows, cell=0.8, caption_lines=1))
    page.fit()


def _names(result: Result) -> str:
    names = [Path(name).name for name in result.names[:MOST_NAMES]]
    more = f" and {len(result.names) - MOST_NAMES} more" if len(result.names) > MOST_NAMES else ""
    return f"In this order: {', '.join(names)}{more}"


def _colour(image: Array) -> Array:
    """A picture with three channels, as the maps have."""
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
