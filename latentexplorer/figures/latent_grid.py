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
    labels = _numbers(result.y)
    strengths = np.ones(result.codes.shape[:2]) if result.fading is None else result.fading.strength
    rows = [
        Row(list(images), label=label, strength=strength.tolist())
        for images, label, strength in zip(result.images, labels, strengths, strict=True)
    ]
    page.add(
        Grid(
            page,
            rows,
            bottom=_numbers(result.x),
            x_title=result.axes[0],
            y_title=result.axes[1],
            cell=0.48,
            gap=0.02,
            label_color=style.muted,
            most_labels=6,
        )
    )
    page.fit()


def _numbers(values: Array) -> list[str]:
    """Values with as many digits as tell them apart."""
    digits = 2 if np.ptp(values) < 10 else 1 if np.ptp(values) < 100 else 0
    return [number(float(value), digits) for value in values]
