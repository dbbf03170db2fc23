"""The line below the table that says what is the matter with the selected run, with the button that helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font

if TYPE_CHECKING:
    from latentexplorer.runs.listing import RunSummary


class SaidLine(QWidget):
    """Not there while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runs_said")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        self.text = Label()
        self.text.setObjectName("runs_said_text")
        self.text.setFont(caption_font())
        self.text.setProperty("role", "muted")
        self.text.setWordWrap(True)
        row.addWidget(self.text, 1)
        self.locate = QPushButton("Locate images…")
        self.locate.setObjectName("runs_locate")
        self.locate.setToolTip("Say where the images of this run are now")
        row.addWidget(self.locate)
        self.hide()

    def say(self, text: str, locate: bool) -> None:
        """Show a text, and whether images can be looked for."""
        self.text.setText(text)
        self.locate.setVisible(locate)
        self.setVisible(bool(text))


def about(runs: Sequence[RunSummary]) -> str:
    """What is to be said of the selected runs."""
    if len(runs) != 1:
        return ""
    run = runs[0]
    if run.error:
        return run.error
    return f"{run.name} has no images: {run.gone}" if run.gone else ""
