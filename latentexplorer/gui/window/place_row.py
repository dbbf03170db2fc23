"""A place on the disk, typed or chosen: a field and a button in a row."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from latentexplorer.gui.style.plain_text import verbatim

AROUND_PX = 28
"""What a field takes beside its text."""
MOST_PX = 460
"""A field is made no wider than this for what it says; a longer place shows its end, and its tip the whole."""


class PlaceField(QLineEdit):
    """A field that has room for the place that it names at first: its folder says where the file will be."""

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        wide = self.fontMetrics().horizontalAdvance(self.text()) + AROUND_PX
        return QSize(min(max(hint.width(), wide), MOST_PX), hint.height())


class PlaceRow(QWidget):
    """Whoever holds it opens the dialog and says what was chosen: `field.setText`.

    Signals
    -------
    asked : ()
        The place is to be chosen in a dialog.
    """

    asked = Signal()

    def __init__(self, name: str, accessible: str, text: str) -> None:
        super().__init__()
        self.field = PlaceField()
        self.field.setObjectName(name)
        self.field.setAccessibleName(accessible)
        # The field may be shorter than the place is long.
        self.field.textChanged.connect(self._tell)
        self.field.setText(text)
        browse = QPushButton("Choose…")
        browse.setAccessibleName(f"Choose: {accessible}")
        browse.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field, 1)
        row.addWidget(browse)

    @Slot(str)
    def _tell(self, text: str) -> None:
        self.field.setToolTip(verbatim(text))
