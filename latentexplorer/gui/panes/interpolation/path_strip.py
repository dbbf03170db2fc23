"""A strip of pictures with a slider below it whose handle stands under the picture it means."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.widgets.fading import fade
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.widgets.tiles import ImageStrip
from latentexplorer.views.fading import Fading

HANDLE_PX = 14
"""Width of a slider's handle, as the style sheet has it: its middle stops half of that before the slider's ends."""
SLIDER_PX = 22
GAP_PX = 4
MOST_ROWS = 4


class PathView(QWidget):
    """The strip takes the width; its height follows, up to what there is. With much height it goes on in more rows.

    Attributes
    ----------
    strip : ImageStrip
    slider : ValueSlider
        0..100; its number (a line to type in) is free to be placed elsewhere.
    """

    def __init__(self, name: str, rest: float) -> None:
        super().__init__()
        self.strip = ImageStrip(gap_px=2)
        self.strip.centred = True
        self.strip.setParent(self)
        self.slider = ValueSlider("", 0, 100, rest, name)
        self.slider.setParent(self)
        self.slider.label.hide()
        self.fading: Fading | None = None

    def show_fading(self, fading: Fading | None) -> None:
        """How boldly each picture is shown; None: not known yet, so they stay as they are, or none fades."""
        if fading is not None or not fade.on:
            self.fading = fading
            self.strip.set_strength(None if fading is None else fading.strength)

    def tip(self, index: int) -> str:
        """Where on the path a picture stands, and how odd its code is where that is known."""
        where = f"{100 * index / max(len(self.strip) - 1, 1):.3g} %"
        known = self.fading is not None and len(self.fading.near) == len(self.strip)
        odd = self.fading.words(index) if known and self.fading is not None else ""
        return f"{where}\n{odd}" if odd else where

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 24 + GAP_PX + SLIDER_PX)

    def sizeHint(self) -> QSize:
        return QSize(400, 48 + GAP_PX + SLIDER_PX)

    def height_for(self, width: int, rows: int = 1) -> int:
        """Height at which the strip fills the width in so many rows."""
        columns = -(-max(len(self.strip), 1) // rows)
        height, across = self.strip.images.shape[1:3]
        cell = (width - self.strip.gap_px * (columns - 1)) / columns
        tall = rows * float(cell * height / across) + (rows - 1) * self.strip.gap_px
        # A pixel more than needed, so that rounding never makes the pictures narrower than the width allows.
        return math.ceil(tall) + 1 + GAP_PX + SLIDER_PX

    def wrap(self, width: int, room: int) -> int:
        """Go on in as many rows as fit into a room, so that pictures are large; the height that takes."""
        count = max(len(self.strip), 1)
        fitting = [rows for rows in range(1, MOST_ROWS + 1) if rows < count and self.height_for(width, rows) <= room]
        rows = max(fitting, default=1)
        self.strip.columns = -(-count // rows)
        return self.height_for(width, rows)

    def place(self) -> None:
        """Set strip and slider for the present size and number of pictures."""
        count = max(len(self.strip), 1)
        rows = -(-count // max(self.strip.columns, 1))
        tall = max(min(self.height_for(self.width(), rows), self.height()) - GAP_PX - SLIDER_PX, 1)
        self.strip.setGeometry(0, 0, self.width(), tall)
        first, last = self.strip.rect_of(0).center().x(), self.strip.rect_of(count // rows - 1).center().x()
        left = max(round(first - HANDLE_PX / 2), 0)
        right = min(round(last + HANDLE_PX / 2), self.width())
        if rows > 1:
            left, right = 0, self.width()
        self.slider.setGeometry(left, tall + GAP_PX, max(right - left, HANDLE_PX), SLIDER_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()
