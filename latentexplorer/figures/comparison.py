"""Several runs beside each other on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.chart import Legend
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.map import MapChart, keys, scatter
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.comparison import Result

IN_A_ROW = 3


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A row of images a run below the originals, or a map a run."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    if result.show == "maps":
        _maps(page, result, style)
    else:
        rows = [Row(list(result.originals), label="original")]
        rows += [
            Row(
                list(entry.images),
                label=f"{entry.name}\n{entry.text}",
                right=f"{entry.errors.mean():.3f}",
            )
            for entry in result.entries
        ]
        page.add(Grid(page, rows, right_title="rmse", cell=0.6))
    page.fit()


def _maps(page: Page, result: Result, style: Style) -> None:
    columns = min(IN_A_ROW, len(result.entries)) if len(result.entries) != 4 else 2
    charts = []
    shown = {}
    for entry in result.entries:
        if entry.map is None:
            continue
        chart = MapChart(page, entry.map, heading=entry.name, caption=entry.text, ratio=0.95)
        scatter(chart, entry.map, page, style)
        shown.update({key.name: key for key in keys(entry.map, style)})
        charts.append(chart)
    for at in range(0, len(charts), columns):
        page.add(*charts[at : at + columns])
    if shown:
        page.add(Legend(page, list(shown.values())))
