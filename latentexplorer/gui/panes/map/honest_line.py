"""What not to read into the map, and how many neighbours it keeps: two small lines below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.guide_link import GuideLink

BY_CHANCE = (
    "Kept: so many of a code's nearest neighbours are its neighbours on the map too. All three are 1 (100 %) of a map "
    "that is true to every neighbour. By chance, of points thrown anywhere, neighbours / (points - 1) are kept, and "
    "trustworthiness and continuity are about a half"
)


class HonestLine(QWidget):
    """Takes no room while nobody wants to know."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("map_honest")
        self.caution, self.numbers = caption(), caption()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        for label, name in ((self.caution, "map_caution"), (self.numbers, "map_numbers")):
            label.setObjectName(name)
            label.setWordWrap(True)
            # They never say how narrow the pane may be.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.numbers.setToolTip(verbatim(BY_CHANCE))
        grid.addWidget(self.caution, 0, 0)
        grid.addWidget(self.numbers, 1, 0, 1, 2)
        grid.addWidget(GuideLink("honest-map"), 0, 1, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def say(self, caution: str, numbers: str) -> None:
        """One sentence each."""
        self.caution.setText(caution)
        self.numbers.setText(numbers)
        self.show()
