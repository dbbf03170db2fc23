"""What stands below the picture: the error, how near data is, two strips of pictures, and the code as bars."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QLabel, QVBoxLayout, QWidget

from latentexplorer.gui.panes.decoded.class_strip import ClassStrip
from latentexplorer.gui.panes.decoded.code_bars import CodeBars
from latentexplorer.gui.panes.decoded.new_image_bar import NewImageBar
from latentexplorer.gui.panes.decoded.odd_line import OddLine
from latentexplorer.gui.panes.decoded.strips import TITLE_GAP_PX, Strips
from latentexplorer.gui.panes.decoded.support_bar import SupportBar
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.elided import ElidedLabel

GAP_PX = SPACE * 3 // 4
COST_TIP = (
    "rmse: root of the mean squared error, on [0, 1]. recon: −log p(x given this code), mostly a constant of "
    "likelihood, sigma and number of pixels. KL: of the posterior of the image, without its weight. Both together are "
    "less than −ELBO, which is of draws of the posterior and not of its mean"
)


class BelowPicture(QWidget):
    """One column; the pane decides how high each part is."""

    def __init__(self) -> None:
        super().__init__()
        self.error = ElidedLabel()
        self.error.setProperty("role", "caption")
        self.error.meaning = COST_TIP
        self.support = SupportBar()
        self.odd = OddLine()
        self.new_image = NewImageBar()
        self.classes = ClassStrip()
        self.strips = Strips(GAP_PX)
        self.code_title = caption()
        self.error.setFont(self.code_title.font())
        self.bars = CodeBars()
        self.bars.setObjectName("code_bars")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        self._line = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._line.setSpacing(GAP_PX)
        self._line.addWidget(self.error, 1)
        self._line.addWidget(self.support, 1)
        column.addLayout(self._line)
        column.addWidget(self.odd)
        column.addWidget(self.new_image)
        column.addWidget(self.classes)
        column.addWidget(self.strips)
        column.addLayout(_titled(self.code_title, self.bars), 1)
        self._column = column

    def take(self, widget: QWidget) -> None:
        """The classes, or the strips, stand here again, where they stood beside the picture."""
        self._column.insertWidget(self._column.indexOf(self.new_image) + 1, widget)

    def lines(self, beside: bool) -> int:
        """Put the error and what is near beside each other or not; how many lines they take."""
        ways = QBoxLayout.Direction
        self._line.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        shown = (not self.error.isHidden()) + (not self.support.isHidden())
        return min(shown, 1) if beside else shown


def _titled(title: QLabel, widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(TITLE_GAP_PX)
    column.addWidget(title)
    column.addWidget(widget, 1)
    return column
