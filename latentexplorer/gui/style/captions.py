"""The third and smallest text size."""

from __future__ import annotations

from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import caption_font


def caption(text: str = "") -> Label:
    """A line of small, muted text."""
    label = Label(text)
    label.setFont(caption_font())
    label.setProperty("role", "caption")
    return label
