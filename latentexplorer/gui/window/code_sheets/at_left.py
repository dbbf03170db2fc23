"""A picture that stands where a canvas would: at the left, where what is said below it begins."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.widgets.pictures import fitted


class AtLeft(QWidget):
    """Holds a view of pictures of one shape, as large as there is room.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the pictures.
    """

    def __init__(self, view: ImageView, shape: tuple[int, int]) -> None:
        super().__init__()
        self._view, self._shape = view, shape
        view.setParent(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height, width = self._shape
        place = fitted(width, height, QRectF(self.rect()))
        self._view.setGeometry(place.translated(-place.left(), 0).toRect())
