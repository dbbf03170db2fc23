"""Decision regions on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart, Key, Legend
from latentexplorer.figures.map import RASTER_ABOVE
from latentexplorer.figures.page import Page
from latentexplorer.figures.picture import lay
from latentexplorer.figures.style import Style
from latentexplorer.views.decision_regions import Result
from latentexplorer.views.judging import borders, shades
from latentexplorer.views.palette import UNLABELLED, class_color

TINT = 0.5
"""Of the full colour at most: points stand on it in theirs."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The regions in the colours of their classes, lines between them, the codes on top."""
    left, right, bottom, top = result.extent
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    chart = Chart(page, ratio=float(np.clip((top - bottom) / (right - left), 0.5, 1.0)))
    axes, regions = chart.axes, result.regions
    known = np.isfinite(regions.verdict.confidence)
    tint = TINT if len(result.points) else 1.0
    strength = np.where(known, regions.strength * tint, 0.0)
    colors = shades(regions.verdict, strength, style.paper, dark=style.dark)
    lay(axes, colors, origin="lower", extent=result.extent, interpolation="nearest")
    if result.contours:
        _lines(result, chart, style)
    if len(result.points):
        inks = (
            [UNLABELLED] if result.labels is None else [class_color(int(at), dark=style.dark) for at in result.labels]
        )
        axes.scatter(
            result.points[:, 0],
            result.points[:, 1],
            s=float(np.clip(11_000 / len(result.points), 2.5, 26.0)),
            c=inks,
            linewidths=0.3,
            edgecolors=style.paper,
            rasterized=len(result.points) > RASTER_ABOVE,
        )
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    chart.name_plane(*result.axes)
    page.add(chart)
    page.add(Legend(page, _keys(result, style)))
    page.fit()


def _keys(result: Result, style: Style) -> list[Key]:
    """Classes of regions and points, in their order; those of points by themselves where they are others."""
    verdict, names = result.regions.verdict, result.regions.class_names
    judged = set(np.unique(verdict.classes[np.isfinite(verdict.confidence)]).tolist())
    points = set() if result.labels is None else {int(at) for at in result.labels}
    same = names == result.point_names
    keys = [Key(names[at], class_color(at, dark=style.dark), "s") for at in sorted(judged | points if same else judged)]
    if not same:
        keys += [
            Key(f"point: {result.point_names[at]}", class_color(at, dark=style.dark), "o") for at in sorted(points)
        ]
    return keys


def _lines(result: Result, chart: Chart, style: Style) -> None:
    """A line between any two neighbours of different classes."""
    left, right, bottom, top = result.extent
    verdict = result.regions.verdict
    rows, columns = verdict.classes.shape
    # What nothing is said of borders on nothing.
    classes = np.where(np.isfinite(verdict.confidence), verdict.classes, -1)
    beside, below = borders(classes)
    beside &= (classes[:, 1:] >= 0) & (classes[:, :-1] >= 0)
    below &= (classes[1:] >= 0) & (classes[:-1] >= 0)
    wide, high = (right - left) / columns, (top - bottom) / rows
    row, column = np.nonzero(beside)
    x, y = left + (column + 1) * wide, bottom + row * high
    chart.axes.vlines(x, y, y + high, colors=style.ink, linewidth=0.7)
    row, column = np.nonzero(below)
    x, y = left + column * wide, bottom + (row + 1) * high
    chart.axes.hlines(y, x, x + wide, colors=style.ink, linewidth=0.7)
