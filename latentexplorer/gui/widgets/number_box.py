"""Fields for numbers: one whose text begins where that of the other fields does, one in which a number is one word."""

from __future__ import annotations

import math
import re
from typing import TypeVar

from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QSpinBox

INSET_PX = 6
NUMBER = re.compile(r"[-+−]?(\d+[.,]?\d*|[.,]\d+)([eE][-+−]?\d+)?")

Box = TypeVar("Box", bound=QAbstractSpinBox)


class NumberLine(QLineEdit):
    """A line in which a double click selects the whole of a number, with what is before and after its dot."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        at = self.cursorPositionAt(event.position().toPoint())
        found = next((found for found in NUMBER.finditer(self.text()) if found.start() <= at <= found.end()), None)
        if found is not None:
            self.setSelection(found.start(), found.end() - found.start())


def inset(box: Box) -> Box:
    """Keep its text off its rim: a style sheet's padding does not reach it."""
    if isinstance(box, QDoubleSpinBox):
        box.setLineEdit(NumberLine(box))
    box.lineEdit().setTextMargins(INSET_PX, 0, 0, 0)
    return box


def whole_number(name: str, words: str, low: int, high: int, value: int, suffix: str = "") -> QSpinBox:
    """A box for a whole number; `words`: what it is called where its name is not seen."""
    box = inset(QSpinBox())
    box.setObjectName(name)
    box.setAccessibleName(words)
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(suffix)
    return box


def number_of(text: str, limit: float = math.inf) -> float | None:
    """The number that was typed, also with a decimal comma; None for anything else and what is beyond the limit."""
    try:
        value = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= limit else None
