"""The last row of a dialog that ends in a training."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.elided import ElidedLabel


class Decision(QHBoxLayout):
    """What will come of it in words, and the ways to go: back, into the form, or straight to training.

    Parameters
    ----------
    name : str
        What its widgets' object names begin with.
    form, tip : str
        What the button for the form says, and its tip.
    """

    def __init__(self, dialog: QDialog, name: str, form: str, tip: str) -> None:
        super().__init__()
        self.setSpacing(SPACE)
        self.outcome = ElidedLabel()
        self.outcome.setObjectName(f"{name}_outcome")
        self.addWidget(self.outcome, 1)
        self.cancel, self.form, self.train = QPushButton("Cancel"), QPushButton(form), QPushButton("Train")
        self.form.setToolTip(verbatim(tip))
        self.train.setProperty("role", "primary")
        self.train.setDefault(True)
        for word, button in (("cancel", self.cancel), ("form", self.form), ("train", self.train)):
            button.setObjectName(f"{name}_{word}")
            button.setAutoDefault(button is self.train)
            self.addWidget(button)
        self.cancel.clicked.connect(dialog.reject)
