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
WIDEST_PX = 270
"""From here on a line of words is broken."""
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
        pictures = sum(self._widths()) + 4 * max(len(self._pictures) - 1, 0)
        words = QFontMetrics(self.font()).boundingRect(QRect(0, 0, WIDEST_PX, 0), WRAPPED, self.text)
        width = math.ceil(max(pictures, words.width() + 1)) + 2 * MARGIN_PX
        height = words.height() + 2 * MARGIN_PX + (PICTURE_PX + 2 if self._pictures else 0)
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
            left += width + 4
        painter.setPen(theme.color("text"))
        above = PICTURE_PX + 2 if self._pictures else 0
        words = self.rect().adjusted(MARGIN_PX, MARGIN_PX + above, -MARGIN_PX, -MARGIN_PX)
        painter.drawText(words, WRAPPED, self.text)
