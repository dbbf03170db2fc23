"""What was done to the images of the open run: one quiet line, and all of it to be read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel, briefly
from latentexplorer.views.base import count_text

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ABOUT = ("", "Images", "to train on", "held out")
"""What a note may begin with."""


class ImagesLine(QWidget):
    """The first thing that was done, and a button for the rest; nothing where nothing was done."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("images_line")
        self._notes: tuple[str, ...] = ()
        self._left_out: tuple[str, ...] = ()
        self.text = ElidedLabel()
        self.text.setFont(caption_font())
        self.text.setProperty("role", "muted")
        self.details = QToolButton()
        self.details.setObjectName("images_notes")
        self.details.setToolTip("What was done to the images")
        self.details.setAccessibleName("What was done to the images")
        self.details.clicked.connect(self._show_details)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.text, 1)
        row.addWidget(self.details)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    @Slot()
    def _recolour(self) -> None:
        self.details.setIcon(icon("info", "muted"))

    def show_run(self, run: Trained | None) -> None:
        """Show what was done to the images of a run."""
        self._notes = () if run is None else run.data_notes
        self._left_out = () if run is None or run.data is None else run.data.left_out
        text = "Images: " + "; ".join(self._notes)
        note = self._notes[0] if self._notes else ""
        short = (*briefly(text), note, *briefly(note))
        # What a note is about says nothing alone.
        said = [each for each in short if each.removeprefix("Images: ") not in ABOUT]
        self.text.briefer = (*said, count_text(len(self._notes), "note about the images", "notes about the images"))
        self.text.setText(text)
        self.setVisible(bool(self._notes))

    @Slot()
    def _show_details(self) -> None:
        dialog = QDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setObjectName("images_notes_dialog")
        dialog.setWindowTitle("What was done to the images")
        left_out = ["", "Left out:", *self._left_out] if self._left_out else []
        text = QPlainTextEdit("\n".join([*self._notes, *left_out]))
        text.setObjectName("images_notes_text")
        text.setAccessibleName("What was done to the images")
        text.setTabChangesFocus(True)
        text.setReadOnly(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.reject)
        outer = QVBoxLayout(dialog)
        outer.addWidget(text)
        outer.addWidget(buttons)
        dialog.resize(620, 300)
        dialog.open()
