"""Draws beside decodes of real images' codes, on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, in_rows
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.samples import Result
from latentexplorer.views.tiling import squarish


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Blocks of images of one size, side by side: draws from the prior, fitted ones, decodes of held-out codes."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    # Where draws carry a class (conditional models), so do the codes beside them.
    named = result.labels is not None
    sides = [
        (result.source_title, result.images, result.labels, result.fading),
        (result.fitted_title, result.fitted, result.fitted_labels, result.fitted_fading),
        (result.beside_title, result.beside, result.beside_labels, result.beside_fading),
    ]
    there = [(title, images, labels, fading) for title, images, labels, fading in sides if images is not None]
    columns = squarish(len(result.images), result.images[0].shape, 1.0 if len(there) > 1 else 1.8)
    page.add(
        *(
            Grid(
                page,
                in_rows(
                    images,
                    min(columns, len(images)),
                    _names(result, labels) if named else [],
                    [] if fading is None else fading.strength.tolist(),
                ),
                heading=title,
                cell=0.7,
            )
            for title, images, labels, fading in there
        )
    )
    page.fit()


def _names(result: Result, labels: Array | None) -> list[str]:
    return [] if labels is None else [result.class_names[label] for label in labels]
