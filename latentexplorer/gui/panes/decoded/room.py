"""How the Decoded pane shares its room: pictures, then classes and strips below or beside them, then the bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from latentexplorer.gui.panes.decoded.below import GAP_PX, BelowPicture
from latentexplorer.gui.panes.decoded.picture_pair import QWIDGETSIZE_MAX, PicturePair
from latentexplorer.gui.panes.decoded.strips import (
    LEAST_SIDE_PX,
    LEAST_THUMB_PX,
    MOST_PICTURES,
    MOST_THUMB_PX,
    STRIP_GAP_PX,
    TITLE_GAP_PX,
)
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.tiles import ImageStrip

LEAST_PICTURE_PX = 220
"""With its caption."""
LEAST_KEPT, LEAST_BESIDE_PX = 0.75, 120
"""Of their height the pictures keep so much, and with their captions so much, where strips come beside them."""
BARS_PX = 46
"""Height of the bars, where the pictures do not need it."""
SIDE_SHARE, SIDE_OF_STACK, SIDE_IF_HIGH = 8, 4, 6
"""Strips have this part of the width at least beside pictures that stand beside each other, and one above the other,
and beside the latter in a pane that is higher than these could use then."""
LARGER, ABOUT = 1.05, 0.9
"""Strips stand beside the pictures, too, where these are so many times as high for it; a stack fills the width so."""
THUMB_SHARE = 8
"""Pictures of a strip below large ones have this part of their height at least."""
PAIR_STRETCH = 1000
"""The strips take what the pictures leave."""
WIDE_PX = 420
"""From here on the error and what is near stand in one line."""


class PictureRoom(QHBoxLayout):
    """The pictures, and beside them the classes, or the strips, where there is no room for them below.

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
        self._below.classes.take(0)
        self._pair.centred = True
        self._pair.setMaximumHeight(height)

    def fit(self, area: QSize, head_px: int, shape: tuple[int, int], parts: int) -> None:
        """Share the height; see `_share` for what it is told."""
        self._share(area, head_px, shape, parts)
        self._strips.settle()

    def _share(self, area: QSize, head_px: int, shape: tuple[int, int], parts: int) -> None:
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
        pair, width, strips = self._pair, area.width(), self._strips.shown
        pair.centred = False
        room, titles = self._room(area, head_px)
        each = GAP_PX + titles + LEAST_THUMB_PX
        pair.stack(width, room - len(strips) * (each + MOST_THUMB_PX - LEAST_THUMB_PX))
        spanning = min(int((width / MOST_PICTURES - STRIP_GAP_PX) * shape[0] / shape[1]), MOST_THUMB_PX)
        wider = each + max(spanning - LEAST_THUMB_PX, 0)
        if pair.stacked and room - len(strips) * wider >= 2 * LEAST_PICTURE_PX:
            # These are large in any case: strips span the pane as well.
            each = wider
        wanted = pair.wanted(width)
        least = min(wanted, LEAST_PICTURE_PX)
        room += min(max(least - room, 0), BARS_PX - self._below.bars.least_px(BARS_PX))
        # Half of what the others do not need at all: in a high pane the classes are no smaller than the strips.
        idle = room - wanted - len(strips) * each
        classes = self._classes_below(width, room - least, idle // 2)
        room -= classes + GAP_PX if classes else 0
        large = min(wanted, room) // (2 if pair.stacked else 1)
        each += min(max(large // THUMB_SHARE - LEAST_THUMB_PX, 0), max(MOST_THUMB_PX + GAP_PX + titles - each, 0))
        aside = self._below.classes.conditional and not classes
        least_side = self._below.classes.side_px if aside else LEAST_SIDE_PX
        share, worth = (SIDE_OF_STACK, ABOUT) if pair.stacked else (SIDE_SHARE, LARGER)
        aside_px = width // share
        if pair.stacked:
            # In a high pane strips are narrower: the pictures have what else would be left below them.
            aside_px = min(max(width - pair.wide_at(room) - SPACE, width // SIDE_IF_HIGH), aside_px)
        narrower = pair.wanted(width - SPACE - max(least_side, aside_px))
        below = min(wanted, room - len(strips) * each)
        low = below < least or min(narrower, room) >= worth * below
        pictures = max(min(wanted, room), pair.minimumSizeHint().height())
        # Wide ones that stand one above the other leave much of a low pane's width.
        low = low or (pair.stacked and width - pair.wide_at(pictures) - SPACE >= LEAST_SIDE_PX)
        if aside and pictures > narrower >= max(pictures * LEAST_KEPT, LEAST_BESIDE_PX):
            wanted = pictures = narrower
        side = width - pair.wide_at(pictures) - SPACE
        beside = aside and side >= LEAST_SIDE_PX
        # Where it is low, the strips stand beside the pictures, which give them some of their width if need be: a pane
        # that grows loses nothing by it.
        if low and strips and not beside:
            narrower = min(pictures, narrower)
            if narrower >= max(pictures * LEAST_KEPT, LEAST_BESIDE_PX):
                pictures, side = narrower, width - pair.wide_at(narrower) - SPACE
        # Where not even that leaves room for them they give way: the decoded image is what the pane is for.
        if low and strips and side >= LEAST_SIDE_PX and not beside:
            self._below.classes.take(classes)
            self._stand(self._strips, pair.wide_at(pictures))
            self._set_height(pictures)
            self.pictures, self.columns = self._strips.fill(side, pictures, shape)
            return
        self._stand(self._below.classes if beside else None, pair.wide_at(pictures))
        while strips and room - len(strips) * each < least:
            self._strips.squeeze(strips.pop(), True)
        for strip in strips:
            self._strips.squeeze(strip, False)
        pictures = min(wanted, max(room - len(strips) * each, 0))
        self._set_height(pictures)
        self._below.classes.take(pictures if beside else classes, beside=beside)
        if strips:
            free = (room - pictures) / len(strips) - GAP_PX - titles
            # In a wide pane as large as so many may be, in a high one as high as leaves the bars as much again.
            most = max(MOST_THUMB_PX, (width / MOST_PICTURES - STRIP_GAP_PX) * shape[0] / shape[1])
            most += max(free - most, 0) / 2
            self._span(strips, width, min(max(free, LEAST_THUMB_PX), most), shape, parts)

    def _room(self, area: QSize, head_px: int) -> tuple[int, int]:
        """Height for pictures, classes and strips, and that of a strip's title."""
        below = self._below
        line = below.error.sizeHint().height()
        lines = below.lines(beside=area.width() >= WIDE_PX)
        titles = line + TITLE_GAP_PX
        room = area.height() - head_px - (2 + lines) * GAP_PX - line * lines - titles - BARS_PX
        for widget in (below.odd, below.new_image):
            if not widget.isHidden():
                room -= widget.sizeHint().height() + GAP_PX
        return room, titles

    def _span(self, strips: Sequence[ImageStrip], width: int, thumb: float, shape: tuple[int, int], parts: int) -> None:
        """As many pictures as span the pane."""
        aspect = shape[1] / shape[0]
        self.pictures = self.columns = int(np.clip(round(width / (thumb * aspect + STRIP_GAP_PX)), 4, MOST_PICTURES))
        wide = (width - (self.pictures - 1) * STRIP_GAP_PX) / self.pictures
        # A strip that spans the pane may be higher than there is room for: then it ends before.
        for strip in strips:
            across = aspect * (1 if strip is self._strips.nearest else parts)
            strip.setFixedHeight(max(int(min(wide / across, thumb)), 8))

    def _set_height(self, pictures: int) -> None:
        self._pair.setMaximumHeight(max(pictures, self._pair.minimumSizeHint().height()))
        self._pair.updateGeometry()

    def _classes_below(self, width: int, spare: int, most: int) -> int:
        """The height that the classes take below the pictures, of what is to spare; 0 where that is too little."""
        classes = self._below.classes
        height = min(classes.wanted(width, most), spare - GAP_PX) if classes.conditional else 0
        return height if height >= classes.needed else 0

    def _stand(self, beside: QWidget | None = None, pair_px: int = 0) -> None:
        """What stands right of the pictures, and how wide these are; all else stands below them."""
        # In the order in which the column takes them back.
        for widget in (self._strips, self._below.classes):
            mine = widget is beside
            if mine != (self.indexOf(widget) >= 0):
                if mine:
                    self.addWidget(widget, 1, Qt.AlignmentFlag.AlignTop)
                else:
                    self._below.take(widget)
        # A width that is fixed would hold the edge of the window.
        self._pair.setMaximumWidth(pair_px if beside is not None else QWIDGETSIZE_MAX)
