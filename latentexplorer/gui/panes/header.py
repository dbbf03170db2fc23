"""The head of a pane: its name, what it shows, and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme, title_font
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import DOTS, ElidedLabel
from latentexplorer.gui.widgets.offer import KNOWN_AS, Offer

OF_WINDOW = ("expand", "float", "close")
"""Buttons about the pane's place, not about what is in it."""


class Subtitle(ElidedLabel):
    """What a pane shows, in whole parts; nothing where not even the first one fits beside the name."""

    @property
    def shown(self) -> str:
        shown = super().shown
        if DOTS not in shown or DOTS in self.text():
            return shown
        # "z0 and z1 of 1,438 training codes": of how many, and which, can be looked up. A name's own "of" stays.
        brief = re.split(r" of (?=\d)", self.text().partition(" · ")[0])[0]
        return brief if self.fontMetrics().horizontalAdvance(brief) <= self.width() else ""


class PaneHeader(QFrame):
    """The title bar of a pane: name, what it shows, buttons.

    Signals
    -------
    double_clicked : ()
        The pane is to fill the window, or to make room again.
    pressed : ()
        One of its buttons is, which does not take the keyboard.
    """

    double_clicked = Signal()
    pressed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("pane_header")
        self.title = Label(title)
        self.title.setFont(title_font())
        self.subtitle = Subtitle()
        self.subtitle.setFont(caption_font())
        self.subtitle.setProperty("role", "muted")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        self.row.setSpacing(SPACE)
        self.row.addWidget(self.title)
        self.row.addWidget(self.subtitle, 1)
        self._icons: list[tuple[QToolButton, str]] = []
        self._resting: list[QToolButton] = []
        self._afloat: list[QToolButton] = []
        theme.changed.connect(self._recolour)

    def add_button(self, name: str, tip: str, checkable: bool = False) -> QToolButton:
        """A small button with an icon, at the right."""
        button = QToolButton()
        button.setIcon(icon(name, "muted"))
        button.setToolTip(verbatim(tip))
        button.setAccessibleName(f"{self.title.text()}: {tip}")
        button.setCheckable(checkable)
        button.pressed.connect(self.pressed)
        self._icons.append((button, name))
        self.row.addWidget(button)
        return button

    def when_afloat(self, button: QToolButton) -> None:
        """A button that is of use only while the pane is a window of its own."""
        self._afloat.append(button)
        button.hide()

    @Slot(bool)
    def set_afloat(self, afloat: bool) -> None:
        """Whether the pane is a window of its own: then its head is the title bar."""
        for button in self._afloat:
            button.setVisible(afloat)
        self.setProperty("afloat", afloat)
        self.style().unpolish(self)
        self.style().polish(self)

    def set_enabled(self, enabled: bool) -> None:
        """Whether its buttons can be pressed; those that could be before can be again."""
        if enabled:
            for button in self._resting:
                button.setEnabled(True)
            self._resting = []
        elif not self._resting:
            self._resting = [button for button, name in self._icons if button.isEnabled() and name not in OF_WINDOW]
            for button in self._resting:
                button.setEnabled(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.double_clicked.emit()

    @Slot()
    def _recolour(self) -> None:
        for button, name in self._icons:
            button.setIcon(icon(name, "muted"))


def offers_in(menu: QMenu, parts: Iterable[QWidget], menu_button: QAbstractButton) -> list[Offer]:
    """What the command palette finds of a pane: its menu, its buttons, and the entries of its choices."""
    actions = [action for action in menu.actions() if action.isVisible()]
    found = [_offer_of(action) for action in actions]
    for part in parts:
        for button in part.findChildren(QAbstractButton):
            name = button.text() or button.toolTip()
            if button.isVisibleTo(part) and button is not menu_button:
                known_as = tuple(button.property(KNOWN_AS) or ())
                found.append(Offer(name, button.click, button.toolTip(), "", button.isEnabled(), known_as))
        for choice in part.findChildren(Choice):
            found += choice.offers() if choice.isVisibleTo(part) else []
    return list({offer.name: offer for offer in found if offer.name}.values())


def _offer_of(action: QAction) -> Offer:
    known_as = action.property(KNOWN_AS) or ()
    return Offer(action.text(), action.trigger, "", action.shortcut().toString(), action.isEnabled(), tuple(known_as))
