"""Two pictures of equal height side by side, or wide ones one above the other, each with its caption."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.image_view import ImageView

LEAST_PX = 56
STACKED_PX = 300
"""Pictures of any shape stand one above the other where each is so high then, and higher than beside each other."""
QWIDGETSIZE_MAX = (1 << 24) - 1


class PicturePair(QWidget):
    """Fills its width; its height follows, up to a limit that whoever holds it sets.

    Parameters
    ----------
    left, right : ImageView
    captions : (str, str)

    Attributes
    ----------
    centred : bool
        Whether a picture that stands alone stands in the middle of the width.
    """

    def __init__(self, left: ImageView, right: ImageView, captions: tuple[str, str]) -> None:
        super().__init__()
        self.views = (left, right)
        self.labels = [caption(text) for text in captions]
        for child in (*self.views, *self.labels):
            child.setParent(self)
        self._aspects = (1.0, 1.0)
        self._both = True
        self._wide = self._stacked = False
        self.centred = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_shape(self, left: float, right: float, both: bool = True, *, stacked: bool = False) -> None:
        """Width by height of either picture, whether there is a second one, and whether it has to stand below."""
        if (left, right, both, stacked) != (*self._aspects, self._both, self._wide):
            self._aspects, self._both, self._wide = (left, right), both, stacked
            self._stacked = stacked
            self.views[1].setVisible(both)
            self.labels[1].setVisible(both)
            self.updateGeometry()
            self._arrange()

    def stack(self, width: int, height: int) -> None:
        """Stand one above the other where both are larger so in this room."""
        left, right = self._aspects
        beside = min((width - SPACE) / (left + right), height - self.caption_px)
        above = min(width / max(left, right), (height - 2 * self.caption_px) / (1 + left / right))
        stacked = self._wide or (self._both and above >= max(beside, STACKED_PX))
        if stacked != self._stacked:
            self._stacked = stacked
            self.updateGeometry()
            self._arrange()

    @property
    def stacked(self) -> bool:
        """Whether they stand one above the other."""
        return self._stacked and self._both

    @property
    def caption_px(self) -> int:
        """Height of the captions."""
        return self.labels[0].sizeHint().height()

    def wanted(self, width: int) -> int:
        """Height at which the pictures fill a width."""
        left, right = self._aspects
        if self.stacked:
            return int(width / left + width / right) + 2 * self.caption_px
        room = width - SPACE if self._both else width
        return int(room / (left + right if self._both else left)) + self.caption_px

    def wide_at(self, height: int) -> int:
        """Width that the pictures take at a height."""
        if self.stacked:
            left, right = self._aspects
            room = max(height - 2 * self.caption_px, 2)
            return int(room / (1 / left + 1 / right))
        tall = max(height - self.caption_px, 1)
        aspects = self._aspects if self._both else self._aspects[:1]
        captions = [label.sizeHint().width() for label in self.labels]
        widths = [max(int(tall * aspect), least) for aspect, least in zip(aspects, captions, strict=False)]
        return sum(widths) + SPACE * (len(widths) - 1)

    def sizeHint(self) -> QSize:
        return QSize(200, min(self.wanted(max(self.width(), 100)), self.maximumHeight()))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, LEAST_PX + self.caption_px)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            # The height that it asks for follows its width.
            self.updateGeometry()
        self._arrange()

    def _arrange(self) -> None:
        left, right = self._aspects
        if self.stacked:
            self._arrange_stack()
            return
        tall = max(min(self.height(), self.wanted(self.width())) - self.caption_px, 1)
        x = max(self.width() - int(tall * left), 0) // 2 if self.centred and not self._both else 0
        for view, label, aspect in zip(self.views, self.labels, (left, right), strict=True):
            wide = int(tall * aspect)
            view.setGeometry(x, 0, wide, tall)
            # The caption of a narrow picture is wider than that.
            room = max(wide, label.sizeHint().width() if label.isVisibleTo(self) else 0)
            label.setGeometry(x, tall, room, self.caption_px)
            x += room + SPACE

    def _arrange_stack(self) -> None:
        """One above the other, as wide as each other, so that what belongs together stands together."""
        left, right = self._aspects
        room = max(min(self.height(), self.wanted(self.width())) - 2 * self.caption_px, 2)
        wide = int(min(self.width(), room / (1 / left + 1 / right)))
        y = 0
        for view, label, aspect in zip(self.views, self.labels, self._aspects, strict=True):
            tall = int(wide / aspect)
            view.setGeometry(0, y, wide, tall)
            label.setGeometry(0, y + tall, max(self.width(), 40), self.caption_px)
            y += tall + self.caption_px
