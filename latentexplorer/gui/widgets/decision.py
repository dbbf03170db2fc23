"""The last row of a dialog that ends in a training."""

from __future__ import annotations

from PySide6.QtCore import QSize
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
    says : tuple of str
        All that the last button may say. It is as wide as the widest of them needs, so that no other button comes under
        the mouse when what it says changes.
    """

    def __init__(self, dialog: QDialog, name: str, form: str, tip: str, says: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.setSpacing(SPACE)
        self.outcome = ElidedLabel()
        self.outcome.setObjectName(f"{name}_outcome")
        self.addWidget(self.outcome, 1)
        self.cancel, self.form, self.train = QPushButton("Cancel"), QPushButton(form), _Steady("Train", says)
        self.form.setToolTip(verbatim(tip))
        self.train.setProperty("role", "primary")
        self.train.setDefault(True)
        for word, button in (("cancel", self.cancel), ("form", self.form), ("train", self.train)):
            button.setObjectName(f"{name}_{word}")
            button.setAutoDefault(button is self.train)
            self.addWidget(button)
        self.cancel.clicked.connect(dialog.reject)


class _Steady(QPushButton):
    """A button that keeps its width whatever it says of what it may say."""

    def __init__(self, text: str, says: tuple[str, ...]) -> None:
        super().__init__(text)
        self._says = says

    def sizeHint(self) -> QSize:
        hint, metrics = super().sizeHint(), self.fontMetrics()
        widest = max(map(metrics.horizontalAdvance, (self.text(), *self._says)))
        return hint + QSize(widest - metrics.horizontalAdvance(self.text()), 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
