"""A button of a sheet that stays open while one works in it."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from latentexplorer.gui.style.plain_text import verbatim


def sheet_button(text: str, name: str, tip: str) -> QPushButton:
    """A button that Enter in another field of the sheet does not press."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(verbatim(tip))
    button.setAutoDefault(False)
    return button
