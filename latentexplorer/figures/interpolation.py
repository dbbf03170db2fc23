"""The way between two codes on paper."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures.grid import Grid, Row
from latentexplorer.figures.page import Page
from latentexplorer.figures.style import Style
from latentexplorer.figures.text import number
from latentexplorer.views.base import Array
from latentexplorer.views.interpolation import Result

APART = 0.12
"""Between the originals and the way, inches."""
IN_A_ROW = 12


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Draw the strip, both ends shown, the originals of the ends outside where there are any."""
    ends = f"{result.start.title} → {result.end.title}, {result.subtitle}"
    page = Page(figure, style, result.title, ends, result.notes)
    if len(result.images) <= IN_A_ROW:
        page.add(_one_row(page, result))
    else:
        page.add(Grid(page, _rows(result)))
    page.fit()


def _captions(result: Result) -> list[str]:
    if result.judged is not None:
        seen = result.judged.at(len(result.t))
        return [seen.class_names[int(at)] for at in seen.verdict.classes]
    return [f"{number(100 * t, 0)} %" for t in result.t]


def _strengths(result: Result) -> list[float]:
    return [1.0] * len(result.t) if result.fading is None else result.fading.strength.tolist()


def _one_row(page: Page, result: Result) -> Grid:
    images: list[Array | None] = list(result.images)
    captions, strengths = _captions(result), _strengths(result)
    gaps = {}
    if result.start.original is not None:
        images.insert(0, result.start.original)
        captions.insert(0, "original")
        strengths.insert(0, 1.0)
        gaps[1] = APART
    if result.end.original is not None:
        gaps[len(images)] = APART
        images.append(result.end.original)
        captions.append("original")
        strengths.append(1.0)
    return Grid(page, [Row(images, captions=captions, strength=strengths)], column_gaps=gaps, caption_lines=1)


def _rows(result: Result) -> list[Row]:
    columns = 10
    captions, strengths = _captions(result), _strengths(result)
    rows = [
        Row(
            list(result.images[at : at + columns]),
            captions=captions[at : at + columns],
            strength=strengths[at : at + columns],
        )
        for at in range(0, len(result.images), columns)
    ]
    originals = [image for image in (result.start.original, result.end.original) if image is not None]
    if originals:
        words = [
            words
            for words, end in (("original at 0 %", result.start), ("original at 100 %", result.end))
            if end.original is not None
        ]
        rows.append(Row(originals, captions=words, gap=APART))
    return rows
