"""How wrong the places of a map are, on paper."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from latentexplorer.figures.chart import Chart
from latentexplorer.figures.map import RASTER_ABOVE, SEQUENTIAL
from latentexplorer.figures.page import Page
from latentexplorer.figures.picture import lay
from latentexplorer.figures.style import Style
from latentexplorer.views.inverse_words import rmse_text
from latentexplorer.views.map_inverse import Result


def draw(result: Result, figure: Figure, style: Style) -> None:
    """The predicted error in colours, the points on top."""
    left, right, bottom, top = result.extent
    page = Page(figure, style, result.title, result.subtitle, (*result.notes, *_blank(result)))
    chart = Chart(page, ratio=float(np.clip((top - bottom) / (right - left), 0.4, 1.2)))
    axes = chart.axes
    # From nothing to what two codes at random differ by: what is as wrong as that says nothing.
    high = max(result.chance, float(np.nanmax(result.errors))) or 1.0
    norm = Normalize(0, high)
    shown = lay(
        axes, result.errors, extent=result.extent, origin="lower", cmap=SEQUENTIAL, norm=norm, interpolation="nearest"
    )
    chart.add_bar(page, shown, f"{result.unit}; {rmse_text(result.chance)} at random")
    size = float(np.clip(4_000 / max(len(result.coords), 1), 1.0, 9.0))
    axes.scatter(
        result.coords[:, 0],
        result.coords[:, 1],
        s=size,
        color="white",
        linewidths=0.2,
        edgecolors="black",
        rasterized=len(result.coords) > RASTER_ABOVE,
    )
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    chart.name_plane(*result.axes)
    page.add(chart)
    page.fit()


def _blank(result: Result) -> tuple[str, ...]:
    """What the places without a colour are."""
    blank = bool(np.isnan(result.errors).any())
    return ("Blank: farther from all points than any hidden code",) if blank else ()
