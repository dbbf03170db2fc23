"""Three ways between two codes on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart, guide_lines
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.path_race import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A strip a way, and under each its steps, all on one scale."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    top = max(float(strip.way.steps.max()) for strip in result.strips)
    strengths = np.ones((len(result.strips), 1)) if result.fading is None else result.fading.strength
    for strip, strength in zip(result.strips, strengths, strict=True):
        shown = Row(list(strip.images), strength=np.broadcast_to(strength, len(strip.images)).tolist())
        page.add(Grid(page, [shown], heading=f"{strip.name}: {strip.words}"))
        chart = Chart(page, ratio=0.09)
        count = len(strip.way.steps)
        chart.axes.bar((np.arange(count) + 0.5) / count, strip.way.steps, width=0.8 / count, color=style.accent)
        guide_lines(chart.axes, style)
        chart.axes.set_xlim(0, 1)
        chart.axes.set_ylim(0, 1.05 * top if top > 0 else 1)
        chart.axes.set_xticks([])
        chart.axes.locator_params(axis="y", nbins=2)
        chart.name_axes("", "step")
        page.add(chart)
    page.fit()
