"""One code on paper: its decode, the original, its neighbours, its numbers as bars."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from latentexplorer.figures.chart import Chart
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.decoded import Result

FEW = 16
"""Up to so many dimensions are named one by one."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The decode, the original and the code side by side, the nearest training images below."""
    error = "" if result.error is None else f", rmse {result.error:.3f} on [0, 1]"
    page = Page(figure, style, result.title, result.subtitle + error, result.notes)
    images, captions = [result.image], ["decoded"]
    if result.original is not None:
        images.append(result.original)
        captions.append("original")
    page.add(Grid(page, [Row(images, captions=captions)], cell=1.6, gap=0.12), _bars(page, result, style))
    if len(result.nearest):
        page.add(Grid(page, [Row(list(result.nearest), label="nearest")], cell=0.62))
    page.fit()


def _bars(page: Page, result: Result, style: Style) -> Chart:
    """A bar for each dimension, and the standard deviation of the posterior where there is one."""
    z = np.asarray(result.code.z, np.float64)
    spread = "mean and σ of the posterior" if result.scale is not None else ""
    chart = Chart(page, heading="code", caption=spread, ratio=0.42, weight=0.8)
    axes, at = chart.axes, np.arange(len(z))
    axes.bar(at, z, color=style.accent, width=0.72 if len(z) > 3 else 0.4)
    if result.scale is not None:
        axes.vlines(at, z - result.scale, z + result.scale, color=style.ink, linewidth=0.8)
    axes.axhline(0, color=style.muted, linewidth=0.7)
    axes.set_xlim(-0.7, len(z) - 0.3)
    if len(z) <= FEW:
        axes.set_xticks(at, [f"z{dim}" for dim in at])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        chart.name_axes("dimension", "")
    return chart
