"""Plots with axes, and legends that stand outside of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from latentexplorer.figures import text
from latentexplorer.figures.page import Block, Box, Page
from latentexplorer.figures.style import Style

BAR = 0.11
"""Width of a colour bar, inches."""


class Chart(Block):
    """A plot that keeps its tick labels inside its place.

    Parameters
    ----------
    page : Page
    heading, caption : str
        Written above, the caption smaller and below the heading.
    ratio : float
        Height by width, where the figure may choose.
    weight : float
        Share of the width beside other blocks.
    """

    def __init__(
        self, page: Page, *, heading: str = "", caption: str = "", ratio: float = 0.62, weight: float = 1.0
    ) -> None:
        self.axes: Axes = page.figure.add_axes((0, 0, 1, 1))
        self.style = page.style
        self.ratio, self.weight = ratio, weight
        self.heading_words = heading
        self.heading = page.text("", page.style.text_pt, page.style.ink) if heading else None
        self.caption_words = caption
        self.caption = page.text("", page.style.caption_pt, page.style.muted) if caption else None
        self.bar: Axes | None = None
        self.names: list[tuple[Any, str]] = []
        dress(self.axes, page.style)

    def add_bar(self, page: Page, mappable: Any, title: str) -> None:
        """A colour bar at the right."""
        self.bar = page.figure.add_axes((0, 0, 1, 1))
        colorbar = page.figure.colorbar(mappable, cax=self.bar)
        colorbar.outline.set_visible(False)
        self.bar.tick_params(colors=self.style.muted, labelsize=self.style.caption_pt, length=2, width=0.6)
        self._name(self.bar.yaxis, title)
        if colorbar.solids is not None:
            colorbar.solids.set_alpha(1)
            colorbar.solids.set_edgecolor("face")

    def name_axes(self, x: str, y: str) -> None:
        """Say what the axes are."""
        self._name(self.axes.xaxis, x)
        self._name(self.axes.yaxis, y)

    def name_plane(self, x: str, y: str) -> None:
        """Say what the axes of a map are; "" of one that means nothing, which has no ticks either."""
        if not (x or y):
            # t-SNE and UMAP keep neighbours, not directions or distances.
            self.axes.set(xticks=[], yticks=[])
            for spine in self.axes.spines.values():
                spine.set_visible(False)
            return
        self.name_axes(x, y)
        if not y:
            self.axes.set(yticks=[])
            self.axes.spines["left"].set_visible(False)
        self.axes.locator_params(nbins=6)

    def _name(self, axis: Any, words: str) -> None:
        axis.set_label_text("", color=self.style.ink, size=self.style.caption_pt, parse_math=False)
        self.names.append((axis, words))

    def _above(self) -> float:
        above = text.height_of(1, self.style.text_pt) + 0.04 if self.heading else 0.0
        return above + (text.height_of(1, self.style.caption_pt) if self.caption else 0.0)

    def wanted_height(self, width: float) -> float:
        """By its ratio."""
        return width * self.ratio + self._above()

    def place(self, page: Page, box: Box) -> None:
        """Move the plot into the box, then in again by what its labels stick out."""
        if self.heading:
            self.heading.set_text(text.shorten(self.heading_words, self.style.text_pt, box.width))
            page.move(self.heading, box.left, top=box.top)
        if self.caption:
            self.caption.set_text(text.shorten(self.caption_words, self.style.caption_pt, box.width))
            page.move(self.caption, box.left, top=box.top + text.height_of(1, self.style.text_pt))
        above = self._above()
        box = Box(box.left, box.top + above, box.width, max(box.height - above, 0.2))
        left = right = top = bottom = 0.0
        for _ in range(3):
            # Ticks change with the size, and the room for their labels with them: twice is enough, three is safe.
            inner = Box(
                box.left + left,
                box.top + top,
                max(box.width - left - right, 0.2),
                max(box.height - top - bottom, 0.2),
            )
            self._position(page, inner)
            for axis, words in self.names:
                room = inner.width if axis is self.axes.xaxis else inner.height
                axis.set_label_text(text.shorten(words, self.style.caption_pt, room))
            over = self._sticking_out(page, box)
            left, right = left + over[0], right + over[1]
            top, bottom = top + over[2], bottom + over[3]
            if max(map(abs, over)) < 0.005:
                break

    def _position(self, page: Page, inner: Box) -> None:
        if self.bar is None:
            page.position(self.axes, inner)
            return
        page.position(self.axes, Box(inner.left, inner.top, max(inner.width - BAR - 0.1, 0.1), inner.height))
        page.position(self.bar, Box(inner.left + inner.width - BAR, inner.top, BAR, inner.height))

    def _sticking_out(self, page: Page, box: Box) -> tuple[float, float, float, float]:
        """How far the drawn axes reach out of the box at the left, right, top and bottom, inches."""
        renderer = page.renderer()
        dpi = page.figure.dpi
        height = page.figure.get_size_inches()[1]
        extents = [axes.get_tightbbox(renderer) for axes in (self.axes, self.bar) if axes is not None]
        known = [extent for extent in extents if extent is not None]
        if not known:
            return 0.0, 0.0, 0.0, 0.0
        left = box.left - min(e.x0 for e in known) / dpi
        right = max(e.x1 for e in known) / dpi - (box.left + box.width)
        top = box.top - (height - max(e.y1 for e in known) / dpi)
        bottom = height - min(e.y0 for e in known) / dpi - (box.top + box.height)
        return left, right, top, bottom


def dress(axes: Axes, style: Style) -> None:
    """Quiet axes: two thin lines, small ticks, no frame."""
    axes.set_facecolor(style.paper)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(style.muted)
        axes.spines[side].set_linewidth(0.7)
    axes.tick_params(colors=style.muted, labelsize=style.caption_pt, length=3, width=0.7, which="major")
    axes.tick_params(colors=style.muted, length=1.5, width=0.5, which="minor")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_offset_text().set(color=style.muted, size=style.caption_pt)


def guide_lines(axes: Axes, style: Style) -> None:
    """Faint lines across, below everything."""
    axes.grid(axis="y", color=style.faint, linewidth=0.6)
    axes.set_axisbelow(True)


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a marker, or a line where `line` names a dash style."""

    name: str
    color: str
    marker: str = ""
    line: str = ""


