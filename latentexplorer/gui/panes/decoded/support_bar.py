"""How far a code lies from real data, as a bar and in words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme

BAR_PX = 5
LEAST_BAR_PX, BESIDE_PX = 24, 48
"""Of a bar at least: with the words, and with a number behind them."""
TIP = (
    "Support: how usual this code is, by where it lies among the codes of training images and by what it decodes to. "
    "Full where half of the images that it is compared with are odder, empty where none is. How likely it is says "
    "less: in many dimensions the likeliest place of a prior is its middle, where no image is"
)


class SupportBar(QWidget):
    """A bar that is full near the data and empties away from it, words at its right.

    Attributes
    ----------
    value : float or None
        0..1; None shows nothing.
    words, odd : str
        How near to data, and beside how many held-out images that was found.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("support_bar")
        self.value: float | None = None
        self.words = ""
        self.odd = ""
        self.setToolTip(verbatim(TIP))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_support(self, value: float | None, words: str, numbers: str = "", odd: str = "") -> None:
        """Show a support and what it means.

        `odd` says how odd the code is beside held-out images: behind the words, where there is room. `numbers` of
        what else the words say stand in the tip.
        """
        self.value, self.words, self.odd = value, words, odd
        self.setToolTip(verbatim("\n".join(part for part in (words, numbers, TIP) if part)))
        self.setAccessibleName(f"Support: {words}" if words else "Support")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, QFontMetrics(caption_font()).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, QFontMetrics(caption_font()).height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.value is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(caption_font())
        painter.setPen(theme.color("muted"))
        words = painter.fontMetrics().elidedText(self.shown, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        room = self.width() - painter.fontMetrics().horizontalAdvance(words) - SPACE
        if room < LEAST_BAR_PX:
            # The words say the same, and more.
            return
        bar = QRectF(0, (self.height() - BAR_PX) / 2, max(room, 0), BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("track"))
        painter.drawRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)
        bar.setWidth(max(bar.width() * self.value, BAR_PX))
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)

    @property
    def shown(self) -> str:
        """The words, with the number that they rest on where there is room for it and a bar."""
        if not self.odd or not self.words:
            return self.words
        odd = self.odd[0].lower() + self.odd[1:]
        room = self.width() - SPACE - BESIDE_PX
        metrics = QFontMetrics(caption_font())
        longer = (f"{self.words} · {odd}", f"{self.words} · {odd.partition(' of ')[0]}")
        return next((text for text in longer if metrics.horizontalAdvance(text) <= room), self.words)
