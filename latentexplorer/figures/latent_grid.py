"""A decoded plane on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.text import number
from latentexplorer.views.base import Array
from latentexplorer.views.latent_grid import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw a plane into an empty figure."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    labels = _sparse(result.y)
    rows = [Row(list(images), label=label) for images, label in zip(result.images, labels, strict=True)]
    page.add(
        Grid(
            page,
            rows,
            bottom=_sparse(result.x),
            x_title=result.axes[0],
            y_title=result.axes[1],
            cell=0.48,
            gap=0.02,
            label_color=style.muted,
        )
    )
    page.fit()


def _sparse(values: Array) -> list[str]:
    """Values at both ends and evenly between, so that they never run into each other."""
    shown = {round(float(at)) for at in np.linspace(0, len(values) - 1, min(len(values), 6))}
    digits = 2 if np.ptp(values) < 10 else 1 if np.ptp(values) < 100 else 0
    return [number(float(value), digits) if at in shown else "" for at, value in enumerate(values)]
