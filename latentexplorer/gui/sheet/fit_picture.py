"""A small picture of what happens to an image of other proportions: padded, cropped or squashed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.pictures import draw, fitted, to_qimage

SIDE_PX = 52
SAID = {
    "pad": "the whole image, with edges added",
    "crop": "the middle of the image, what does not fit cut off",
    "squash": "the whole image, stretched into shape",
}


class FitPicture(QWidget):
    """An image as it is, and what it becomes."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fit_picture")
        self.setAccessibleName("What happens to an image of other proportions")
        self.setFixedHeight(SIDE_PX)
        self._image: QImage | None = None
        self._edge = Qt.GlobalColor.black
        self._fit, self._target = "pad", (1, 1)
        theme.changed.connect(self.update)

    def show_fit(self, image: np.ndarray | None, fit: str, target: tuple[int, int]) -> None:
        """Show what becomes of an image (H, W, C) in a target of (height, width)."""
        self._image = None if image is None else to_qimage(image)
        self._fit, self._target = fit, target
        self.setAccessibleDescription(SAID[fit])
        self.setVisible(image is not None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(3 * SIDE_PX, SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        before = QRectF(0, 0, SIDE_PX, SIDE_PX)
        draw(painter, self._image, fitted(self._image.width(), self._image.height(), before))
        middle = SIDE_PX / 2
        painter.setPen(QPen(theme.color("muted"), 1.5))
        left, right = SIDE_PX + SPACE, SIDE_PX + 3 * SPACE
        painter.drawLine(left, int(middle), right, int(middle))
        painter.drawLine(right - 4, int(middle) - 4, right, int(middle))
        painter.drawLine(right - 4, int(middle) + 4, right, int(middle))
        height, width = self._target
        after = fitted(width, height, QRectF(SIDE_PX + 4 * SPACE, 0, SIDE_PX, SIDE_PX))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(after, fitted_image(self._image, self._fit, after.width() / after.height()))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(after.adjusted(0.5, 0.5, -0.5, -0.5))


def fitted_image(image: QImage, fit: str, ratio: float) -> QImage:
    """An image brought to a ratio of width to height: padded, cropped, or as it is to be squashed."""
    width, height = image.width(), image.height()
    if fit == "squash":
        return image
    larger = (width / height > ratio) == (fit == "pad")
    across, down = (width, round(width / ratio)) if larger else (round(height * ratio), height)
    left, top = (across - width) // 2, (down - height) // 2
    out = QImage(max(across, 1), max(down, 1), QImage.Format.Format_RGB888)
    out.fill(image.pixelColor(0, 0))
    painter = QPainter(out)
    painter.drawImage(left, top, image)
    painter.end()
    return out
