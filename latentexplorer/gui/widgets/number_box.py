"""A box for a number, whose text begins where that of the other fields does."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox

INSET_PX = 6

Box = TypeVar("Box", bound=QAbstractSpinBox)


def inset(box: Box) -> Box:
    """Keep its text off its rim: a style sheet's padding does not reach it."""
    box.lineEdit().setTextMargins(INSET_PX, 0, 0, 0)
    return box
