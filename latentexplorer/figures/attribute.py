"""Codes moved along a direction on paper, and below what goes along with it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table
from latentexplorer.figures.text import number
from latentexplorer.views.attribute import Result
from latentexplorer.views.attribute_words import number as shown_number
from latentexplorer.views.attribute_words import others, way_of
from latentexplorer.views.base import Array
from latentexplorer.views.odd_images import BRIGHTER, DARKER

MOST_ROWS = 14
GOES = {1: "along", -1: "against", 0: "not surely"}


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A row a code; behind the first where pixels become brighter and darker; a table of what goes along."""
    words = "Last picture: mean change from 0 to 1, orange brighter and blue darker"
    page = Page(figure, style, result.title, result.subtitle, (*result.notes, words))
    where = where_picture(result.where)
    rows = []
    for at, (name, images) in enumerate(zip(result.names, result.images, strict=True)):
        cells: list[Array | None] = [_colour(np.clip(image, 0, 1)) for image in images]
        rows.append(Row([*cells, where if at == 0 else None], label=name))
    bottom = [*(number(float(amount), 2) for amount in result.amounts), "change"]
    gaps = {len(result.amounts): 0.12}
    page.add(Grid(page, rows, bottom=bottom, x_title="steps from group to group", column_gaps=gaps, cell=0.55))
    beside = others(result.attribute.receipt)[:MOST_ROWS]
    if beside:
        cells_of = [
            [
                row.name,
                f"{shown_number(row.value)} {'' if row.group else 'sd'}".strip(),
                f"{shown_number(row.low)} to {shown_number(row.high)}",
                GOES[way_of(row)],
            ]
            for row in beside
        ]
        page.add(Table(page, ["", "mean place, or rise a step", "interval", "goes"], cells_of))
    page.fit()


def where_picture(where: Array) -> Array:
    """Mean change of pixels (H, W) as a picture (H, W, 3) float in [0, 1]: orange brighter, blue darker."""
    strength = np.abs(where) / max(float(np.abs(where).max()), 1e-6)
    hue = np.where((where > 0)[..., None], BRIGHTER, DARKER)
    return np.asarray(strength[..., None] * hue, np.float32)


def _colour(image: Array) -> Array:
    """A picture with three channels, as that of the change has."""
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
