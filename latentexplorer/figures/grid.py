"""Images in rows and columns, never stretched, on one grey scale from 0 to 1, with labels that fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from latentexplorer.figures import text
from latentexplorer.figures.page import Block, Box, Page
from latentexplorer.figures.picture import lay
from latentexplorer.figures.pixels import faded, resized
from latentexplorer.views.base import Array

GAP = 0.035
DESIGN_DPI = 150
"""Resolution for which natural sizes are chosen, so that every pixel of an image becomes a whole number of dots."""
PAD = 0.07
"""Between images and their labels."""


@dataclass
class Row:
    """A row of images.

    Attributes
    ----------
    images : sequence of (H, W, C) arrays, float in [0, 1] or uint8; None leaves a cell empty
    label, right : str
        Written left and right of the row; a label may have several lines.
    captions, top : sequence of str
        Written below the cells, and above them; what has no room above is left out.
    gap : float
        Extra space above, inches.
    strength : sequence of float
        Opacity of each image, 0..1; empty: all are drawn as they are.
    rims : sequence of (r, g, b)
        Colours, 0..255, of the ground that each image stands on, seen between them; empty: none.
    """

    images: Sequence[Array | None]
    label: str = ""
    right: str = ""
    captions: Sequence[str] = ()
    gap: float = 0.0
    top: Sequence[str] = ()
    strength: Sequence[float] = ()
    rims: Sequence[Sequence[int]] = ()


@dataclass
class Cells:
    """Sizes of a grid that has been given a place, inches; `tops` of the rows and `lefts` of the columns."""

    width: float
    height: float
    tops: list[float] = field(default_factory=list)
    lefts: list[float] = field(default_factory=list)


class Grid(Block):
    """A block of images.

    Parameters
    ----------
    page : Page
    rows : sequence of Row
        All images have one shape.
    heading : str
        Written above.
    bottom : sequence of str
        Written below the columns.
    x_title, y_title, right_title : str
        What the columns and rows are, written below, left (upright) and above the labels at the right.
    column_gaps : dict of int to float
        Extra space before a column, inches.
    cell : float
        Height or width of a cell in inches, whichever is larger, where the figure may choose.
    gap : float
        Space between cells, inches.
    caption_lines : int
        Lines that a caption may take.
    label_color : str
        Of the labels at the left.
    most_labels : int
        So many labels at most along each side, evenly chosen, both ends among them; 0: all.
    """

    def __init__(
        self,
        page: Page,
        rows: Sequence[Row],
        *,
        heading: str = "",
        bottom: Sequence[str] = (),
        x_title: str = "",
        y_title: str = "",
        right_title: str = "",
        column_gaps: dict[int, float] | None = None,
        cell: float = 0.62,
        gap: float = GAP,
        caption_lines: int = 2,
        label_color: str = "",
        most_labels: int = 0,
    ) -> None:
        self.rows = list(rows)
        self.columns = max(len(row.images) for row in self.rows)
        first = next(image for row in self.rows for image in row.images if image is not None)
        self.shape = (int(first.shape[0]), int(first.shape[1]))
        self.cell = cell
        self.gap = gap
        self.column_gaps = column_gaps or {}
        self.caption_lines = caption_lines
        self.most_labels = most_labels
        self.style = page.style
        caption, muted, ink = page.style.caption_pt, page.style.muted, page.style.ink
        self.heading = page.text(text.shown(heading), page.style.text_pt, ink) if heading else None
        self.heading_words = heading
        self.labels = [
            page.text("", caption, label_color or ink, ha="right", multialignment="right") for _ in self.rows
        ]
        self.rights = [page.text("", caption, muted, ha="right") for _ in self.rows]
        self.captions = [
            [page.text("", caption, muted, ha="center", multialignment="center") for _ in row.captions]
            for row in self.rows
        ]
        self.tops = [
            [page.text("", caption, muted, ha="center", multialignment="center") for _ in row.top] for row in self.rows
        ]
        self.bottom_words = list(bottom)
        self.bottoms = [page.text("", caption, muted, ha="center") for _ in self.bottom_words]
        self.x_words, self.y_words = x_title, y_title
        self.x_title = page.text(x_title, caption, ink, ha="center") if x_title else None
        self.y_title = page.text(y_title, caption, ink, ha="center", va="center", rotation=90) if y_title else None
        self.right_title = page.text(text.shown(right_title), caption, muted, ha="right") if right_title else None
        self.axes = page.figure.add_axes((0, 0, 1, 1))
        self.axes.axis("off")
        self.picture = lay(self.axes, np.zeros((1, 1, 4), np.uint8), interpolation="none")

    # -- sizes --------------------------------------------------------------------------------------------------

    @property
    def line(self) -> float:
        """Height of a line of caption, inches."""
        return text.height_of(1, self.style.caption_pt)

    def _left(self, width: float) -> float:
        """Room for the labels at the left."""
        lines = [line for row in self.rows for line in row.label.split("\n") if line]
        widest = max((text.width_of(text.shown(line), self.style.caption_pt) for line in lines), default=0)
        room = min(widest, 0.42 * width)
        return room + (PAD if widest else 0) + (self.line if self.y_title else 0)

    def _right(self, width: float) -> float:
        words = [row.right for row in self.rows if row.right]
        widest = max((text.width_of(text.shown(word), self.style.caption_pt) for word in words), default=0)
        return min(widest, 0.25 * width) + (PAD if widest else 0)

    def _above(self) -> float:
        heading = text.height_of(1, self.style.text_pt) + 0.03 if self.heading else 0.0
        return heading + (self.line + 0.02 if self.right_title else 0)

    def _below(self) -> float:
        return (self.line + 0.03 if self.bottoms else 0) + (self.line + 0.03 if self.x_title else 0)

    def _caption_heights(self, cell_width: float) -> list[float]:
        """Height of the captions below each row; what is cut short to `caption_lines` lines."""
        heights = []
        for row in self.rows:
            lines = max((len(self._caption(words, cell_width)) for words in row.captions), default=0)
            heights.append(lines * self.line + (0.05 if lines else 0))
        return heights

    def _top_heights(self, cell_width: float) -> list[float]:
        """Height of what stands above each row."""
        heights = []
        for row in self.rows:
            lines = max((len(self._top(words, cell_width)) for words in row.top), default=0)
            heights.append(lines * self.line + (0.02 if lines else 0))
        return heights

    def _top(self, words: str, cell_width: float) -> list[str]:
        """What is written above a cell: nothing where no letter of it fits."""
        lines = self._caption(words, cell_width)
        return [] if text.ELLIPSIS in lines else lines

    def _caption(self, words: str, cell_width: float) -> list[str]:
        return text.wrap(words, self.style.caption_pt, cell_width + self.gap, most=self.caption_lines)

    def _spare_width(self, width: float) -> float:
        """Width that is not images."""
        return self._left(width) + self._right(width) + self.gap * (self.columns - 1) + sum(self.column_gaps.values())

    def _spare_height(self, cell_width: float) -> float:
        between = self.gap * (len(self.rows) - 1) + sum(row.gap for row in self.rows)
        words = sum(self._caption_heights(cell_width)) + sum(self._top_heights(cell_width))
        return self._above() + self._below() + between + words

    def _natural_cell(self, width: float = math.inf) -> float:
        """Width of a cell where there is all the room in the world, or `width` for the whole block."""
        high, wide = self.shape
        cell = self.cell * min(1, wide / high)
        if math.isfinite(width):
            cell = min(cell, (width - self._spare_width(width)) / self.columns)
        return _snapped(max(cell, 0.02) * DESIGN_DPI, wide, 0.7) / DESIGN_DPI

    def wanted_width(self) -> float:
        """Enough for cells of the natural size."""
        return self.columns * self._natural_cell() + self._spare_width(6.0)

    def used_width(self, width: float) -> float:
        """Enough for the cells that fit."""
        return min(self.columns * self._natural_cell(width) + self._spare_width(width), width)

    def wanted_height(self, width: float) -> float:
        """Enough for cells as wide as they can be."""
        cell = self._natural_cell(width)
        return len(self.rows) * cell * self.shape[0] / self.shape[1] + self._spare_height(cell)

    def _cells(self, page: Page, box: Box) -> Cells:
        """The largest cells that fit into a box."""
        height, width = self.shape
        across = (box.width - self._spare_width(box.width)) / self.columns
        cell = max(min(across, self._tallest(box, across)), 0.01)
        dpi = page.figure.dpi
        if page.snap:
            cell = _snapped(cell * dpi, width, 0.93) / dpi
        tall = cell * height / width
        if page.snap:
            tall = max(round(tall * dpi), 1) / dpi
        return Cells(cell, tall)

    def _tallest(self, box: Box, across: float) -> float:
        """Width of the cells of the largest height that fits; captions wrap differently in narrower cells."""
        height, width = self.shape
        cell = across
        for _ in range(4):
            room = box.height - self._spare_height(max(cell, 0.05))
            fitting = room / len(self.rows) * width / height
            if fitting >= cell:
                break
            cell = max(fitting, 0.01)
        return cell

    # -- drawing ------------------------------------------------------------------------------------------------

    def place(self, page: Page, box: Box) -> None:
        """Move images and labels into the box, from its top left corner."""
        cells = self._cells(page, box)
        dpi = page.figure.dpi
        grain = 1 / dpi if page.snap else 0.0
        captions = self._caption_heights(cells.width)
        left = _on(box.left + self._left(box.width), grain)
        top = _on(box.top + self._above(), grain)
        x = left
        for column in range(self.columns):
            x = _on(x + self.column_gaps.get(column, 0), grain)
            cells.lefts.append(x)
            x = _on(x + cells.width + self.gap, grain)
        y = top
        for row, above, caption in zip(self.rows, self._top_heights(cells.width), captions, strict=True):
            y = _on(y + row.gap + above, grain)
            cells.tops.append(y)
            y = _on(y + cells.height + self.gap + caption, grain)
        self._place_picture(page, cells)
        self._place_text(page, box, cells)

    def _place_picture(self, page: Page, cells: Cells) -> None:
        """One picture of all cells, made in the resolution it is shown in, so that nothing is scaled twice."""
        dpi = page.figure.dpi if page.snap else _vector_dpi(self.shape, cells.width)
        rim = max(round(self.gap * dpi / 2), 1) if any(row.rims for row in self.rows) else 0
        left, top = cells.lefts[0] - rim / dpi, cells.tops[0] - rim / dpi
        size = (
            max(round((cells.tops[-1] + cells.height - top) * dpi) + rim, 1),
            max(round((cells.lefts[-1] + cells.width - left) * dpi) + rim, 1),
        )
        picture = np.zeros((*size, 4), np.uint8)
        tile = (max(round(cells.height * dpi), 1), max(round(cells.width * dpi), 1))
        for row, y in zip(self.rows, cells.tops, strict=True):
            strengths = row.strength or [1.0] * len(row.images)
            for number, (image, strength, x) in enumerate(zip(row.images, strengths, cells.lefts, strict=False)):
                if image is None:
                    continue
                pixels = faded(resized(image, tile, self.style.smooth), strength)
                at = round((y - top) * dpi), round((x - left) * dpi)
                if row.rims:
                    down, across = (
                        slice(start - rim, start + side + rim) for start, side in zip(at, tile, strict=True)
                    )
                    picture[down, across] = (*row.rims[number], 255)
                pixels = pixels[: size[0] - at[0], : size[1] - at[1]]
                picture[at[0] : at[0] + pixels.shape[0], at[1] : at[1] + pixels.shape[1]] = pixels
        self.picture.set_data(picture)
        self.picture.set_extent((0, size[1], size[0], 0))
        self.axes.set(xlim=(0, size[1]), ylim=(size[0], 0))
        page.position(self.axes, Box(left, top, size[1] / dpi, size[0] / dpi))

    def _place_text(self, page: Page, box: Box, cells: Cells) -> None:
        if self.heading:
            self.heading.set_text(text.shorten(self.heading_words, self.style.text_pt, box.width))
            page.move(self.heading, box.left, top=box.top)
        room = self._left(box.width) - PAD - (self.line if self.y_title else 0)
        end = cells.lefts[-1] + cells.width
        labelled = self._spread(len(self.rows), self.line, cells.height)
        for at, (row, y, label, right, below, above) in enumerate(
            zip(self.rows, cells.tops, self.labels, self.rights, self.captions, self.tops, strict=True)
        ):
            label.set_text(self._label(row.label, cells, max(room, 0.05)) if at in labelled else "")
            page.move(label, cells.lefts[0] - PAD, middle=y + cells.height / 2)
            right.set_text(text.shown(row.right))
            page.move(right, end + self._right(box.width), middle=y + cells.height / 2)
            for words, artist, x in zip(row.captions, below, cells.lefts, strict=False):
                artist.set_text("\n".join(self._caption(words, cells.width)))
                page.move(artist, x + cells.width / 2, top=y + cells.height + 0.03)
            for words, artist, x in zip(row.top, above, cells.lefts, strict=False):
                lines = self._top(words, cells.width)
                artist.set_text("\n".join(lines))
                page.move(artist, x + cells.width / 2, top=y - len(lines) * self.line - 0.02)
        self._place_titles(page, box, cells)

    def _label(self, words: str, cells: Cells, room: float) -> str:
        """A row's label in as many lines as the row is high, or more where each of its own lines needs one."""
        own = words.split("\n")
        most = max(int(cells.height / self.line) // len(own), 1)
        return "\n".join(
            line for part in own for line in text.wrap(part, self.style.caption_pt, room, most=most) if part
        )

    def _spread(self, count: int, needed: float, cell: float) -> set[int]:
        """Which of `count` labels to show so that each has the room it needs, both ends among them."""
        fitting = int((count - 1) * (cell + self.gap) / max(needed, 1e-6)) + 1
        most = min(count, fitting, self.most_labels or count)
        return {round(at * (count - 1) / max(most - 1, 1)) for at in range(max(most, 1))} if count else set()

    def _place_titles(self, page: Page, box: Box, cells: Cells) -> None:
        end, bottom = cells.lefts[-1] + cells.width, cells.tops[-1] + cells.height
        widest = max(
            (text.width_of(text.shown(words), self.style.caption_pt) for words in self.bottom_words), default=0
        )
        shown = self._spread(len(self.bottoms), widest + PAD, cells.width)
        for at, (words, artist, x) in enumerate(zip(self.bottom_words, self.bottoms, cells.lefts, strict=False)):
            artist.set_text(text.shown(words) if at in shown else "")
            page.move(artist, x + cells.width / 2, top=bottom + 0.03)
        middle = (cells.lefts[0] + end) / 2
        caption = self.style.caption_pt
        if self.x_title:
            # Centred below the images, it may reach out on both sides as far as the nearer edge of the block.
            room = 2 * min(middle - box.left, box.left + box.width - middle)
            self.x_title.set_text(text.shorten(self.x_words, caption, max(room, 0.1)))
            page.move(self.x_title, middle, top=bottom + (self.line + 0.03 if self.bottoms else 0) + 0.03)
        if self.y_title:
            width, height = page.figure.get_size_inches()
            upright = (box.left + self.line / 2) / width, 1 - (cells.tops[0] + bottom) / 2 / height
            self.y_title.set_position(upright)
            self.y_title.set_text(text.shorten(self.y_words, caption, bottom - cells.tops[0]))
        if self.right_title:
            page.move(self.right_title, end + self._right(box.width), top=cells.tops[0] - self.line - 0.02)


def _on(length: float, grain: float) -> float:
    """`length` on a whole number of grains."""
    return round(length / grain) * grain if grain else length


def _snapped(cell_px: float, image_px: int, least: float) -> int:
    """Whole dots of a cell: a whole multiple of the image's own pixels where at least a part `least` is left."""
    # What was measured as a whole number must not lose one by rounding.
    whole = max(int(cell_px + 1e-3), 1)
    multiple = whole // image_px * image_px
    return multiple if multiple >= least * whole else whole


def _vector_dpi(shape: tuple[int, int], cell: float) -> float:
    """Resolution of images in files of lines: a whole multiple of their own pixels, 300 dots per inch or so."""
    own = shape[1] / cell
    return own * max(1, round(300 / own))


def in_rows(
    images: Sequence[Array] | Array, columns: int, captions: Sequence[str] = (), strength: Sequence[float] = ()
) -> list[Row]:
    """Images one after another, so many in a row."""
    return [
        Row(
            [*images[at : at + columns]],
            captions=list(captions[at : at + columns]),
            strength=list(strength[at : at + columns]),
        )
        for at in range(0, len(images), columns)
    ]
