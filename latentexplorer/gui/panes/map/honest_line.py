"""What not to read into the map, and how many neighbours it keeps: two small lines below it."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.style.captions import caption


class HonestLine(QWidget):
    """Takes no room while nobody wants to know."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("map_honest")
        self.caution, self.numbers = caption(), caption()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label, name in ((self.caution, "map_caution"), (self.numbers, "map_numbers")):
            label.setObjectName(name)
            label.setWordWrap(True)
            # They never say how narrow the pane may be.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column.addWidget(label)
        self.hide()

    def say(self, caution: str, numbers: str) -> None:
        """One sentence each."""
        self.caution.setText(caution)
        self.numbers.setText(numbers)
        self.show()
