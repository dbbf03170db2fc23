"""Which range is shown: small buttons side by side, one of them pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget

from latentexplorer.gui.style.plain_text import verbatim

if TYPE_CHECKING:
    from latentexplorer.latent.ranges import Choice

RANGES: tuple[tuple[str, str, Choice, str], ...] = (
    ("auto", "Auto", "auto", "The prior's range, or the codes' where they leave it, there is no prior, or no encoder"),
    ("codes", "Codes", "codes", "Where 98 % of the training codes lie"),
    ("prior", "Prior", "prior", "Where 98 % of the prior lies"),
    ("three", "±3", (-3.0, 3.0), "From −3 to 3"),
)
"""Name, text, what it chooses, and what that is."""


class RangeChoice(QWidget):
    """Auto, codes, prior or ±3; none is pressed where ends were typed.

    Signals
    -------
    chosen : ("auto", "codes", "prior" or (low, high))
    """

    chosen = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.group = QButtonGroup(self)
        self.group.setExclusive(False)
        self.buttons: dict[str, QToolButton] = {}
        for at, (key, text, _, tip) in enumerate(RANGES):
            button = self.buttons[key] = QToolButton()
            button.setObjectName(f"{name}_{key}")
            button.setText(text)
            button.setCheckable(True)
            button.setToolTip(verbatim(tip))
            button.setAccessibleName(f"Range: {text}")
            self.group.addButton(button, at)
            row.addWidget(button)
        row.addStretch(1)
        self.group.buttonClicked.connect(self._on_clicked)

    def show_choice(self, choice: object, prior: bool) -> None:
        """Press the button of what is chosen; without a `prior` its button cannot be pressed."""
        self.buttons["prior"].setEnabled(prior)
        for key, _, what, _ in RANGES:
            self.buttons[key].setChecked(choice == what)

    @Slot(QAbstractButton)
    def _on_clicked(self, button: QAbstractButton) -> None:
        chosen = RANGES[self.group.id(button)][2]
        for other in self.group.buttons():
            other.setChecked(other is button)
        self.chosen.emit(chosen)
