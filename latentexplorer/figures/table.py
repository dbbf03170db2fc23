"""A table of words and numbers on paper."""

from __future__ import annotations

from collections.abc import Sequence

from latentexplorer.figures import text
from latentexplorer.figures.page import WIDTH, Block, Box, Page

GAP = 0.16
"""Between two columns, inches."""
FIRST, LEAST = 0.4, 0.12
"""Part of the width that the first column may take where not all of them have room, and has in any case."""


class Table(Block):
    """Rows of cells, a line of titles above; the first column begins at the left, numbers end at the right.

    Parameters
    ----------
    page : Page
    titles : sequence of str
        One a column, the first being that of the names of the rows.
    rows : sequence of sequence of str
    marked : sequence of set of int
        For each row the columns that are set in bold.
    """

    stretches = False

    def __init__(
        self,
        page: Page,
        titles: Sequence[str],
        rows: Sequence[Sequence[str]],
        marked: Sequence[set[int]] = (),
    ) -> None:
        style = page.style
        self.size = style.caption_pt
        self.words = [list(titles), *(list(row) for row in rows)]
        self.bold: list[set[int]] = [set(), *(marked or [set() for _ in rows])]
        # A figure without axes is never laid out.
        page.figure.add_axes((0, 0, 1, 1)).axis("off")
        self.cells = [
            [
                page.text(
                    "",
                    self.size,
                    style.muted if row == 0 or at == 0 else style.ink,
                    bold=at in self.bold[row],
                    ha="left" if at == 0 else "right",
                )
                for at in range(len(cells))
            ]
            for row, cells in enumerate(self.words)
        ]

    def _line(self) -> float:
        return text.height_of(1, self.size) * 1.25

    def _widest(self, at: int, rows: slice) -> float:
        lines = zip(self.words[rows], self.bold[rows], strict=True)
        return max((text.width_of(text.shown(row[at]), self.size, at in bold) for row, bold in lines), default=0.0)

    def _widths(self, width: float) -> list[float]:
        """What each column takes: its widest words. Where that is too much names of rows give way, then titles of
        columns, and what stands in the cells last: half a number is a wrong one.
        """
        columns = range(len(self.words[0]))
        wanted = [self._widest(at, slice(None)) for at in columns]
        cells = [self._widest(at, slice(1, None)) for at in columns[1:]]
        room = width - GAP * (len(wanted) - 1)
        # Room that the others leave is the first one's.
        first = max(FIRST * width, room - sum(wanted[1:]))
        first = min(wanted[0], max(min(first, room - sum(cells)), LEAST * width))
        room = max(room - first, 0.1)
        spare, over = room - sum(cells), sum(wanted[1:]) - sum(cells)
        if spare < 0:
            return [first, *(each * room / sum(cells) for each in cells)]
        part = min(spare / over, 1.0) if over > 0 else 0.0
        return [first, *(each + part * (most - each) for each, most in zip(cells, wanted[1:], strict=True))]

    def wanted_width(self) -> float:
        """As wide as its words, up to the page."""
        return min(self.used_width(WIDTH), WIDTH)

    def used_width(self, width: float) -> float:
        """Its columns and what is between them."""
        return sum(self._widths(width)) + GAP * (len(self.words[0]) - 1)

    def wanted_height(self, width: float) -> float:
        """All rows."""
        return len(self.words) * self._line()

    def place(self, page: Page, box: Box) -> None:
        """Rows from top to bottom; what does not fit is left out."""
        widths = self._widths(box.width)
        line = self._line()
        for row, (words, cells) in enumerate(zip(self.words, self.cells, strict=True)):
            visible = (row + 1) * line <= box.height + 1e-6
            end = box.left
            for at, (word, cell, width) in enumerate(zip(words, cells, widths, strict=True)):
                end += width + (GAP if at else 0)
                cell.set_visible(visible)
                cell.set_text(text.shorten(word, self.size, width, bold=at in self.bold[row]))
                page.move(cell, box.left if at == 0 else end, top=box.top + row * line)
