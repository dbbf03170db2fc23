"""Each latent dimension on paper: bars of what it carries, and how that came about over epochs."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from latentexplorer.figures.chart import Chart, Key, Legend
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.dimension_columns import Column
from latentexplorer.views.dimensions import Result

ROW = 0.16
"""Height of a row, inches."""
NAMED = 40
"""Up to so many rows each has its name."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A row a dimension, a chart a column; below them the training from left to right."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    height = max(len(result.dims), 3) * ROW + 0.4
    count = max(len(result.columns), 1)
    page.add(*[_bars(page, result, column, style, height * count / 6.2, 1 / count) for column in result.columns])
    if not result.active.all():
        page.add(Legend(page, [Key("active", style.accent, "s"), Key("not active", style.muted, "s")]))
    if len(result.epochs) > 1:
        page.add(_over(page, result, style, height / 6.2))
    page.fit()


def _bars(page: Page, result: Result, column: Column, style: Style, ratio: float, weight: float) -> Chart:
    chart = Chart(page, ratio=ratio, weight=weight)
    values = np.nan_to_num(result.values[column.name])
    colors = [style.accent if active else style.muted for active in result.active]
    chart.axes.barh(np.arange(len(values)), values, color=colors, height=0.7)
    chart.axes.xaxis.set_major_locator(MaxNLocator(4))
    _rows(chart, result)
    chart.name_axes(column.heading, "")
    return chart


def _over(page: Page, result: Result, style: Style, ratio: float) -> Chart:
    chart = Chart(page, ratio=ratio)
    colors = LinearSegmentedColormap.from_list("carried", [style.faint, style.accent])
    edges = np.append(result.epochs, 2 * result.epochs[-1] - result.epochs[-2]) - 0.5
    mesh = chart.axes.pcolormesh(
        edges, np.arange(len(result.dims) + 1) - 0.5, np.nan_to_num(result.over).T, cmap=colors, rasterized=True, vmin=0
    )
    chart.axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    _rows(chart, result)
    chart.name_axes("epoch", "")
    chart.add_bar(page, mesh, result.over_column.heading)
    return chart


def _rows(chart: Chart, result: Result) -> None:
    count = len(result.dims)
    step = -(-count // NAMED)
    chart.axes.set_yticks(np.arange(0, count, step), [f"z{dim}" for dim in result.dims[::step]])
    chart.axes.set_ylim(count - 0.5, -0.5)
    chart.axes.tick_params(axis="y", length=0)
