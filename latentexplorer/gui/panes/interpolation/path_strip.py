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
from latentexplorer.views.judging import Regions

HANDLE_PX = 14
"""Width of a slider's handle, as the style sheet has it: its middle stops half of that before the slider's ends."""
SLIDER_PX = 22
BAND_PX = 16
"""Of the band between strip and slider, where there is one."""
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
        self.judged: Regions | None = None
        self.band: QWidget | None = None

    def show_fading(self, fading: Fading | None) -> None:
        """How boldly each picture is shown; None: not known yet, so they stay as they are, or none fades."""
        if fading is not None or not fade.on:
            self.fading = fading
            self.strip.set_strength(None if fading is None else fading.strength)

    def show_band(self, shown: bool) -> bool:
        """Whether a band stands below the strip; True where it did not before, or did: there is other room."""
        if self.band is None or self.band.isHidden() != shown:
            return False
        self.band.setVisible(shown)
        self.updateGeometry()
        return True

    @property
    def _below(self) -> int:
        """Height of what stands below the strip."""
        band = BAND_PX + GAP_PX if self.band is not None and not self.band.isHidden() else 0
        return GAP_PX + SLIDER_PX + band

    def tip(self, index: int) -> str:
        """Where on the path a picture stands, and how odd its code is where that is known."""
        where = f"{100 * index / max(len(self.strip) - 1, 1):.3g} %"
        known = self.fading is not None and len(self.fading.near) == len(self.strip)
        odd = self.fading.words(index) if known and self.fading is not None else ""
        judged = (
            self.judged.words(index) if self.judged is not None and index < self.judged.verdict.classes.size else ""
        )
        return "\n".join(line for line in (where, odd, judged) if line)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, (24 if self.band is None or self.band.isHidden() else 32) + self._below)

    def sizeHint(self) -> QSize:
        return QSize(400, 48 + self._below)

    def height_for(self, width: int, rows: int = 1) -> int:
        """Height at which the strip fills the width in so many rows."""
        columns = -(-max(len(self.strip), 1) // rows)
        height, across = self.strip.images.shape[1:3]
        cell = (width - self.strip.gap_px * (columns - 1)) / columns
        tall = rows * float(cell * height / across) + (rows - 1) * self.strip.gap_px
        # A pixel more than needed, so that rounding never makes the pictures narrower than the width allows.
        return math.ceil(tall) + 1 + self._below

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
        tall = max(min(self.height_for(self.width(), rows), self.height()) - self._below, 1)
        self.strip.setGeometry(0, 0, self.width(), tall)
        first, last = self.strip.rect_of(0).center().x(), self.strip.rect_of(count // rows - 1).center().x()
        left = max(round(first - HANDLE_PX / 2), 0)
        right = min(round(last + HANDLE_PX / 2), self.width())
        if rows > 1:
            left, right = 0, self.width()
        wide, top = max(right - left, HANDLE_PX), tall + GAP_PX
        if self.band is not None:
            self.band.setGeometry(left, top, wide, BAND_PX)
        self.slider.setGeometry(left, tall + self._below - SLIDER_PX, wide, SLIDER_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()
