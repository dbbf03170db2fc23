"""An image of which parts are erased with a brush, or by halves and quadrants, and restored."""

from __future__ import annotations

import zlib

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.pictures import to_qimage
from latentexplorer.gui.window.code_sheets.canvas import Canvas, pixels_of
from latentexplorer.views.base import Array
from latentexplorer.views.missing_part import BRIGHT, part_of

SIDE_PX = 240
CHECK = 0.1
"""How much brighter every other erased pixel is shown, so that no grey of an image looks erased."""


class Eraser(Canvas):
    """A canvas that is bright where the image (H, W, C), uint8, is erased: a left drag erases, a right one restores."""

    def __init__(self, image: Array) -> None:
        height, width, _ = image.shape
        super().__init__(height, width, 1, dark=True)
        self.setObjectName("mend_canvas")
        self.setAccessibleName("Image to erase parts of")
        self.setAccessibleDescription("Arrow keys move a spot, Space erases there, Backspace restores")
        self.setToolTip("Drag with the left button to erase, with the right one to restore")
        self.original = image
        self._packed: dict[int, bytes] = {}
        self.brush = max(1.0, min(height, width) / 5)

    def sizeHint(self) -> QSize:
        return QSize(SIDE_PX, SIDE_PX)

    @property
    def erased(self) -> Array:
        """The pixels (H, W), bool, that are erased."""
        bright: Array = self.pixels[..., 0] >= BRIGHT
        return bright

    @property
    def strokes(self) -> tuple[bytes, ...]:
        """What was erased before each stroke, and now at last: grey values, packed, some hundredth of an image each."""
        images = (*self._before, self._image)
        # Asked after every stroke: those that have not changed are packed already.
        self._packed = {
            image.cacheKey(): self._packed.get(image.cacheKey()) or zlib.compress(_grey(image).tobytes(), 1)
            for image in images
        }
        return tuple(self._packed[image.cacheKey()] for image in images)

    def bring_back(self, strokes: tuple[bytes, ...]) -> None:
        """Go on where `strokes` were read, with what can be undone."""
        shape = self.original.shape[:2]
        greys = (np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape) for packed in strokes)
        *self._before, self._image = (_image_of(grey) for grey in greys)
        self.update()

    def erase_part(self, name: str) -> None:
        """Erase a half or a quadrant besides what is erased."""
        mask = self.erased | part_of(name, *self.original.shape[:2])
        self._remember()
        self._image = _image_of((mask * 255).astype(np.uint8))
        self._tell()

    def _picture(self) -> QImage:
        erased = self.erased[..., None]
        checks = (np.indices(erased.shape[:2]).sum(0) % 2)[..., None] * CHECK
        back = theme.color("card").lightnessF() * (1 - CHECK)
        return to_qimage(np.where(erased, back + checks, self.original / 255).astype(np.float32))


def _grey(image: QImage) -> Array:
    """What is drawn of a mask, (H, W) uint8: its channels are alike."""
    grey: Array = pixels_of(image)[..., 0]
    return grey


def _image_of(grey: Array) -> QImage:
    """The mask (H, W), uint8, as it is drawn on."""
    return to_qimage(grey[..., None]).convertToFormat(QImage.Format.Format_RGB32)
