"""A code being found, on paper: the curves, where the codes went, and pictures on the way."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart, Key, Legend, guide_lines
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.code_found import Result
from latentexplorer.views.palette import class_color


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The error of every step from each start, the trails over the training codes, and the best start's pictures."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    curves = Chart(page, heading="error", caption="rmse on [0, 1] at each step", ratio=0.75)
    for at in _order(result):
        curves.axes.plot(result.errors[:, at], color=class_color(at), linewidth=_width(result, at))
    curves.axes.set_ylim(bottom=0)
    guide_lines(curves.axes, style)
    curves.name_axes("step", "rmse")
    trails = Chart(page, heading="trail", caption="over the training codes", ratio=0.75)
    if len(result.points):
        trails.axes.scatter(
            result.points[:, 0], result.points[:, 1], s=3, color=style.faint, linewidths=0, rasterized=True
        )
    for at in _order(result):
        x, y = result.trails[:, at].T
        trails.axes.plot(x, y, color=class_color(at), linewidth=_width(result, at))
        trails.axes.plot(x[-1], y[-1], marker="o", markersize=4, color=class_color(at))
    trails.name_axes(*result.axes)
    page.add(curves, trails)
    keys = [
        Key(f"{name}{' (best)' if at == result.best else ''}", class_color(at), line="-")
        for at, name in enumerate(result.names)
    ]
    page.add(Legend(page, keys))
    captions = [*(f"{step}" for step in result.shown[:-1]), f"{result.shown[-1]} (best)", "original"]
    row = Row([*result.pictures, result.original / 255], label="step", top=captions)
    page.add(Grid(page, [row], column_gaps={len(result.pictures): 0.1}, caption_lines=1))
    page.fit()


def _order(result: Result) -> list[int]:
    """The best start is drawn last, on top."""
    return [*(at for at in range(len(result.names)) if at != result.best), result.best]


def _width(result: Result, at: int) -> float:
    return 1.8 if at == result.best else 0.9
