"""Traversed dimensions on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.text import number
from latentexplorer.views.local_axes import UNIT
from latentexplorer.views.traversal import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A row a dimension; values below the columns, or at the ends of each row where rows differ."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    alike = bool((np.ptp(result.values, axis=0) == 0).all())
    rows = []
    strengths = np.ones(result.values.shape) if result.fading is None else result.fading.strength
    names = result.names or tuple(f"z{dim}" for dim in result.dims)
    for at, (dim, images, values) in enumerate(zip(result.dims, result.images, result.values, strict=True)):
        strength = strengths[at]
        weight = number(float(result.importance[dim]))
        span = "" if alike else f", {number(float(values[0]), 1)} to {number(float(values[-1]), 1)}"
        rows.append(
            Row(
                list(images),
                label=f"{names[at].replace(', ', chr(10), 1)}{span}",
                right=weight,
                strength=strength.tolist(),
            )
        )
    unit = UNIT if result.names else "value of the dimension"
    bottom = [number(float(value), 1) for value in result.values[0]] if alike else []
    page.add(
        Grid(
            page,
            rows,
            bottom=bottom,
            x_title=unit if alike else "",
            right_title=result.importance_title,
            cell=0.52,
        )
    )
    page.fit()
