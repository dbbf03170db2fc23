"""A place on the disk, typed or chosen: a field and a button in a row."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from latentexplorer.gui.style.plain_text import verbatim


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
        self.field = QLineEdit()
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
