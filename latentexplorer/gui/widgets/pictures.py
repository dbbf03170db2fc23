"""Arrays as Qt's images: one grey scale everywhere, never stretched, smooth or pixel-exact by the person's choice."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QMimeData, QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QDrag, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.style.theme import theme
from latentexplorer.views.code import Code

MIME_CODE = "application/x-latentexplorer-code"


class PictureStyle(QObject):
    """How every picture of the program is drawn."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.smooth = False

    def set_smooth(self, smooth: bool) -> None:
        """Smooth (bilinear) or pixel-exact."""
        if smooth != self.smooth:
            self.smooth = smooth
            self.changed.emit()


picture_style = PictureStyle()


def to_bytes(image: np.ndarray) -> np.ndarray:
    """An image (H, W, C), float in [0, 1] or uint8, as uint8; what is not a number becomes black."""
    if image.dtype == np.uint8:
        return image
    pixels = np.clip(image, 0, 1)
    # In place: large pictures are many numbers.
    pixels *= 255
    pixels += 0.5
    grey: np.ndarray = np.nan_to_num(pixels, copy=False).astype(np.uint8)
    return grey


def to_qimage(image: np.ndarray) -> QImage:
    """An image (H, W, C), float in [0, 1] or uint8, as a QImage of its own memory."""
    pixels = np.ascontiguousarray(to_bytes(image))
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    height, width, channels = pixels.shape
    grey = channels == 1
    kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    # Qt's image points into the array: the copy makes it independent.
    return QImage(pixels.data, width, height, width * channels, kind).copy()


def fitted(width: float, height: float, into: QRectF) -> QRectF:
    """The largest rectangle of that shape in the middle of another one."""
    size = QSizeF(width, height).scaled(into.size(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = into.center() - QPointF(size.width() / 2, size.height() / 2)
    return QRectF(corner, size)


def draw(painter: QPainter, image: QImage, rect: QRectF) -> None:
    """Draw an image into a rectangle of its own shape."""
    ratio = painter.device().devicePixelRatioF()
    shrinks = rect.width() * ratio < image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture_style.smooth or shrinks)
    painter.drawImage(rect, image)


def focus_ring(painter: QPainter, rect: QRectF, area: QRectF) -> None:
    """Show that a picture has the keyboard: around it, where `area` ends on it; seen on black ones as on white ones."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    around = rect.adjusted(-2, -2, 2, 2).intersected(area)
    for inset, width, name in ((1.0, 2, "text"), (2.5, 1, "card")):
        pen = QPen(theme.color(name), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(around.adjusted(inset, inset, -inset, -inset))


def drag_code(source: QWidget, code: Code, image: QImage | None) -> None:
    """Start to drag a code, with its picture under the pointer."""
    content = QMimeData()
    content.setData(MIME_CODE, code.to_mime())
    drag = QDrag(source)
    if image is not None:
        content.setImageData(image)
        drag.setPixmap(QPixmap.fromImage(image.scaled(48, 48, Qt.AspectRatioMode.KeepAspectRatio)))
    drag.setMimeData(content)
    drag.exec(Qt.DropAction.CopyAction)


def dropped_code(content: QMimeData) -> Code | None:
    """The code that is being dropped, or None for anything else."""
    if not content.hasFormat(MIME_CODE):
        return None
    return Code.from_mime(bytes(content.data(MIME_CODE).data()))
