"""How the Decoded pane shares its room: pictures first, strips below or beside them, the rest for the bars."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout

from latentexplorer.gui.panes.decoded.below import GAP_PX, BelowPicture
from latentexplorer.gui.panes.decoded.picture_pair import QWIDGETSIZE_MAX, PicturePair
from latentexplorer.gui.panes.decoded.strips import (
    LEAST_SIDE_PX,
    LEAST_THUMB_PX,
    MOST_THUMB_PX,
    STRIP_GAP_PX,
    TITLE_GAP_PX,
)
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.tiles import ImageStrip

LEAST_PICTURE_PX = 220
"""With its caption."""
BARS_PX = 46
PAIR_STRETCH = 1000
"""The strips take what the pictures leave."""
WIDE_PX = 420
"""From here on the error and what is near stand in one line."""


class PictureRoom(QHBoxLayout):
    """The pictures, and beside them the strips where there is no room for them below.

    Attributes
    ----------
    pictures : int
        Pictures that a strip shows.
    columns : int
        Those of them that stand beside each other.
    """

    def __init__(self, pair: PicturePair, below: BelowPicture) -> None:
        super().__init__()
        self.setSpacing(SPACE)
        self._pair, self._below, self._strips = pair, below, below.strips
        self.pictures = self.columns = 5
        self.addWidget(pair, PAIR_STRETCH)

    def fit_alone(self, height: int) -> None:
        """All of the height is for the pictures."""
        self._stand()
        self._pair.setMaximumHeight(height)

    def fit(self, area: QSize, head_px: int, shape: tuple[int, int], parts: int) -> None:
        """Share the height.

        Parameters
        ----------
        area : QSize
            Of the whole pane, without its margins.
        head_px : int
            Height of the row above the pictures.
        shape : (int, int)
            Height and width of an image.
        parts : int
            Images that a decode holds beside each other.
        """
        pair, below, width = self._pair, self._below, area.width()
        strips = self._strips.shown
        line = below.error.sizeHint().height()
        lines = below.lines(beside=width >= WIDE_PX)
        titles = line + TITLE_GAP_PX
        room = area.height() - head_px - (2 + lines) * GAP_PX - line * lines - titles - BARS_PX
        if not below.new_image.isHidden():
            room -= below.new_image.sizeHint().height() + GAP_PX
        each = GAP_PX + titles + LEAST_THUMB_PX
        wanted = pair.wanted(width)
        low = room - len(strips) * each < min(wanted, LEAST_PICTURE_PX)
        pictures = max(min(wanted, room), pair.minimumSizeHint().height())
        side = width - pair.wide_at(pictures) - SPACE
        # Where it is low, the strips give way: the decoded image is what the pane is for.
        if low and strips and side >= LEAST_SIDE_PX:
            self._stand(pair.wide_at(pictures))
            self._set_height(pictures)
            self.pictures, self.columns = self._strips.fill(side, pictures, shape)
            return
        self._stand()
        while strips and room - len(strips) * each < min(wanted, LEAST_PICTURE_PX):
            self._strips.squeeze(strips.pop(), True)
        for strip in strips:
            self._strips.squeeze(strip, False)
        pictures = min(wanted, max(room - len(strips) * each, 0))
        self._set_height(pictures)
        if strips:
            free = (room - pictures) / len(strips) - GAP_PX - titles
            self._span(strips, width, min(max(free, LEAST_THUMB_PX), MOST_THUMB_PX), shape, parts)

    def _span(self, strips: list[ImageStrip], width: int, thumb: float, shape: tuple[int, int], parts: int) -> None:
        """As many pictures as span the pane."""
        aspect = shape[1] / shape[0]
        self.pictures = self.columns = int(np.clip(round(width / (thumb * aspect + STRIP_GAP_PX)), 4, 10))
        wide = (width - (self.pictures - 1) * STRIP_GAP_PX) / self.pictures
        # A strip that spans the pane may be higher than there is room for: then it ends before.
        for strip in strips:
            across = aspect * (1 if strip is self._strips.nearest else parts)
            strip.setFixedHeight(max(int(min(wide / across, thumb)), 8))

    def _set_height(self, pictures: int) -> None:
        self._pair.setMaximumHeight(max(pictures, self._pair.minimumSizeHint().height()))
        self._pair.updateGeometry()

    def _stand(self, pair_px: int = 0) -> None:
        """The strips right of the pictures, which are so wide; 0: below them."""
        if bool(pair_px) != (self.indexOf(self._strips) >= 0):
            if pair_px:
                self.addWidget(self._strips, 1)
            else:
                self._below.take_strips()
        # A width that is fixed would hold the edge of the window.
        self._pair.setMaximumWidth(pair_px or QWIDGETSIZE_MAX)
