"""The prior lab on paper: codes and density along some dimensions, then draws of each prior, decoded."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart, Key, Legend
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table
from latentexplorer.views.prior_lab import Result
from latentexplorer.views.prior_rows import number

ACROSS = 3
TALLEST = 1.6
"""A density is drawn up to so many times the height of the codes' histogram: a line may be far higher."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A chart a dimension, those that are off most first; numbers of each prior, and a strip of its draws."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    dims = range(min(result.shown, len(result.dims)))
    for first in dims[::ACROSS]:
        page.add(*(_panel(page, style, result, at) for at in dims[first : first + ACROSS]))
    keys = [Key("draws of the posteriors" if result.means is not None else "codes", style.muted, marker="s")]
    if result.means is not None:
        keys.append(Key("their means", style.muted, line="-"))
    keys.append(Key(result.row.title, style.accent, line="-"))
    page.add(Legend(page, keys))
    heads = ["", "distance", "by chance", "MMD²", "by chance"]
    lines = [[row.title, row.distance, row.chance, row.mmd, row.mmd_chance] for row in result.rows]
    page.add(Table(page, heads, lines))
    page.add(Grid(page, [Row(list(row.images), label=row.title) for row in result.rows]))
    page.fit()


def _panel(page: Page, style: Style, result: Result, at: int) -> Chart:
    chart = Chart(page, ratio=0.55)
    edges, drawn, row = result.edges[at], result.drawn[at], result.row
    chart.axes.stairs(drawn, edges, fill=True, color=style.muted, alpha=0.35)
    if result.means is not None:
        chart.axes.stairs(result.means[at], edges, color=style.muted, linewidth=0.8)
    chart.axes.plot(result.places[at], row.density[at], color=style.accent, linewidth=1.2)
    dim = int(result.dims[at])
    highest = max(float(drawn.max(initial=0)), 0.0 if result.means is None else float(result.means[at].max(initial=0)))
    top = max(highest, min(float(row.density[at].max()), TALLEST * highest), 1e-9)
    chart.axes.set_xlim(edges[0], edges[-1])
    chart.axes.set_ylim(0, 1.08 * top)
    chart.axes.set_yticks([])
    chart.axes.locator_params(axis="x", nbins=4)
    chart.name_axes(f"z{dim}: {number(row.mismatch.wasserstein[dim])}", "")
    return chart
