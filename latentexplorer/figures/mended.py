"""An image of which a part is missing, on paper: what is left, and a row of completions for each run."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.mended import Result

GROUND = 0.55
"""Grey level of what is erased, beside that of the checks in it."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The original and what is left of it, then the completions, their errors below."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    rows = []
    for row in result.rows:
        shown = row.shown(result.original, result.erased, result.whole)
        captions = [_errors(left, missing) for left, missing in zip(row.left, row.missing, strict=True)]
        images = [result.original / 255, left_of(result.original, result.erased), *shown]
        rows.append(Row(images, label=row.run, captions=["original", "what is known", *captions]))
    page.add(Grid(page, rows, column_gaps={2: 0.1}, caption_lines=2))
    page.fit()


def left_of(original: Array, erased: Array) -> Array:
    """An image (H, W, C), float, with checks where it is erased."""
    checks = (np.indices(erased.shape).sum(0) % 2) * 0.1 + GROUND
    return np.where(erased[..., None], checks[..., None], original / 255)


def _errors(left: float, missing: float) -> str:
    words = ["" if np.isnan(value) else f"{name} {value:.3f}" for name, value in (("known", left), ("erased", missing))]
    return "\n".join(filter(None, words))
