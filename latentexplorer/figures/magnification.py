"""How much the decoder stretches a plane, on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart
from latentexplorer.figures.map import SEQUENTIAL
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.magnification import Result
from latentexplorer.views.magnified import scale_of


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw the plane in colours, with their scale."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    chart = Chart(page, ratio=0.8)
    values = np.ma.masked_invalid(result.values)
    low, high = scale_of(result.values)
    drawn = chart.axes.pcolormesh(
        result.x, result.y, values, cmap=SEQUENTIAL, vmin=low, vmax=high, shading="nearest", rasterized=True
    )
    chart.add_bar(page, drawn, "log10 of the magnification")
    chart.name_axes(*result.axes)
    page.add(chart)
    page.fit()
