"""A small tip beside the pointer: an image, its decode, and some words about them."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.style.theme import caption_font, theme
from latentexplorer.gui.widgets.pictures import draw, to_qimage
from latentexplorer.views.base import Array

PICTURE_PX = 56
MARGIN_PX = 6
AWAY_PX = 14
GAP_PX = 4
WIDEST_PX = 310
"""From here on a line of words is broken; with the pictures that stand before it."""
WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


class PointTip(QWidget):
    """Lies over a plot and lets the pointer through."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("map_tip")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(caption_font())
        self.images: list[Array] = []
        self.text = ""
        self._pictures: list[QImage] = []
        self._at = QPointF()
        self._words = QRect()
        self.hide()

    def show_at(self, position: QPointF, images: list[Array], text: str) -> None:
        """Show images (H, W, C) side by side and a text beside a position of the plot."""
        self.images, self.text, self._at = images, text, position
        self._pictures = [to_qimage(image) for image in images]
        self._fit()
        self.show()
        self.raise_()
        self.update()

    def _widths(self) -> list[float]:
        return [PICTURE_PX * picture.width() / max(picture.height(), 1) for picture in self._pictures]

    def _fit(self) -> None:
        """Words stand below pictures, several lines of them beside."""
        beside = bool(self._pictures) and "\n" in self.text
        pictures = sum(self._widths()) + GAP_PX * max(len(self._pictures) - 1, 0)
        tall = PICTURE_PX if self._pictures else 0
        wide = WIDEST_PX - round(pictures) if beside else WIDEST_PX
        words = QFontMetrics(self.font()).boundingRect(QRect(0, 0, wide, 0), WRAPPED, self.text)
        left, top = (math.ceil(pictures) + MARGIN_PX, 0) if beside else (0, tall + 2 if tall else 0)
        self._words = QRect(MARGIN_PX + left, MARGIN_PX + top, words.width() + 1, words.height())
        width = max(math.ceil(pictures), left + words.width() + 1) + 2 * MARGIN_PX
        height = max(tall, top + words.height()) + 2 * MARGIN_PX
        self.resize(width, height)
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else self.rect()
        x = self._at.x() + AWAY_PX
        if x + width > room.right():
            x = self._at.x() - AWAY_PX - width
        y = self._at.y() + AWAY_PX
        if y + height > room.bottom():
            y = self._at.y() - AWAY_PX - height
        self.move(round(max(x, 0)), round(max(y, 0)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        left = float(MARGIN_PX)
        for picture, width in zip(self._pictures, self._widths(), strict=True):
            draw(painter, picture, QRectF(left, MARGIN_PX, width, PICTURE_PX))
            left += width + GAP_PX
        painter.setPen(theme.color("text"))
        painter.drawText(self._words, WRAPPED, self.text)
