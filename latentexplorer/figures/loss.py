"""Loss curves on paper: nats per image at the left, the plain pixel error beside them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from latentexplorer.figures.chart import Chart, Key, Legend, guide_lines
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.text import number
from latentexplorer.views.loss import PART_TITLES, Curve, Result, longest_title, term_color
from latentexplorer.views.palette import class_color

DASHES = {"train": "-", "test": "--"}


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw loss curves into an empty figure."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    several = len(result.runs) > 1
    panels = _panels(result, several)
    charts = []
    for unit, heading, curves in panels:
        chart = Chart(page, heading=heading, ratio=0.62 if len(panels) < 3 else 0.75)
        for curve in curves:
            _draw_curve(chart, curve, result, style)
        chart.axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        guide_lines(chart.axes, style)
        if result.log:
            _log(chart, curves)
        chart.axes.margins(x=0.02)
        chart.name_axes("epoch", unit)
        charts.append(chart)
    in_a_row = 3 if len(charts) == 3 else 2
    for at in range(0, len(charts), in_a_row):
        page.add(*charts[at : at + in_a_row])
    page.add(Legend(page, _keys(result, style)))
    page.fit()


def _panels(result: Result, several: bool) -> list[tuple[str, str, tuple[Curve, ...]]]:
    """One panel a unit; for several runs one a quantity, so that colours can tell the runs apart."""
    if not several:
        units = dict.fromkeys(curve.unit for curve in result.curves)
        return [(unit, "", result.of_unit(unit)) for unit in units]
    quantities = dict.fromkeys(curve.quantity for curve in result.curves)
    return [
        (own[0].unit, longest_title(own), own)
        for name in quantities
        if (own := tuple(curve for curve in result.curves if curve.quantity == name))
    ]


def _color(curve: Curve, result: Result, style: Style) -> str:
    if len(result.runs) > 1:
        return class_color(result.runs.index(curve.run))
    common = {"loss": style.accent, "recon": class_color(7), "kl": style.second, "rmse": class_color(5)}
    return common.get(curve.quantity) or term_color(curve.quantity)


def _draw_curve(chart: Chart, curve: Curve, result: Result, style: Style) -> None:
    color = _color(curve, result, style)
    below = curve.quantity == "recon" and len(result.runs) == 1
    # A line through one point is nothing: then the point itself is shown.
    marker = "o" if len(curve.epochs) == 1 else ""
    if curve.values is not curve.raw:
        chart.axes.plot(curve.epochs, curve.raw, color=color, linewidth=0.5, alpha=0.4, linestyle=DASHES[curve.part])
    chart.axes.plot(
        curve.epochs,
        curve.values,
        color=color,
        # Loss and reconstruction nearly coincide where the KL is small: the one is seen on top of the other.
        linewidth=2.6 if below else 1.3,
        zorder=2 if below else 3,
        linestyle=DASHES[curve.part],
        marker=marker,
        markersize=4,
        solid_capstyle="round",
    )


def _log(chart: Chart, curves: tuple[Curve, ...]) -> None:
    """A logarithmic axis; linear around zero where values are not all positive."""
    values = np.concatenate([curve.raw for curve in curves])
    if (values > 0).all():
        chart.axes.set_yscale("log")
        chart.axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        _plain_numbers(chart)
        return
    size = np.abs(values[values != 0])
    chart.axes.set_yscale("symlog", linthresh=float(np.quantile(size, 0.1)) if size.size else 1.0)
    _plain_numbers(chart)


def _plain_numbers(chart: Chart) -> None:
    """200 instead of 2 times ten squared."""
    chart.axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0 if abs(value) >= 10 else 3)))
    chart.axes.yaxis.set_minor_formatter(NullFormatter())


def _keys(result: Result, style: Style) -> list[Key]:
    """Colours first (of the runs, or of the quantities of a single one), then what dashes mean."""
    if len(result.runs) > 1:
        keys = [Key(run, class_color(at), line="-") for at, run in enumerate(result.runs)]
    else:
        first = {curve.quantity: curve for curve in reversed(result.curves)}
        quantities = dict.fromkeys(curve.quantity for curve in result.curves)
        keys = [Key(first[name].title, _color(first[name], result, style), line="-") for name in quantities]
    parts = dict.fromkeys(curve.part for curve in result.curves)
    return keys + [Key(PART_TITLES[part], style.muted, line=DASHES[part]) for part in parts]
