"""The third and smallest text size."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from latentexplorer.gui.style.theme import caption_font


def caption(text: str = "") -> QLabel:
    """A line of small, muted text."""
    label = QLabel(text)
    label.setFont(caption_font())
    label.setProperty("role", "caption")
    return label
