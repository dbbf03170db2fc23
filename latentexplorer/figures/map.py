"""A map of the codes on paper."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from latentexplorer.figures import text
from latentexplorer.figures.chart import Chart, Key, Legend
from latentexplorer.figures.page import Box, Page
from latentexplorer.figures.picture import lay
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.map import Result
from latentexplorer.views.map_colors import color_limits
from latentexplorer.views.map_ground import STRONGEST, Ground, height_by_width
from latentexplorer.views.map_names import Spot, arranged, extent_of, level_of, spots_of
from latentexplorer.views.palette import UNLABELLED, class_color, class_marker

SEQUENTIAL = "viridis"
SCREEN_DPI = 96
LONGEST = 1.4
"""Inches of a name at most."""
RASTER_ABOVE = 20_000
"""Points from which a file of lines holds a picture of them instead."""
FAINT = 0.12
"""Opacity of what a search does not find."""


class MapChart(Chart):
    """A chart on which names of groups stand at their points, worked out anew for every size."""

    def __init__(
        self, page: Page, result: Result, *, heading: str = "", caption: str = "", ratio: float | None = None
    ) -> None:
        super().__init__(page, heading=heading, caption=caption, ratio=_ratio(result) if ratio is None else ratio)
        self._result = result
        self._spots: dict[int, list[Spot]] = {}
        self._names: list[Text] = []

    def place(self, page: Page, box: Box) -> None:
        """Move the chart, then write the names that there is room for."""
        super().place(page, box)
        for name in self._names:
            name.remove()
        self._names = []
        self.axes.apply_aspect()
        inches = self.axes.transData.transform([(0.0, 0.0), (1.0, 1.0)]) / page.figure.dpi
        scale = (float(inches[1, 0] - inches[0, 0]), float(inches[1, 1] - inches[0, 1]))
        left, right = self.axes.get_xlim()
        bottom, top = self.axes.get_ylim()
        spots = self._spots_at(level_of(extent_of(self._result.coords), max(right - left, top - bottom)))
        size_pt = self.style.text_pt
        sizes = {spot.group: _size(self._words(spot.group), size_pt) for spot in spots if self._words(spot.group)}
        # Sizes are counted in pixels of a screen, as the free room about them is.
        for written in arranged(spots, (scale[0] * SCREEN_DPI, scale[1] * SCREEN_DPI), sizes):
            x, y = (
                at + away / SCREEN_DPI / by
                for at, away, by in zip(written.spot.place, written.away, scale, strict=True)
            )
            half = written.size[0] / 2 / SCREEN_DPI / scale[0]
            if left + half <= x <= right - half and bottom <= y <= top:
                self._names.append(self._write(x, y, self._words(written.spot.group)))

    def _spots_at(self, level: int) -> list[Spot]:
        result = self._result
        if result.groups is None or not result.named:
            return []
        if level not in self._spots:
            self._spots[level] = spots_of(result.coords, result.groups, level)
        return self._spots[level]

    def _words(self, group: int) -> str:
        return text.shorten(self._result.group_names[group], self.style.text_pt, LONGEST, bold=True)

    def _write(self, x: float, y: float, words: str) -> Text:
        name = self.axes.text(
            x,
            y,
            words,
            ha="center",
            va="center",
            size=self.style.text_pt,
            weight="bold",
            color=self.style.ink,
            parse_math=False,
            zorder=5,
        )
        name.set_in_layout(False)
        name.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground=self.style.paper, alpha=0.9)])
        return name


def _size(words: str, size_pt: float) -> tuple[float, float]:
    """Width and height of a name, pixels of a screen."""
    return text.width_of(words, size_pt, bold=True) * SCREEN_DPI, text.height_of(1, size_pt) * SCREEN_DPI


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw a map into an empty figure."""
    page = Page(figure, style, result.title, _subtitle(result), (*result.notes, *_part(result)))
    chart = MapChart(page, result)
    scatter(chart, result, page, style)
    page.add(chart)
    if result.groups is not None:
        page.add(Legend(page, keys(result, style)))
    page.fit()


