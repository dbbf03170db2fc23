"""A run epoch by epoch: some epochs side by side on paper, or one after another in an animation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.figures.chart import Legend
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.map import MapChart, keys, scatter
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.tiling import as_one
from latentexplorer.views.time_machine import Result

SIDE_BY_SIDE = 4
"""Epochs on one page."""
FRAME_DPI = 110
PLANE, FRAME_PLANE = 1.4, 2.7
"""Inches of a plane on a page, and in a frame."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """A column an epoch: map, plane; below them originals and their decodes, a row an epoch."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    count = len(result.epochs)
    chosen = np.unique(np.linspace(0, count - 1, min(SIDE_BY_SIDE, count)).round().astype(int)).tolist()
    page.add(*(_map(page, result, at, style, f"epoch {result.epochs[at]}") for at in chosen))
    if result.planes.size:
        rows, gaps = [Row([as_one(result.planes[at]) for at in chosen])], dict.fromkeys(range(1, len(chosen)), 0.12)
        heading = "The same places of the latent grid"
        page.add(Grid(page, rows, heading=heading, cell=PLANE, column_gaps=gaps))
    if result.images.size:
        page.add(Grid(page, _rows(result, chosen), heading="The same held-out images"))
    _legend(page, result, style)
    page.fit()


def frames(result: Result, style: Style, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Iterator[Array]:
    """One picture (H, W, 3) uint8 an epoch, all of one size."""
    size = None
    for at, epoch in enumerate(result.epochs):
        stop.check()
        emit(Progress(at, len(result.epochs), "drawing frames"))
        figure = Figure(dpi=FRAME_DPI)
        where = f"{result.subtitle.partition(',')[0]}, epoch {epoch} of {result.epochs[-1]}"
        page = Page(figure, style, result.title, where, result.notes[:1])
        plane = [Grid(page, [Row([as_one(result.planes[at])])], cell=FRAME_PLANE)] if result.planes.size else []
        page.add(_map(page, result, at, style, ""), *plane)
        if result.images.size:
            page.add(Grid(page, _rows(result, [at], named=False)))
        _legend(page, result, style)
        page.fit()
        if size is None:
            size = tuple(figure.get_size_inches())
        figure.set_size_inches(*size)
        figure.canvas.draw()
        yield np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]


def _map(page: Page, result: Result, at: int, style: Style, heading: str) -> MapChart:
    # The axes are the same in all, and small: names of classes stand in the legend.
    shown = result.maps[at]
    chart = MapChart(page, shown, heading=heading, ratio=1.0)
    scatter(chart, shown, page, style)
    return chart


def _rows(result: Result, chosen: list[int], *, named: bool = True) -> list[Row]:
    rows = [] if result.originals is None else [Row(list(result.originals), label="original")]
    for at in chosen:
        label = f"epoch {result.epochs[at]}" if named else "decoded"
        error = "" if result.errors is None else f", rmse {result.rmse[at]:.3f}"
        rows.append(Row(list(result.images[at]), label=f"{label}{error}"))
    return rows


def _legend(page: Page, result: Result, style: Style) -> None:
    found = keys(result.maps[-1], style)
    if found:
        page.add(Legend(page, found))
