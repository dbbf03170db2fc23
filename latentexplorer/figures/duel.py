"""Two models on the same images, on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.chart import Legend
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.map import MapChart, keys, scatter
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table
from latentexplorer.views.duel import Result
from latentexplorer.views.duel_words import lines, match_words
from latentexplorer.views.tiling import as_one

CELL = 0.5
PLANE, PLANE_GAP = 2.0, 0.2
"""Inches of a plane, and between both."""
GAP = 0.08
"""Before the rows of another pair, inches."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The numbers, two maps, the path through both, and the dimensions that match, one above the other."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    two = f"two seeds of {result.seeds.names[0]}" if result.seeds is not None else "two seeds"
    page.add(Table(page, ["", "both", "by chance", two], [list(line) for line in lines(result.alike, result.seeds)]))
    charts, legend = [], {}
    for entry in result.maps:
        assert entry.map is not None
        text = entry.text if entry.fit is None else f"{entry.text}, fit {100 * entry.fit:.0f} %"
        chart = MapChart(page, entry.map, heading=entry.name, caption=text, ratio=0.95)
        scatter(chart, entry.map, page, style)
        legend.update({key.name: key for key in keys(entry.map, style)})
        charts.append(chart)
    page.add(*charts)
    if legend:
        page.add(Legend(page, list(legend.values())))
    page.add(_path(page, result))
    if result.plane is not None:
        heading = f"The same plane, {result.plane.words}: {result.names[0]} left, {result.names[1]} right"
        rows = [Row([as_one(images) for images in result.plane.images])]
        page.add(Grid(page, rows, heading=heading, cell=PLANE, column_gaps={1: PLANE_GAP}))
    if result.strips.rows:
        page.add(_pulled(page, result))
    page.fit()


def _path(page: Page, result: Result) -> Grid:
    start, end = result.ends
    rows = [Row(list(images), label=name) for name, images in zip(result.names, result.strips.paths, strict=True)]
    if start.original is not None and end.original is not None:
        between = [None] * (len(result.strips.paths[0]) - 2)
        rows.insert(0, Row([start.original, *between, end.original], label="original"))
    return Grid(page, rows, heading=f"The same path: {start.title} → {end.title}", cell=CELL)


def _pulled(page: Page, result: Result) -> Grid:
    rows = []
    for at in range(result.strips.rows):
        first, second = match_words(result.matches, at)[0].split(" and ")
        size = f"{abs(result.matches.r[at]):.2f}{'' if result.matches.sure[at] else ' ?'}"
        rows.append(Row(list(result.strips.pulled[0][at]), label=first, right=size, gap=GAP if at else 0))
        rows.append(Row(list(result.strips.pulled[1][at]), label=second))
    heading = f"Matched dimensions, pulled from {result.ends[0].title}"
    if not result.matches.sure[: result.strips.rows].all():
        heading += " (?: another is as near)"
    return Grid(page, rows, heading=heading, right_title="r", cell=CELL)
