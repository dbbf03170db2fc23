"""How the height of the Decoded pane is shared: the picture first, strips as far as there is room."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout

from latentexplorer.gui.panes.decoded.below import GAP_PX, STRIP_GAP_PX, BelowPicture
from latentexplorer.gui.panes.decoded.code_row import CodeRow
from latentexplorer.gui.panes.decoded.picture_pair import PicturePair
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.tiles import ImageStrip

LEAST_THUMB_PX, MOST_THUMB_PX = 40, 72
LEAST_PICTURE_PX = 220
"""With its caption."""
QWIDGETSIZE_MAX = (1 << 24) - 1
BARS_PX = 46
WIDE_PX = 420
"""From here on the error and what is near stand in one line."""


LEAST_BESIDE_PX = 96
"""Width that the classes need at the right of the pictures."""


class Room:
    """Pictures as wide as the pane, strips that span it, the rest for the bars.

    Parameters
    ----------
    pictures : QHBoxLayout
        Holds `pair`; where the classes do not fit below it, they stand at its right.
    """

    def __init__(self, row: CodeRow, pictures: QHBoxLayout, pair: PicturePair, below: BelowPicture) -> None:
        self._row, self._pictures, self._pair, self._below = row, pictures, pair, below

    def share(self, area: QSize, shape: tuple[int, int, int] | None) -> int:
        """Share an area out.

        Parameters
        ----------
        shape : (height, width, parts) or None
            Of an image, and how many of them a decode holds; None without a run.

        Returns
        -------
        int
            How many pictures the strips of neighbours and draws hold.
        """
        below, pair, width = self._below, self._pair, area.width()
        strips = [strip for strip in (below.nearest, below.draws) if not strip.isHidden()]
        line = below.error.sizeHint().height()
        wanted = pair.wanted(width)
        least = min(wanted, LEAST_PICTURE_PX)
        room = area.height() - self._fixed(width, line, len(strips)) - BARS_PX
        classes = self._classes_below(width, room + len(strips) * (line + 2) - least)
        room -= classes + GAP_PX if classes else 0
        # Where it is low, the strips give way: the decoded image is what the pane is for.
        while strips and room - len(strips) * LEAST_THUMB_PX < least:
            self._squeeze(strips.pop(), True)
            room += line + 2
        for strip in strips:
            self._squeeze(strip, False)
        pictures = min(wanted, max(room - len(strips) * LEAST_THUMB_PX, 0))
        pictures = max(pictures, pair.minimumSizeHint().height())
        pair.setMaximumHeight(pictures)
        pair.updateGeometry()
        if below.classes.conditional:
            self._place_classes(width, pictures, classes)
        return self._size_strips(strips, width, room - pictures, shape) if strips and shape else 5

    def _fixed(self, width: int, line: int, strips: int) -> int:
        """Height of what is there in any case, and of the gaps."""
        below = self._below
        lines = below.lines(beside=width >= WIDE_PX)
        fixed = self._row.bookmarks_button.sizeHint().height() + (2 + lines + strips) * GAP_PX
        fixed += line * lines + (line + 2) * (strips + 1)
        if not below.new_image.isHidden():
            fixed += below.new_image.sizeHint().height() + GAP_PX
        return fixed

    def _classes_below(self, width: int, spare: int) -> int:
        """The height that the classes take below the pictures, of what is to spare; 0 where that is too little."""
        classes = self._below.classes
        height = min(classes.wanted(width), spare - GAP_PX) if classes.conditional else 0
        return height if height >= classes.needed else 0

    def _place_classes(self, width: int, pictures: int, height: int) -> None:
        """Below the pictures; else where these leave room at their right; else nowhere."""
        classes, room = self._below.classes, width - self._pair.width_for(pictures) - SPACE
        if height:
            self._below.take_classes()
            classes.take(QWIDGETSIZE_MAX, height)
        elif room >= LEAST_BESIDE_PX:
            if classes.parentWidget() is self._below:
                self._pictures.addWidget(classes, 0, Qt.AlignmentFlag.AlignTop)
            classes.take(room, pictures)
        else:
            classes.take(0, 0)

    def _size_strips(self, strips: list[ImageStrip], width: int, room: int, shape: tuple[int, int, int]) -> int:
        """Make the strips as high as their pictures are when so many span the width."""
        height, across, parts = shape
        thumb = min(max(room / len(strips), LEAST_THUMB_PX), MOST_THUMB_PX)
        count = int(np.clip(round(width / (thumb * across / height + STRIP_GAP_PX)), 4, 10))
        wide = (width - (count - 1) * STRIP_GAP_PX) / count
        # A strip that spans the pane may be higher than there is room for: then it ends before.
        self._below.nearest.setFixedHeight(max(int(min(wide * height / across, thumb)), 8))
        self._below.draws.setFixedHeight(max(int(min(wide * height / (across * parts), thumb)), 8))
        return count

    def _squeeze(self, strip: ImageStrip, away: bool) -> None:
        below = self._below
        title = below.near_title if strip is below.nearest else below.draws_title
        title.setMaximumHeight(0 if away else QWIDGETSIZE_MAX)
        if away:
            strip.setFixedHeight(0)
