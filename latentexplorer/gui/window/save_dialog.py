"""Where something is to be written and in which format: what the export dialogs have in common."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.paths import expanded, free, is_folder, own_folder
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.file_dialogs import ask_new_file
from latentexplorer.gui.window.place_row import PlaceRow
from latentexplorer.gui.window.replacing import ask_to_replace

WIDTH_PX = 460
NO_NAMES = ("", "..")
"""Last parts of a path that name no file."""


class SaveFigureDialog(QDialog):
    """File and format; a subclass adds rows to `form`, then calls `add_buttons`, and says what was chosen.

    Parameters
    ----------
    title : str
    name : str
        Of the file, without an ending; it is proposed in the folder that was last written to, with a
        number where it is taken there.

    Attributes
    ----------
    kind : str
        Begins the names of its widgets: `{kind}_dialog`, `{kind}_file`, `{kind}_format`.
    files : str
        What is written, for a person: "Figures".
    formats : dict of str to str
        What formats are called, and their endings. The first one is proposed.
    endings : tuple of str
        Those that are taken as they are typed; others get that of the format.
    form : QFormLayout

    Signals
    -------
    chosen : (object)
        What `choice` says.
    """

    chosen = Signal(object)
    kind = ""
    files = ""
    formats: dict[str, str] = {}
    endings: tuple[str, ...] = ()

    def __init__(self, title: str, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{self.kind}_dialog")
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH_PX)
        self.settings = Settings()
        folder = Path(str(self.settings["last_folder"]) or own_folder())
        self._proposed = folder / f"{name}{next(iter(self.formats.values()))}"
        self._offered = str(free(self._proposed))
        self.place = PlaceRow(f"{self.kind}_file", "File", self._offered)
        self.place.asked.connect(self._browse)
        self.file = self.place.field
        self.file.textEdited.connect(self._on_typed)
        self.format = Choice(f"{self.kind}_format", "Format")
        self.format.addItems(list(self.formats))
        self.format.currentTextChanged.connect(self._on_format)
        self.form = QFormLayout()
        self.form.addRow("File", self.place)
        if len(self.formats) > 1:
            self.form.addRow("Format", self.format)

    def add_buttons(self) -> None:
        """Save and Cancel below the rows. The last thing to add: the Tab key goes by the order of rows."""
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save.setProperty("role", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.addLayout(self.form)
        outer.addWidget(buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Its layout would let boxes for numbers be lower than what stands in them.
        self.setMinimumHeight(self.sizeHint().height())

    def choice(self, path: Path) -> object:
        """What was chosen, for this file."""
        raise NotImplementedError

    @Slot()
    def _browse(self) -> None:
        endings = " ".join(f"*{ending}" for ending in self.endings)
        filters = f"{self.files} ({endings})"
        proposed = Path(self.file.text())
        # Whether a file is to be replaced is asked once, when it is saved.
        name = f"{self.kind}_file_dialog"
        ask_new_file(self, name, self.windowTitle(), proposed, self.take, filters, asks_to_replace=False)

    def take(self, path: Path) -> None:
        """Propose another file; its ending says in which format."""
        self.file.setText(str(path))
        self._on_typed(str(path))

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """What a name ends in says as much as the choice of a format."""
        named = {ending: name for name, ending in self.formats.items()}.get(Path(text).suffix.lower())
        if named is not None:
            self.format.setCurrentText(named)

    @Slot(str)
    def _on_format(self, name: str) -> None:
        ending = self.formats[name]
        if Path(self.file.text()).suffix.lower() == ending:
            return
        if self.file.text() == self._offered:
            self._offered = str(free(self._proposed.with_suffix(ending)))
            self.file.setText(self._offered)
        elif not self._names_no_file:
            self.file.setText(str(Path(self.file.text()).with_suffix(ending)))

    @property
    def _names_no_file(self) -> bool:
        path = expanded(self.file.text())
        return not self.file.text().strip() or path.name in NO_NAMES or is_folder(path)

    def accept(self) -> None:
        path = expanded(self.file.text())
        if self._names_no_file:
            # A folder, or nothing: the name that was offered goes there.
            self._rename(path / self._proposed.with_suffix(self.formats[self.format.currentText()]).name)
            return
        if path.suffix.lower() not in self.endings:
            path = path.with_name(path.name + self.formats[self.format.currentText()])
        if os.path.lexists(path):
            ask_to_replace([path], self, partial(self._save, path), partial(self._rename, path))
        else:
            self._save(path)

    def _rename(self, taken: Path) -> None:
        """Propose a name that is free, for the person to take or to change."""
        self.file.setText(str(free(taken)))
        self.file.setFocus()
        self.file.selectAll()

    def _save(self, path: Path) -> None:
        self.settings["last_folder"] = str(path.parent)
        choice = self.choice(path)
        super().accept()
        self.chosen.emit(choice)
        self.deleteLater()

    def reject(self) -> None:
        super().reject()
        self.deleteLater()
