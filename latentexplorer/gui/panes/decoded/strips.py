"""Two strips of pictures, the nearest ones and draws from the posterior: below the picture, or beside it where that is
low and wide."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.style.theme import caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.tiles import ImageStrip

STRIP_GAP_PX = 3
TITLE_GAP_PX = 2
CLEAR_PX, LEAST_THUMB_PX, MOST_THUMB_PX = 30, 40, 72
"""Height of a picture that can be made out, of one in a strip at least where that has the room, and at most."""
MOST_PICTURES = 10
"""In a strip."""
LEAST_SIDE_PX = 2 * LEAST_THUMB_PX + STRIP_GAP_PX
"""Width of two pictures beside each other."""


class SideStrip(ImageStrip):
    """Asks for the height that it was given in its column.

    Attributes
    ----------
    high_px : int
    """

    high_px = LEAST_THUMB_PX

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.high_px)


class Strips(QWidget):
    """Both, one below the other, each with its title; the pane decides where they stand and how high they are."""

    def __init__(self, gap_px: int) -> None:
        super().__init__()
        self.near_title, self.nearest = _strip("nearest training images", "nearest", "nearest_images")
        self.draws_title, self.draws = _strip("draws from its posterior", "draws", "posterior_draws")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._parts: list[tuple[QWidget, SideStrip]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap_px)
        for title, strip in ((self.near_title, self.nearest), (self.draws_title, self.draws)):
            part = QWidget()
            one = QVBoxLayout(part)
            one.setContentsMargins(0, 0, 0, 0)
            one.setSpacing(TITLE_GAP_PX)
            one.addWidget(title)
            one.addWidget(strip)
            column.addWidget(part)
            self._parts.append((part, strip))
        self._gap_px = gap_px

    @property
    def shown(self) -> list[SideStrip]:
        """The strips that there is something in."""
        return [strip for strip in (self.nearest, self.draws) if not strip.isHidden()]

    def fill(self, width_px: int, height_px: int, shape: tuple[int, int]) -> tuple[int, int]:
        """Fill a column beside the picture; how many pictures a strip shows there, and how many beside each other.

        `shape`: height and width of one picture.
        """
        strips, title = self.shown, self.near_title.sizeHint().height() + TITLE_GAP_PX
        # Two that are too low to be made out say less than one.
        while len(strips) > 1 and self._each(height_px, len(strips)) - title < CLEAR_PX:
            self.squeeze(strips.pop(), True)
        room = self._each(height_px, max(len(strips), 1)) - title
        # Where the height decides, more of them stand in the width.
        fitting = max(room, LEAST_THUMB_PX) * shape[1] / shape[0]
        # In a large column they are as large as lets all of them fill it.
        filling = (width_px * fitting / MOST_PICTURES) ** 0.5
        most = min(max(filling, MOST_THUMB_PX), fitting)
        beside = (width_px + STRIP_GAP_PX) / (most + STRIP_GAP_PX)
        columns = max(2, round(beside) if filling > MOST_THUMB_PX else int(beside))
        wide = (width_px - (columns - 1) * STRIP_GAP_PX) / columns
        tall = max(wide * shape[0] / shape[1], 1.0)
        rows = max(1, round((room + STRIP_GAP_PX) / (tall + STRIP_GAP_PX)))
        # No more than there are pictures: the second strip follows at once.
        rows = min(rows, -(-MOST_PICTURES // columns))
        for strip in strips:
            self.squeeze(strip, False)
            # Beside pictures that are lower than they were meant to be it is lower with them.
            strip.high_px = max(int(min(room, rows * (tall + STRIP_GAP_PX) - STRIP_GAP_PX)), 8)
            strip.setMinimumHeight(8)
            strip.setMaximumHeight(strip.high_px)
        return columns * rows, columns

    def settle(self) -> None:
        """Leave no gap where a strip is away."""
        for part, strip in self._parts:
            part.setVisible(not strip.isHidden() and strip.maximumHeight() > 0)
        self.setVisible(any(not part.isHidden() for part, _ in self._parts))

    def _each(self, height_px: int, count: int) -> int:
        """What each of so many has of a height, with its title."""
        return (height_px - self._gap_px * (count - 1)) // count

    def squeeze(self, strip: ImageStrip, away: bool) -> None:
        """Whether there is no room for a strip; it is not hidden, for there is something in it."""
        title = self.near_title if strip is self.nearest else self.draws_title
        title.setMaximumHeight(0 if away else title.sizeHint().height())
        if away:
            strip.setFixedHeight(0)


def _strip(text: str, brief: str, name: str) -> tuple[ElidedLabel, SideStrip]:
    strip = SideStrip(gap_px=STRIP_GAP_PX)
    strip.setObjectName(name)
    strip.setAccessibleName(text.capitalize())
    strip.hide()
    title = ElidedLabel(text)
    title.briefer = (brief,)
    title.setFont(caption_font())
    title.setProperty("role", "caption")
    title.hide()
    return title, strip
