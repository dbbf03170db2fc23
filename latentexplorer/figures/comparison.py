"""Several runs beside each other on paper."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from latentexplorer.figures.chart import Chart, Key, Legend, guide_lines
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.map import MapChart, keys, scatter
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table
from latentexplorer.views.compared import Panel, Result
from latentexplorer.views.comparison_losses import DASHES, dash_of, share_panels
from latentexplorer.views.loss import PART_TITLES
from latentexplorer.views.palette import class_color

IN_A_ROW = 3
LINES = dict(zip(DASHES, ("-", "--", ":", "-."), strict=True))
WIDTHS = {"train": 0.9, "test": 1.9}
"""Of the curves of training and held-out images: the run has the colour, the term the dashes."""
FAINT = 0.6


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A row of images a run below the originals, a map a run, curves, or tables."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    {"images": _images, "maps": _maps, "losses": _losses, "numbers": _numbers}[result.show](page, result, style)
    page.fit()


def _images(page: Page, result: Result, style: Style) -> None:
    rows = [Row(list(result.originals), label="original")]
    rows += [
        Row(
            list(entry.images),
            label=f"{entry.name}\n{entry.text}",
            right=f"{entry.rmse:.3f}",
            captions=[f"{error:.3f}" for error in entry.errors],
        )
        for entry in result.entries
        if not entry.why
    ]
    page.add(Grid(page, rows, right_title="rmse", cell=0.6, caption_lines=1))


def _maps(page: Page, result: Result, style: Style) -> None:
    shown = [entry for entry in result.entries if entry.map is not None]
    columns = min(IN_A_ROW, len(shown)) if len(shown) != 4 else 2
    charts = []
    legend = {}
    for entry in shown:
        if entry.map is None:
            continue
        text = entry.text if entry.fit is None else f"{entry.text}, fit {100 * entry.fit:.0f} %"
        chart = MapChart(page, entry.map, heading=entry.name, caption=text, ratio=0.95)
        scatter(chart, entry.map, page, style)
        legend.update({key.name: key for key in keys(entry.map, style)})
        charts.append(chart)
    for at in range(0, len(charts), columns):
        page.add(*charts[at : at + columns])
    if legend:
        page.add(Legend(page, list(legend.values())))


def _losses(page: Page, result: Result, style: Style) -> None:
    count = len(result.panels)
    charts = [_chart(page, panel, result, style, pair=at < count - count % 2) for at, panel in enumerate(result.panels)]
    for at in range(0, len(charts), 2):
        page.add(*charts[at : at + 2])
    named = [name for name in result.names if any(curve.run == name for p in result.panels for curve in p.curves)]
    runs = [Key(name, class_color(result.names.index(name), dark=style.dark), line="-") for name in named]
    page.add(Legend(page, [*runs, *_terms(result, style)]))


def _chart(page: Page, panel: Panel, result: Result, style: Style, *, pair: bool) -> Chart:
    chart = Chart(page, heading=panel.heading, caption=panel.kind, ratio=0.7 if pair else 0.42)
    for curve in panel.curves:
        chart.axes.plot(
            curve.epochs,
            curve.values,
            color=class_color(result.names.index(curve.run), dark=style.dark),
            linewidth=WIDTHS[curve.part],
            alpha=FAINT if curve.part == "train" else 1.0,
            linestyle=LINES[dash_of(curve.quantity, panel.curves)],
            # A line through one point is nothing: then the point itself is shown.
            marker="o" if len(curve.epochs) == 1 else "",
            markersize=4,
        )
    chart.axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    guide_lines(chart.axes, style)
    if result.log:
        chart.axes.set_yscale("log")
    chart.axes.margins(x=0.02)
    chart.name_axes("epoch", panel.unit)
    return chart


def _terms(result: Result, style: Style) -> list[Key]:
    """What dashes mean where terms share a plot, and what a line means."""
    dashes = {
        curve.title: LINES[dash_of(curve.quantity, panel.curves)] for panel in result.panels for curve in panel.curves
    }
    terms = (
        [Key(title, style.muted, line=dash) for title, dash in dashes.items()] if share_panels(result.panels) else []
    )
    parts = dict.fromkeys(curve.part for panel in result.panels for curve in panel.curves)
    words = {"train": "thin", "test": "thick"}
    named = [Key(f"{PART_TITLES[part]}: {words[part]}", style.muted, line="-") for part in parts]
    return [*terms, *named]


def _numbers(page: Page, result: Result, style: Style) -> None:
    names, nothing = list(result.names), [""] * len(result.names)
    # One table, so that a run's settings and its results stand in one column.
    settings = [[row.title, *row.values] for row in result.settings]
    between = [["", *nothing], ["Results", *nothing]] if settings else []
    rows = [*settings, *between, *([row.title, *row.values] for row in result.metrics)]
    marked: list[set[int]] = [set() for _ in (*settings, *between)]
    marked += [{1 + at for at in row.best} for row in result.metrics]
    page.add(Table(page, ["Settings that differ" if settings else "Results", *names], rows, marked))
