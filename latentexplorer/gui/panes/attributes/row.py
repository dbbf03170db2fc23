"""One direction: its slider, and its receipt below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.elided import shortened
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.views.attribute_words import beside_words, pixel_words, told_words

if TYPE_CHECKING:
    from latentexplorer.runs.attributes import Attribute

REACH = 2.0
"""How far the slider goes to both sides; 1 is from group to group."""
LABEL_PX = 84
RENAME, SAVE, AGAIN, DELETE = "Rename…", "Save to file…", "Make anew", "Delete"


class AttributeRow(QWidget):
    """Moves the current code along a direction.

    Signals
    -------
    moved, settled : (str, float)
        Its name, and how far from where the code came from; while dragging, and at its end.
    opened : (str, bool)
        Its receipt is wanted, or not any more.
    asked : (str, str)
        What is to be done with it (`RENAME`, `SAVE`, `AGAIN`, `DELETE`), and its name.
    """

    moved = Signal(str, float)
    settled = Signal(str, float)
    opened = Signal(str, bool)
    asked = Signal(str, str)

    def __init__(self, attribute: Attribute, fits: bool, number: int) -> None:
        super().__init__()
        self.attribute, self.fits = attribute, True
        self.name = attribute.name
        self.slider = ValueSlider(self.name, -REACH, REACH, 0.0, f"attribute_slider_{number}")
        self.slider.label.setFixedWidth(LABEL_PX)
        self.slider.label.setText(shortened(self.name, self.slider.label.fontMetrics(), LABEL_PX))
        self.slider.label.setToolTip(verbatim(f"{attribute.from_words} to {attribute.to_words}"))
        self.slider.slider.setAccessibleName(f"Along {self.name}")
        self.slider.moved.connect(self._on_moved)
        self.slider.settled.connect(self._on_settled)
        self.toggle = _button(f"Receipt of {self.name}", f"attribute_receipt_{number}")
        self.toggle.setCheckable(True)
        self.toggle.clicked.connect(self._on_toggle)
        self.more = _button(f"More of {self.name}", f"attribute_more_{number}")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        for text in (RENAME, SAVE, AGAIN, DELETE):
            self.menu.addAction(menu_text(text)).setData(text)
        self.menu.triggered.connect(self._on_menu)
        self.more.setMenu(self.menu)
        head = QHBoxLayout()
        head.setSpacing(SPACE // 2)
        for widget in (self.toggle, self.slider, self.more):
            head.addWidget(widget, 1 if widget is self.slider else 0)
        self.receipt = caption("")
        self.receipt.setObjectName(f"attribute_words_{number}")
        self.receipt.setWordWrap(True)
        self.receipt.hide()
        self.stale = caption("Of other weights: make it anew (⋯)")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(head)
        column.addWidget(self.stale)
        column.addWidget(self.receipt)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.show_fits(fits)

    def show_fits(self, fits: bool) -> None:
        """Whether it is of the weights that are shown: only then a code moves along it."""
        self.fits = fits
        if not fits:
            # Let go where it is, if somebody drags it.
            self.slider.slider.setSliderDown(False)
        self.slider.setEnabled(fits)
        self.stale.setVisible(not fits)
        receipt = self.attribute.receipt
        lines = [told_words(receipt), beside_words(receipt), pixel_words(receipt), *receipt.notes]
        if not fits:
            lines.insert(0, f"Of other weights (epoch {self.attribute.fits.epoch:,}): make it anew to move along it")
        self.receipt.setText("\n".join(f"{line}.".replace(" %", "\N{NO-BREAK SPACE}%") for line in lines if line))

    def show_receipt(self, shown: bool) -> None:
        """Whether its receipt stands below."""
        self.toggle.setChecked(shown)
        self.receipt.setVisible(shown)
        self._recolour()

    def show_amount(self, amount: float) -> None:
        """How far the current code is moved along it."""
        if self.slider.value != amount:
            self.slider.set_value(amount)

    @Slot()
    def _recolour(self) -> None:
        self.toggle.setIcon(icon("chevron-down" if self.toggle.isChecked() else "chevron-right", "muted"))
        self.more.setIcon(icon("more", "muted"))

    @Slot(bool)
    def _on_toggle(self, shown: bool) -> None:
        self.opened.emit(self.name, shown)

    @Slot(float)
    def _on_moved(self, amount: float) -> None:
        self.moved.emit(self.name, amount)

    @Slot(float)
    def _on_settled(self, amount: float) -> None:
        self.settled.emit(self.name, amount)

    @Slot(QAction)
    def _on_menu(self, action: QAction) -> None:
        self.asked.emit(action.data(), self.name)


def _button(tip: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(verbatim(tip))
    button.setAccessibleName(tip)
    return button
