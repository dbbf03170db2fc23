"""A small picture of what happens to an image of other proportions: padded, cropped or squashed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from latentexplorer.core.config import Fit
from latentexplorer.data.resizing import resize
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
        self._before: QImage | None = None
        self._after: QImage | None = None
        theme.changed.connect(self.update)

    def show_fit(self, image: np.ndarray | None, fit: Fit, target: tuple[int, int]) -> None:
        """Show what becomes of an image (H, W, C) in a target of (height, width)."""
        self._before = self._after = None
        if image is not None:
            scale = SIDE_PX / max(target)
            height, width = (max(round(side * scale), 2) for side in target)
            self._before = to_qimage(image)
            self._after = to_qimage(resize(image[None], height, width, fit)[0])
        self.setAccessibleDescription(SAID[fit])
        self.setVisible(image is not None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(3 * SIDE_PX, SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._before is None or self._after is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, left, right = SIDE_PX // 2, SIDE_PX + SPACE, SIDE_PX + 3 * SPACE
        painter.setPen(QPen(theme.color("muted"), 1.5))
        painter.drawLine(left, middle, right, middle)
        painter.drawLine(right - 4, middle - 4, right, middle)
        painter.drawLine(right - 4, middle + 4, right, middle)
        for image, x in ((self._before, 0), (self._after, SIDE_PX + 4 * SPACE)):
            place = fitted(image.width(), image.height(), QRectF(x, 0, SIDE_PX, SIDE_PX))
            draw(painter, image, place)
            painter.setPen(QPen(theme.color("border"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
