"""Draw and swap on paper: the image beside the chosen class, then its style in every class, the truth below."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures import text
from latentexplorer.figures.grid import GAP, PAD, Grid, Row
from latentexplorer.figures.page import MARGIN, WIDTH, Page
from latentexplorer.figures.style import Style
from latentexplorer.views.swapped import Result

LARGE, CELL, LEAST_CELL = 1.7, 0.56, 0.4
"""Inches of a picture of the pair; of one of the strip, and at least of that."""
BETWEEN = 0.14


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The original and the swap large; names above the strip, in lines of equal length where the classes are many."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    pair = [result.original / 255, result.swap]
    names = ["the image", f"as {result.class_names[result.to]}"]
    if result.truth is not None:
        pair.append(result.truth.images[result.to] / 255)
        names.append("true image")
    page.add(Grid(page, [Row(pair, top=names)], cell=LARGE))
    labels = ("", "") if result.truth is None else ("swap", "true")
    page.add(Grid(page, _strip(result, labels, style), cell=CELL))
    page.fit()


def _strip(result: Result, labels: tuple[str, str], style: Style) -> list[Row]:
    beside = max(text.width_of(label, style.caption_pt) for label in labels) + PAD
    across = max(int((WIDTH - 2 * MARGIN - beside) / (LEAST_CELL + GAP)), 1)
    lines = -(-len(result.names) // across)
    across = -(-len(result.names) // lines)
    rows = []
    for start in range(0, len(result.names), across):
        part = slice(start, start + across)
        gap = BETWEEN if start else 0.0
        rows.append(Row(list(result.images[part]), label=labels[0], top=result.names[part], gap=gap))
        if result.truth is not None:
            true = result.truth.images[result.classes[part]]
            rows.append(Row(list(np.asarray(true) / 255), label=labels[1]))
    return rows