def _ratio(result: Result) -> float:
    """Height by width that leaves little room empty around the points, or that of the part that is seen."""
    if result.area is not None:
        left, right, bottom, top = result.area
        return float(np.clip((top - bottom) / (right - left), 0.3, 2.0))
    return height_by_width(result.coords)


def _subtitle(result: Result) -> str:
    words = [result.subtitle, result.stopped]
    if result.color_title and result.color_title != "class" and result.values is None:
        words.append(f"coloured by {result.color_title}")
    return ", ".join(filter(None, words))


def _part(result: Result) -> tuple[str, ...]:
    if result.area is None:
        return ()
    return (f"A part of the map: {int(_seen(result).sum()):,} of {len(result.coords):,} codes",)


def _seen(result: Result) -> Array:
    """Which points (N,) lie in the part that is seen."""
    if result.area is None:
        return np.ones(len(result.coords), bool)
    left, right, bottom, top = result.area
    x, y = result.coords.T
    inside: Array = (left <= x) & (x <= right) & (bottom <= y) & (y <= top)
    return inside


def keys(result: Result, style: Style) -> list[Key]:
    """Legend entries of the groups that are on the map, in their order."""
    if result.groups is None:
        return []
    return [
        Key(result.group_names[group], class_color(group, dark=style.dark), class_marker(group))
        for group in np.unique(result.groups).tolist()
    ]


def scatter(chart: Chart, result: Result, page: Page, style: Style) -> None:
    """Draw the points and dress the axes."""
    axes = chart.axes
    size = float(np.clip(11_000 / max(len(result.coords), 1), 2.5, 26))
    options: dict[str, Any] = {"s": size, "linewidths": 0, "rasterized": len(result.coords) > RASTER_ABOVE}
    # Classes are mixed, so that none lies on top of the others.
    order = np.random.default_rng(0).permutation(len(result.coords))
    if result.found is not None:
        # What is found lies on top.
        order = order[np.argsort(result.found[order], kind="stable")]
    if result.ground is not None:
        _lay_ground(chart, result.ground, style)
    x, y = result.coords[order].T
    found = None if result.found is None else result.found[order]
    if result.groups is not None:
        groups = result.groups[order]
        for marker in dict.fromkeys(class_marker(group) for group in np.unique(groups).tolist()):
            mine = np.array([class_marker(group) == marker for group in groups.tolist()])
            colors = [class_color(group, dark=style.dark) for group in groups[mine].tolist()]
            alpha = _opacity(None if found is None else found[mine], 0.85)
            axes.scatter(x[mine], y[mine], c=colors, marker=marker, alpha=alpha, **options)
    elif result.values is not None:
        values = result.values[order]
        low, high = color_limits(values)
        alpha = _opacity(found, 0.9)
        drawn = axes.scatter(x, y, c=values, cmap=SEQUENTIAL, vmin=low, vmax=high, alpha=alpha, **options)
        chart.add_bar(page, drawn, result.color_title)
    else:
        axes.scatter(x, y, color=UNLABELLED, alpha=_opacity(found, 0.8), **options)
    _dress(chart, result)


def _lay_ground(chart: Chart, ground: Ground, style: Style) -> None:
    """Draw how much the decoder stretches below the points, in shades of the ink: colours are theirs."""
    pixels = np.empty((*ground.values.shape, 4))
    pixels[..., :3] = to_rgb(style.ink)
    pixels[..., 3] = STRONGEST * ground.shades
    lay(chart.axes, pixels, extent=ground.extent, interpolation="bilinear", zorder=0)


def _opacity(found: Array | None, usual: float) -> Any:
    """How much each point covers: what a search does not find is faint."""
    return usual if found is None else np.where(found, usual, FAINT)


def _dress(chart: Chart, result: Result) -> None:
    axes = chart.axes
    if result.area is None:
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.04)
    else:
        axes.set_aspect("equal", adjustable="box")
        axes.set_xlim(*result.area[:2])
        axes.set_ylim(*result.area[2:])
    chart.name_plane(*result.axes)
