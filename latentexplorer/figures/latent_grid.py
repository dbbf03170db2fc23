"""A decoded plane on paper."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from latentexplorer.figures.chart import Key, Legend
from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.map import SEQUENTIAL
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.text import number
from latentexplorer.views.base import Array
from latentexplorer.views.judging import shades
from latentexplorer.views.latent_grid import Result
from latentexplorer.views.magnified import scale_of
from latentexplorer.views.palette import class_color

STILL = 160
"""Grey of a rim where the decoder stands still."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw a plane into an empty figure."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    labels = _numbers(result.y)
    strengths = np.ones(result.codes.shape[:2]) if result.fading is None else result.fading.strength
    rims: list[list[list[int]]] | list[tuple[()]] = [()] * len(labels)
    if result.magnification is not None:
        rims = _rims(result.magnification)
    elif result.regions is not None:
        rims = shades(result.regions.verdict, result.regions.strength, style.paper, dark=style.dark).tolist()
    rows = [
        Row(list(images), label=label, strength=strength.tolist(), rims=rim)
        for images, label, strength, rim in zip(result.images, labels, strengths, rims, strict=True)
    ]
    page.add(
        Grid(
            page,
            rows,
            bottom=_numbers(result.x),
            x_title=result.axes[0],
            y_title=result.axes[1],
            cell=0.48,
            gap=0.12 if any(map(len, rims)) else 0.02,
            label_color=style.muted,
            most_labels=6,
        )
    )
    if result.regions is not None:
        names = result.regions.class_names
        page.add(Legend(page, [Key(names[at], class_color(at, dark=style.dark), "s") for at in result.regions.present]))
    page.fit()


def _numbers(values: Array) -> list[str]:
    """Values with as many digits as tell them apart."""
    digits = 2 if np.ptp(values) < 10 else 1 if np.ptp(values) < 100 else 0
    return [number(float(value), digits) for value in values]


def _rims(magnification: Array) -> list[list[list[int]]]:
    """Colours (R, S, 3), 0..255, of log10 magnifications; grey where the decoder stands still."""
    low, high = scale_of(magnification)
    shades = colormaps[SEQUENTIAL]((np.nan_to_num(magnification) - low) / (high - low), bytes=True)[..., :3]
    rims: list[list[list[int]]] = np.where(np.isfinite(magnification)[..., None], shades, STILL).tolist()
    return rims
