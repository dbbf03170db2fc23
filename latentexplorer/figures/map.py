"""A map of the codes on paper."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from latentexplorer.figures import text
from latentexplorer.figures.chart import Chart, Key, Legend
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.map import Result
from latentexplorer.views.map_colors import color_limits
from latentexplorer.views.palette import BASE, UNLABELLED, class_color, class_marker

SEQUENTIAL = "viridis"
RASTER_ABOVE = 20_000
"""Points from which a file of lines holds a picture of them instead."""
FAINT = 0.12
"""Opacity of what a search does not find."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw a map into an empty figure."""
    page = Page(figure, style, result.title, _subtitle(result), (*result.notes, *_part(result)))
    chart = Chart(page, ratio=_ratio(result))
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
    width, height = np.ptp(result.coords, axis=0)
    return float(np.clip(height / max(width, 1e-9), 0.5, 0.95))


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
    x, y = result.coords[order].T
    found = None if result.found is None else result.found[order]
    if result.groups is not None:
        groups = result.groups[order]
        for marker in dict.fromkeys(class_marker(group) for group in np.unique(groups).tolist()):
            mine = np.array([class_marker(group) == marker for group in groups.tolist()])
            colors = [class_color(group, dark=style.dark) for group in groups[mine].tolist()]
            alpha = _opacity(None if found is None else found[mine], 0.85)
            axes.scatter(x[mine], y[mine], c=colors, marker=marker, alpha=alpha, **options)
        _name_groups(axes, result, style)
    elif result.values is not None:
        values = result.values[order]
        low, high = color_limits(values)
        alpha = _opacity(found, 0.9)
        drawn = axes.scatter(x, y, c=values, cmap=SEQUENTIAL, vmin=low, vmax=high, alpha=alpha, **options)
        chart.add_bar(page, drawn, result.color_title)
    else:
        axes.scatter(x, y, color=UNLABELLED, alpha=_opacity(found, 0.8), **options)
    _dress(chart, result)


def _opacity(found: Array | None, usual: float) -> Any:
    """How much each point covers: what a search does not find is faint."""
    return usual if found is None else np.where(found, usual, FAINT)


def _name_groups(axes: Axes, result: Result, style: Style) -> None:
    """Where colours alone are too many, short names stand in the midst of their points."""
    if result.groups is None or len(result.group_names) <= len(BASE):
        return
    if max(len(name) for name in result.group_names) > 3 or len(result.group_names) > 62:
        return
    seen = _seen(result)
    for group in np.unique(result.groups[seen]).tolist():
        middle = np.median(result.coords[seen & (result.groups == group)], axis=0)
        label = axes.text(
            float(middle[0]),
            float(middle[1]),
            text.shown(result.group_names[group]),
            ha="center",
            va="center",
            size=style.title_pt,
            weight="bold",
            color=style.ink,
            parse_math=False,
        )
        label.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground=style.paper, alpha=0.9)])


def _dress(chart: Chart, result: Result) -> None:
    axes = chart.axes
    if result.area is None:
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.04)
    else:
        axes.set_aspect("equal", adjustable="box")
        axes.set_xlim(*result.area[:2])
        axes.set_ylim(*result.area[2:])
    if not any(result.axes):
        # t-SNE and UMAP keep neighbours, not directions or distances: their axes mean nothing.
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        return
    chart.name_axes(*result.axes)
    if not result.axes[1]:
        axes.set(yticks=[])
        axes.spines["left"].set_visible(False)
    axes.locator_params(nbins=6)
