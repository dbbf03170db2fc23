"""The loss, explained, on paper: terms that add up, their numbers, and the same objective on other scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.table import Table
from latentexplorer.views.base import Part
from latentexplorer.views.loss import PART_TITLES, QUANTITIES, term_color
from latentexplorer.views.loss_lines import lines_of
from latentexplorer.views.loss_scales import plain
from latentexplorer.views.loss_terms import KL_PARTS, Result
from latentexplorer.views.palette import class_color

SHORT = {"error": "Error", "constant": "Constant", "recon": "Recon", "total": "Total"}
BAR = {1: 0.6, 2: 0.34}
"""Height of a bar, where one part of the images is told, and where both are."""
LIGHT = 0.45
"""Opacity of the bars of training images, where held-out ones stand beside them."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Bars that begin where the one before ended; below them the numbers."""
    page = Page(figure, style, result.title, result.subtitle, (result.sentence, *result.remarks, *result.notes))
    charts = [_terms(page, result, style)]
    if result.apart is not None:
        charts.append(_apart(page, result, style))
    page.add(*charts)
    page.add(_numbers(page, result), *_scales(page, result))
    page.fit()


def _scales(page: Page, result: Result) -> list[Table]:
    """Weights on other scales; nothing where the loss has none."""
    names = list(result.objective.weights)
    if not names:
        return []
    titles = ["The same objective", *(QUANTITIES[name].short for name in names)]
    rows = [[scale.words, *(plain(scale.weights[name]) for name in names)] for scale in result.scales]
    return [Table(page, titles, rows)]


def _terms(page: Page, result: Result, style: Style) -> Chart:
    """A waterfall: each term from where the sum before it ended, the total from zero."""
    heading = "Weighted terms" + (", training images light" if len(result.parts) > 1 else "")
    chart = Chart(page, ratio=_ratio(result), heading=heading, weight=1.4)
    names = [row.name for row in result.rows]
    ends: dict[Part, float] = dict.fromkeys(result.parts, 0.0)
    for at, row in enumerate(result.rows):
        bars = {part: (ends[part], cost) for part, cost in row.costs.items()}
        _bars(chart, at, bars, _color(row.name, style), result.parts)
        for part, cost in row.costs.items():
            ends[part] += cost
    _bars(chart, len(names), {part: (0.0, value) for part, value in result.total.items()}, style.accent, result.parts)
    labels = [f"{_short(row.name)} {row.weight}".strip() for row in result.rows]
    _rows(chart, [*labels, SHORT["total"]], style)
    chart.name_axes("nats per image", "")
    return chart


def _ratio(result: Result) -> float:
    """Higher where more numbers stand below: a page keeps more room for charts than for tables."""
    return 0.55 if result.apart is None else 0.8 + 0.07 * len(result.baselines)


def _apart(page: Page, result: Result, style: Style) -> Chart:
    chart = Chart(page, ratio=_ratio(result), heading="The KL in three")
    assert result.apart is not None
    for at, name in enumerate(KL_PARTS):
        values = result.apart.values[name]
        _bars(chart, at, {part: (0.0, value) for part, value in values.items()}, term_color(name), result.parts)
    _rows(chart, [QUANTITIES[name].short for name in KL_PARTS], style)
    chart.name_axes("nats per image", "")
    return chart


def _bars(chart: Chart, at: int, bars: Mapping[Part, tuple[float, float]], color: str, parts: Sequence[Part]) -> None:
    """The bars (from, length) of a line, training above held-out."""
    height = BAR[len(parts)]
    for number, part in enumerate(parts):
        if part in bars:
            left, length = bars[part]
            middle = at + (number - (len(parts) - 1) / 2) * height
            alpha = LIGHT if part == "train" and len(parts) > 1 else 1.0
            chart.axes.barh(middle, length, left=left, height=height, color=color, alpha=alpha, linewidth=0)


def _rows(chart: Chart, labels: Sequence[str], style: Style) -> None:
    chart.axes.set_yticks(range(len(labels)), labels)
    chart.axes.set_ylim(len(labels) - 0.4, -0.6)
    chart.axes.tick_params(axis="y", length=0)
    chart.axes.axvline(0, color=style.muted, linewidth=0.7)
    chart.axes.grid(axis="x", color=style.faint, linewidth=0.6)
    chart.axes.set_axisbelow(True)
    chart.axes.locator_params(axis="x", nbins=5)


def _short(name: str) -> str:
    return SHORT.get(name) or QUANTITIES[name].short


def _color(name: str, style: Style) -> str:
    common = {"error": class_color(7), "recon": class_color(7), "kl": style.second, "constant": style.muted}
    return common.get(name) or term_color(name)


def _numbers(page: Page, result: Result) -> Table:
    """Every number: of an image, and of one of its values; of held-out images last."""
    last = result.parts[-1]
    titles = ["nats per image", "weight", *(PART_TITLES[part].lower() for part in result.parts), "per value"]
    lines = lines_of(result)
    rows = [
        [line.title, line.weight, *(line.cell(part) for part in result.parts), line.of_value(result, last)]
        for line in lines
    ]
    return Table(page, titles, rows, [set(range(1, len(titles))) if line.name == "total" else set() for line in lines])
