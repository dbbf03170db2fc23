"""One line of values read off plots, over their headings: it never covers a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from latentexplorer.gui.style.plain_text import Label, Markup, escaped
from latentexplorer.gui.style.theme import caption_font

GAP = " · "


@dataclass(frozen=True)
class Value:
    """A value with its name and the colour of its curve; `brief`: how it is written where there is little room."""

    name: str
    text: str
    brief: str
    color: str


def in_full(value: float) -> str:
    """A value for reading off: three digits or four."""
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 3
    return f"{value:,.{digits}f}".replace("-", "−")


def in_brief(value: float) -> str:
    """A value where there is little room: three digits."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−")


class Reading(Label):
    """The values of an epoch: with names where there is room, else by colour alone.

    Attributes
    ----------
    words : str
        What is read off, in full; "" while nothing is.
    """

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.setObjectName(name)
        self.setProperty("role", "reading")
        self.setFont(caption_font())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.words = ""
        self.hide()

    def say(self, head: str, values: Sequence[Value], place: QRect) -> None:
        """Show the values of `head` ("epoch 4") at a place of the parent; none: go away."""
        self.words = GAP.join([head, *(f"{value.name} {value.text}" for value in values)]) if values else ""
        self.setVisible(bool(values))
        if not values:
            return
        self.setAccessibleName(self.words)
        self.setGeometry(place)
        if QFontMetricsF(self.font()).horizontalAdvance(self.words) <= place.width():
            parts = [head, *(_colored(value.color, f"{value.name} {value.text}") for value in values)]
            self.setText(escaped(GAP).join(parts))
        else:
            number = head.rpartition(" ")[2]
            self._show_brief([number, *(_colored(value.color, value.brief) for value in values)], place.width())

    def _show_brief(self, parts: list[str], width_px: int) -> None:
        """As many of the values as there is room for."""
        for count in range(len(parts), 0, -1):
            rest = [] if count == len(parts) else ["…"]
            self.setText(Markup("&nbsp; ").join([*parts[:count], *rest]))
            if self.sizeHint().width() <= width_px:
                break


def _colored(color: str, text: str) -> Markup:
    return Markup("<span style='color:{}'>{}</span>").format(color, text)
