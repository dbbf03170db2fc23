"""Asks for a word or a number, or which of several names, in a dialog that is wide enough for what stands in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QInputDialog, QVBoxLayout, QWidget

from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.choice import Choice

WIDE_PX = 380


def asking(parent: QWidget, name: str, title: str, label: str) -> QInputDialog:
    """A dialog to be filled in and opened; it is gone when it is closed.

    Qt makes it as wide as its buttons: longer names, and its own title, would be cut.
    """
    dialog = QInputDialog(parent)
    dialog.setObjectName(name)
    dialog.setWindowTitle(title)
    dialog.setLabelText(verbatim(label))
    dialog.finished.connect(dialog.deleteLater)
    # As high as what stands in it, once that is known.
    dialog.resize(WIDE_PX, 1)
    return dialog


class WhichDialog(QDialog):
    """Asks which of several names is meant; it is gone when it is closed.

    Signals
    -------
    chosen : (str)
        The name, when the dialog is accepted.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget, name: str, title: str, label: str, names: Sequence[str], at: int) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.box = Choice(f"{name}_box", label)
        self.box.addItems(list(names))
        self.box.setCurrentIndex(at)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        column.addWidget(Label(label))
        column.addWidget(self.box)
        column.addWidget(buttons)
        self.finished.connect(self.deleteLater)
        self.resize(max(WIDE_PX, self.sizeHint().width()), self.sizeHint().height())

    def accept(self) -> None:
        super().accept()
        self.chosen.emit(self.box.currentText())