class Legend(Block):
    """Names of colours in columns, below the plots they belong to."""

    stretches = False
    MOST = 60
    """Names at most; who has more classes will not look one up by colour."""
    SWATCH = {True: 0.3, False: 0.09}
    """Width of a line and of a marker, inches."""

    def __init__(self, page: Page, keys: Sequence[Key]) -> None:
        self.style = page.style
        self.keys = list(keys)
        self.texts = [page.text("", page.style.caption_pt, page.style.ink) for _ in self.keys[: self.MOST]]
        self.more = page.text("", page.style.caption_pt, page.style.muted)
        self.marks = [_mark(key, page.style) for key in self.keys[: self.MOST]]
        for mark in self.marks:
            page.figure.add_artist(mark)
        self.swatch = self.SWATCH[any(key.line for key in self.keys)]

    @property
    def line(self) -> float:
        """Height of a line, inches."""
        return text.height_of(1, self.style.caption_pt) * 1.15

    @property
    def entries(self) -> int:
        """Names to show, and the one that counts those left out."""
        return min(len(self.keys), self.MOST + 1)

    def _columns(self, width: float) -> tuple[int, float]:
        """How many columns fit, and how wide each is."""
        shown = self.keys[: self.MOST]
        widest = max(text.width_of(text.shown(key.name), self.style.caption_pt) for key in shown)
        column = min(self.swatch + 0.06 + widest + 0.16, width + 0.16)
        most = max(1, min(self.entries, int((width + 0.16 + 1e-6) / column)))
        # The same number of rows, filled evenly.
        rows = -(-self.entries // most)
        return -(-self.entries // rows), column

    def wanted_height(self, width: float) -> float:
        """All rows."""
        columns, _ = self._columns(width)
        return -(-self.entries // columns) * self.line

    def place(self, page: Page, box: Box) -> None:
        """Names row by row; where not all rows fit, how many names there are besides."""
        columns, column = self._columns(box.width)
        fitting = max(int(box.height / self.line + 1e-6), 1) * columns
        shown = len(self.keys) if len(self.keys) <= min(fitting, self.MOST) else min(fitting - 1, self.MOST)
        said = ""
        while shown < len(self.keys):
            said = f"and {len(self.keys) - shown:,} more"
            # It may reach to the end of its line; where even that is too short, it begins the line.
            room = box.width - (shown % columns) * column
            if shown % columns == 0 or text.width_of(said, self.style.caption_pt) <= room:
                said = text.shorten(said, self.style.caption_pt, room)
                break
            shown -= 1
        width, height = page.figure.get_size_inches()
        for number, (key, artist, mark) in enumerate(zip(self.keys, self.texts, self.marks, strict=False)):
            artist.set_visible(number < shown)
            mark.set_visible(number < shown)
            left = box.left + (number % columns) * column
            middle = box.top + (number // columns + 0.5) * self.line
            swatch = self.SWATCH[bool(key.line)]
            room = column - 0.16 - swatch - 0.06
            artist.set_text(text.shorten(key.name, self.style.caption_pt, max(room, 0.1)))
            page.move(artist, left + swatch + 0.06, middle=middle)
            ends = [left, left + swatch] if key.line else [left + swatch / 2]
            mark.set_data([end / width for end in ends], [1 - middle / height] * len(ends))
        self.more.set_text(said)
        below = box.top + (shown // columns + 0.5) * self.line
        page.move(self.more, box.left + (shown % columns) * column, middle=below)


def _mark(key: Key, style: Style) -> Line2D:
    if key.line:
        return Line2D([0, 0], [0, 0], color=key.color, linestyle=key.line, linewidth=1.5)
    return Line2D(
        [0],
        [0],
        color=key.color,
        linestyle="none",
        marker=key.marker or "o",
        markersize=style.caption_pt * 0.75,
        markeredgewidth=0,
    )
