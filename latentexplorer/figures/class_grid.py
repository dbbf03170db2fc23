"""One style in every class, on paper: a row a style, a column a class."""

from __future__ import annotations

from matplotlib.figure import Figure

from latentexplorer.figures import text
from latentexplorer.figures.grid import GAP, PAD, Grid, Row
from latentexplorer.figures.page import MARGIN, WIDTH, Page
from latentexplorer.figures.style import Style
from latentexplorer.views.base import Array
from latentexplorer.views.class_grid import Result

CELL, LEAST_CELL, NAMED_CELL = 0.52, 0.3, 0.42
"""Inches of a picture: where there is room, at least, and at least where its name is that long."""
APART, BETWEEN = 0.08, 0.12
"""Between an image and its decodes, and between two lines of columns, inches."""


def draw(result: Result, figure: Figure, style: Style) -> None:
    """Names above the columns; where the classes are too many for one line of columns, in several below each other."""
    page = Page(figure, style, result.title, result.subtitle, result.notes)
    # A single style is what the title says.
    labels = result.styles if len(result.styles) > 1 else ("",)
    columns = _columns(result, labels, style)
    there = result.originals is not None
    rows = []
    for start in range(0, len(result.classes), columns):
        part = slice(start, start + columns)
        top = [*(["original"] if there else []), *result.class_names[part]]
        for row, (images, label) in enumerate(zip(result.images, labels, strict=True)):
            cells = [*_original(result, row), *images[part]]
            head = row == 0
            gap = BETWEEN if head and start else 0.0
            rows.append(Row(cells, label=label, top=top if head else (), gap=gap))
    page.add(Grid(page, rows, cell=CELL, column_gaps={1: APART} if there else None))
    page.fit()


def _columns(result: Result, labels: tuple[str, ...], style: Style) -> int:
    """Classes side by side: in lines of equal length, where a picture is wide enough to be seen and named."""
    words = [word for name in result.class_names for word in text.shown(name).split()]
    widest = max((text.width_of(word, style.caption_pt) for word in words), default=0.0)
    beside = max(text.width_of(text.shown(label), style.caption_pt) for label in labels) + PAD
    room = WIDTH - 2 * MARGIN - beside
    if result.originals is not None:
        room -= CELL + APART
    most = max(int(room / (max(LEAST_CELL, min(widest, NAMED_CELL)) + GAP)), 1)
    lines = -(-len(result.classes) // most)
    return -(-len(result.classes) // lines)


def _original(result: Result, row: int) -> list[Array | None]:
    return [] if result.originals is None else [result.originals[row]]
