"""How much each direction carries, on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from latentexplorer.figures.chart import Chart, Key, Legend, guide_lines
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.explained_variance import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Bars of each direction's part, a line of their sum; the KL of each dimension beside them where there is one."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    ratio = 0.5 if result.kl is None else 0.75
    chart = Chart(page, ratio=ratio)
    axes = chart.axes
    at = np.arange(1, len(result.share) + 1)
    axes.bar(at, 100 * result.share, color=style.accent, width=0.72)
    axes.plot(
        at, 100 * result.cumulative, color=style.second, linewidth=1.3, marker="o", markersize=3, markeredgewidth=0
    )
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=None, symbol=" %"))
    axes.set_ylim(0, 104)
    _count_axis(chart, len(at))
    guide_lines(axes, style)
    each = "component" if result.of == "images" else "direction"
    chart.name_axes(each, f"variance of the {result.of}")
    charts = [chart]
    if result.kl is not None and result.kl_dims is not None:
        charts.append(_kl(page, result, style, ratio))
    page.add(*charts)
    marks = [Key(each, style.accent, "s"), Key(f"{each} and all before it", style.second, line="-")]
    page.add(Legend(page, marks))
    page.fit()


def _kl(page: Page, result: Result, style: Style, ratio: float) -> Chart:
    chart = Chart(page, ratio=ratio)
    kl, dims = result.kl, result.kl_dims
    if kl is None or dims is None:
        return chart
    at = np.arange(1, len(kl) + 1)
    chart.axes.bar(at, kl, color=style.accent, width=0.72)
    guide_lines(chart.axes, style)
    if len(dims) <= 12:
        chart.axes.set_xticks(at, [f"z{dim}" for dim in dims])
        chart.axes.set_xlim(0.3, len(at) + 0.7)
        chart.name_axes("dimension", "KL, nats")
    else:
        _count_axis(chart, len(at))
        chart.name_axes("dimensions, by KL", "KL, nats")
    return chart


def _count_axis(chart: Chart, count: int) -> None:
    chart.axes.set_xlim(0.3, count + 0.7)
    chart.axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
