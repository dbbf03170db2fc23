"""What each dimension does, on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart, guide_lines
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table
from latentexplorer.views.base import Array
from latentexplorer.views.dimension_effect import Result

NAMED_BARS = 12
"""Bars that have room for their names in half a figure."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Bars of what each dimension changes and, for the same ones, of its KL or variance; below, what each goes with."""
    of_bars = ("Whiskers: the standard error over these codes",) if result.effect.codes > 1 else ()
    page = Page(figure, style, result.title, result.subtitle, (*result.notes, *of_bars))
    dims = result.effect.order[: result.top]
    # A dimension that changes nothing has a mean of nought without any error.
    error = np.nan_to_num(result.effect.error[dims])
    left = _bars(page, style, dims, result.effect.change[dims], "changes the image by, rmse", error)
    right = _bars(page, style, dims, result.importance.value[dims], result.importance.measure)
    page.add(left, right)
    if result.correlations.names:
        rows = []
        for dim in dims.tolist():
            known = result.goes_with(dim)
            cells = (known.words, known.interval) if known is not None else ("nothing surely", "")
            rows.append([f"z{dim}", f"{result.effect.change[dim]:.3f}", *cells])
        page.add(Table(page, ["", "changes the image by", "goes with", "interval"], rows))
    page.fit()


def _bars(page: Page, style: Style, dims: Array, values: Array, name: str, error: Array | None = None) -> Chart:
    chart = Chart(page, ratio=0.7)
    at = np.arange(len(dims))
    chart.axes.bar(at, values, yerr=error, color=style.accent, ecolor=style.muted, width=0.72)
    guide_lines(chart.axes, style)
    chart.axes.set_xlim(-0.7, len(at) - 0.3)
    chart.axes.set_ylim(bottom=0)
    every = -(-len(dims) // NAMED_BARS)
    chart.axes.set_xticks(at[::every], [f"z{dim}" for dim in dims[::every]])
    chart.name_axes("dimension", name)
    return chart
