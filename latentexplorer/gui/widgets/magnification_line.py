"""What is said of the magnification of a decoder wherever it is shown: its names, a sentence, a scale, the guide."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.color_bar import ColorBar
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.views.magnified import number

TEXT = "Magnification: how much the decoder stretches"
OTHER_NAMES = (
    "magnification",
    "Jacobian",
    "metric",
    "distortion",
    "pull-back metric",
    "stretch",
    "volume",
    "volume element",
    "Jacobian determinant",
    "decoder sensitivity",
    "area distortion",
)
TITLE = "times, log scale"
MEANING = (
    "1: images lie as far apart as their codes; below it the decoder presses codes together. Distances among images "
    "are over all their numbers, each from 0 to 1"
)


class MagnificationLine(QWidget):
    """A sentence, the way into the guide, and the scale. Takes no room while nobody wants it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"{name}_line")
        self.sentence = caption()
        self.sentence.setObjectName(f"{name}_words")
        self.sentence.setWordWrap(True)
        self.sentence.setToolTip(verbatim(MEANING))
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = ColorBar(f"{name}_bar")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.sentence, 0, 0)
        grid.addWidget(GuideLink("magnification"), 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.bar, 1, 0, 1, 2)
        self.hide()

    def say(self, sentence: str) -> None:
        """Why there is nothing to be seen, or not yet."""
        self.sentence.setText(sentence)
        self.bar.hide()

    def explain(self, sentence: str, low: float, high: float, colors: Sequence[str]) -> None:
        """What is seen, and its scale from `low` to `high`, as log10."""
        self.sentence.setText(sentence)
        self.bar.set_scale(TITLE, low, high, colors, (number(low), number(high)))
