"""A figure's layout: title on top, blocks of content in rows, notes at the bottom; worked out anew for every size.

It is a matplotlib layout engine, so a figure stays well set whatever size or resolution it is drawn in. All lengths
are inches, from the top left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text

from latentexplorer.figures import text
from latentexplorer.figures.style import Style

MARGIN = 0.14
FIXED = 0.45
"""Part of the height that legends may take from what they explain, where there is little of it."""
GUTTER = 0.3
"""Between two blocks side by side."""
BASELINE = 0.99
"""From the top of a line to its baseline, in sizes."""
CAPITAL = 0.73
"""Height of a capital letter, in sizes."""
SPACING = 1.395
"""What matplotlib calls the line spacing that puts baselines `text.LINE` sizes apart, in the font used here."""
WIDTH = 6.4
"""Of a figure that may choose: a text column of most papers and slides."""
BELOW_TITLE = 0.03
NARROW = 3.6
"""Width that a title may ask for where the content needs less."""
MOST = 30.0
"""Inches a figure that may choose takes at most."""


@dataclass(frozen=True)
class Box:
    """A place on the page."""

    left: float
    top: float
    width: float
    height: float


class Block:
    """Something that takes a place on the page."""

    weight = 1.0
    """Share of the width, beside the other blocks of its row."""
    stretches = True
    """Whether it takes up height that is left over, or gives some up."""

    def wanted_width(self) -> float:
        """Width above which it has no use for more."""
        return WIDTH * self.weight

    def used_width(self, width: float) -> float:
        """How much of a width it really takes."""
        return width

    def wanted_height(self, width: float) -> float:
        """Height it would like, given a width."""
        raise NotImplementedError

    def place(self, page: Page, box: Box) -> None:
        """Move its artists into `box`."""
        raise NotImplementedError


class Page(LayoutEngine):
    """The layout of one figure.

    Parameters
    ----------
    figure : Figure
        Cleared, given this layout and a canvas of its own.
    style : Style
    title, subtitle : str
        Left out where the style has no titles.
    notes : sequence of str
        Written below, each a sentence without full stop.
    """

    _adjust_compatible = True
    _colorbar_gridspec = False

    def __init__(self, figure: Figure, style: Style, title: str, subtitle: str = "", notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.figure = figure
        self.style = style
        self.title, self.subtitle = (title, subtitle) if style.titles else ("", "")
        self.notes = ". ".join(note.rstrip(".") for note in notes)
        self.rows: list[list[Block]] = []
        self.snap = True
        """Whether images lie on whole pixels; for files of dots, not of lines."""
        figure.clear()
        figure.set_facecolor(style.paper)
        FigureCanvasAgg(figure)
        self._title = self.text(self.title, style.title_pt, style.ink, bold=True)
        self._subtitle = self.text("", style.text_pt, style.muted)
        self._notes = self.text("", style.caption_pt, style.muted)
        figure.set_layout_engine(self)

    def text(self, words: str, size_pt: float, color: str, *, bold: bool = False, **options: Any) -> Text:
        """A piece of text, to be placed with `move`."""
        options = {"ha": "left", "va": "baseline", "linespacing": SPACING, **options}
        return self.figure.text(
            0, 0, words, fontsize=size_pt, color=color, weight="bold" if bold else "normal", parse_math=False, **options
        )

    def move(self, artist: Text, x: float, *, top: float | None = None, middle: float | None = None) -> None:
        """Place a piece of text by the top of its first line, or by its middle.

        Lines stand on their baselines, so that words beside each other do too, whatever letters they have.
        """
        width, height = self.figure.get_size_inches()
        size = float(artist.get_fontsize()) / 72
        further = (artist.get_text().count("\n")) * text.LINE * size
        if middle is not None:
            baseline = middle + CAPITAL / 2 * size + further / 2
        else:
            baseline = (top or 0.0) + BASELINE * size + further
        artist.set_position((x / width, 1 - baseline / height))

    def position(self, axes: Any, box: Box) -> None:
        """Put an axes where `box` is."""
        width, height = self.figure.get_size_inches()
        axes.set_position(
            [box.left / width, 1 - (box.top + box.height) / height, box.width / width, box.height / height]
        )

    def renderer(self) -> RendererAgg:
        """Something to measure artists with, at the figure's present resolution."""
        return RendererAgg(8, 8, self.figure.dpi)

    def add(self, *blocks: Block) -> None:
        """Add a row of blocks, side by side."""
        self.rows.append(list(blocks))

    def fit(self, width: float | None = None) -> None:
        """Give the figure the size its content asks for."""
        if width is None:
            wide = sum(text.width_of(text.shown(part), size, bold) for part, size, bold in self._header_parts()) + 0.12
            used = max((self._used(row, WIDTH - 2 * MARGIN) for row in self.rows), default=0)
            width = max(used, min(wide, NARROW)) + 2 * MARGIN
        inner = width - 2 * MARGIN
        height = 2 * MARGIN + self._header(inner)[1] + self._footer(inner)[1] + GUTTER * 0.6 * (len(self.rows) - 1)
        height += sum(self._row_height(row, inner) for row in self.rows)
        self.figure.set_size_inches(width, min(max(height, 1.0), MOST))

    def execute(self, fig: Any) -> None:
        """Place everything, for the figure's present size."""
        width, height = self.figure.get_size_inches()
        inner = max(width - 2 * MARGIN, 0.2)
        lines, used = self._header(inner)
        self._place_header(lines)
        notes, below = self._footer(inner)
        self._notes.set_text("\n".join(notes))
        self.move(self._notes, MARGIN, top=height - MARGIN - text.height_of(len(notes), self._notes_pt()))
        room = max(height - 2 * MARGIN - used - below - GUTTER * 0.6 * (len(self.rows) - 1), 0.2)
        heights = [self._row_height(row, inner) for row in self.rows]
        elastic = [any(block.stretches for block in row) for row in self.rows]
        fixed = sum(tall for tall, soft in zip(heights, elastic, strict=True) if not soft)
        if any(elastic) and fixed > FIXED * room:
            heights = [
                tall if soft else tall * FIXED * room / fixed for tall, soft in zip(heights, elastic, strict=True)
            ]
            fixed = FIXED * room
        soft_room = max(room - fixed, 0.2)
        soft_sum = sum(tall for tall, soft in zip(heights, elastic, strict=True) if soft) or 1.0
        top = MARGIN + used
        for row, wanted, soft in zip(self.rows, heights, elastic, strict=True):
            tall = wanted * soft_room / soft_sum if soft else wanted
            left = MARGIN
            for block, wide in zip(row, self._widths(row, inner), strict=True):
                block.place(self, Box(left, top, wide, tall))
                left += wide + GUTTER
            top += tall + GUTTER * 0.6

    def _row_height(self, row: list[Block], inner: float) -> float:
        return max(b.wanted_height(w) for b, w in zip(row, self._widths(row, inner), strict=True))

    def _used(self, row: list[Block], inner: float) -> float:
        used = sum(b.used_width(w) for b, w in zip(row, self._widths(row, inner), strict=True))
        return used + GUTTER * (len(row) - 1)

    def _widths(self, row: list[Block], inner: float) -> list[float]:
        """What each block of a row wants, all made smaller by the same factor where that is too much."""
        room = max(inner - GUTTER * (len(row) - 1), 0.2)
        wanted = [block.wanted_width() for block in row]
        scale = min(1.0, room / sum(wanted))
        return [width * scale for width in wanted]

    def _notes_pt(self) -> float:
        return self.style.caption_pt

    def _header_parts(self) -> list[tuple[str, float, bool]]:
        return [(self.title, self.style.title_pt, True), (self.subtitle, self.style.text_pt, False)]

    def _header(self, inner: float) -> tuple[list[str], float]:
        """Lines of the subtitle and the height of the whole header; one line with the title where there is room."""
        if not self.title:
            return [], 0.0
        beside = text.width_of(self.title, self.style.title_pt, True) + 0.12
        first = text.height_of(1, self.style.title_pt)
        if beside + text.width_of(text.shown(self.subtitle), self.style.text_pt) <= inner:
            return [text.shown(self.subtitle)], first + 0.1
        lines = text.wrap(self.subtitle, self.style.text_pt, inner, most=3)
        return ["", *lines], first + BELOW_TITLE + text.height_of(len(lines), self.style.text_pt) + 0.1

    def _place_header(self, lines: list[str]) -> None:
        if not lines:
            return
        self.move(self._title, MARGIN, top=MARGIN)
        if lines[0]:
            # Both stand on one line: the smaller text starts lower by the difference of their heights.
            lower = (self.style.title_pt - self.style.text_pt) * BASELINE / 72
            left = MARGIN + text.width_of(self.title, self.style.title_pt, True) + 0.1
            self._subtitle.set_text(lines[0])
            self.move(self._subtitle, left, top=MARGIN + lower)
        else:
            self._subtitle.set_text("\n".join(lines[1:]))
            self.move(self._subtitle, MARGIN, top=MARGIN + text.height_of(1, self.style.title_pt) + BELOW_TITLE)

    def _footer(self, inner: float) -> tuple[list[str], float]:
        """Lines of the notes and their height, with the space above them."""
        if not self.notes:
            return [], 0.0
        lines = text.wrap(self.notes, self._notes_pt(), inner, most=4)
        return lines, text.height_of(len(lines), self._notes_pt()) + 0.1
