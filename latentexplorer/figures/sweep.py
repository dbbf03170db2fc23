"""What a sweep found, on paper: a plot for each measure, the knee marked, and what it says in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from latentexplorer.figures.chart import Chart, Key, Legend, guide_lines
from latentexplorer.figures.drawing import on_one_thread
from latentexplorer.figures.files import check_size, save
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.palette import class_color
from latentexplorer.views.sweep import Curve, Panel, Result

MOST_TICKS = 9


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw a sweep into an empty figure."""
    page = Page(figure, style, result.title, result.subtitle, (*result.findings, *result.notes))
    charts = []
    for panel in result.panels:
        chart = Chart(page, heading=panel.title, ratio=0.62 if len(result.panels) < 3 else 0.85)
        for number, curve in enumerate(panel.curves):
            _draw_curve(chart, curve, _color(number, panel, style))
        _ticks(chart, result)
        guide_lines(chart.axes, style)
        chart.name_axes(result.key_titles[result.axis], panel.unit)
        charts.append(chart)
    if charts:
        page.add(*charts)
    keys = _keys(result, style)
    if keys:
        page.add(Legend(page, keys))
    page.fit()


def figure_of(result: Result, style: Style | None = None) -> Figure:
    """A sweep as a figure."""
    return on_one_thread(partial(_drawn, result, style or Style()))


def export(
    result: Result,
    path: Path,
    *,
    dpi: int = 150,
    size: tuple[float, float] | None = None,
    dark: bool = False,
) -> Path:
    """Draw a sweep into a PNG, SVG or PDF file, chosen by the path's ending."""
    check_size(size, dpi)
    save(figure_of(result, Style(dark=dark)), path, None, dpi, size)
    return path


def _drawn(result: Result, style: Style) -> Figure:
    figure = Figure()
    draw(result, figure, style)
    return figure


def _color(number: int, panel: Panel, style: Style) -> str:
    return style.accent if len(panel.curves) == 1 else class_color(number, dark=style.dark)


def _draw_curve(chart: Chart, curve: Curve, color: str) -> None:
    """Mean, each seed's place between the lowest and the highest, and a ring around the knee."""
    axes = chart.axes
    axes.vlines(curve.x, curve.low, curve.high, color=color, linewidth=0.9, alpha=0.6)
    axes.plot(curve.x, curve.mean, color=color, linewidth=1.3, marker="o", markersize=3.4, markeredgewidth=0)
    if curve.knee.at is not None:
        at = curve.knee.at
        axes.axvline(curve.x[at], color=color, linewidth=0.7, linestyle=":")
        # Dots where it is not known that chance has not put it there.
        ring = "-" if curve.knee.sure else ":"
        axes.scatter(curve.x[at], curve.mean[at], s=81, facecolors="none", edgecolors=color, linestyles=ring)


def _ticks(chart: Chart, result: Result) -> None:
    """The values that were tried, and no others; of many only some are named."""
    axes = chart.axes
    if result.logarithmic:
        axes.set_xscale("log")
    at = _named(result.ticks)
    axes.set_xticks([place for place, _ in at], [words for _, words in at])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    places = np.array([place for place, _ in result.ticks])
    if len(places) > 1 and result.logarithmic:
        around = (places.max() / places.min()) ** 0.05
        axes.set_xlim(places.min() / around, places.max() * around)
    elif len(places) > 1:
        around = 0.05 * float(np.ptp(places))
        axes.set_xlim(places.min() - around, places.max() + around)


def _named(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    step = -(-len(ticks) // MOST_TICKS)
    return list(ticks[::step])


def _keys(result: Result, style: Style) -> list[Key]:
    if not result.panels:
        return []
    first = result.panels[0]
    keys = [Key("mean over seeds, from the lowest to the highest", style.muted, "o")] if result.seeds > 1 else []
    if any(curve.knee.at is not None for panel in result.panels for curve in panel.curves):
        keys.append(Key("knee", style.muted, line=":"))
    if len(first.curves) > 1:
        names = [curve.name for curve in first.curves]
        keys = [*(Key(name, _color(number, first, style), "o") for number, name in enumerate(names)), *keys]
    return keys
