"""Writing the selected codes into a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from latentexplorer.core.paths import slug
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.workers import map_tasks


class SelectionExport(QFileDialog):
    """Asks for a file; `.npz` takes the codes, `.csv` their positions in the data."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        name = f"{slug(session.shown.name)}-selection.npz"
        super().__init__(parent, "Export selection", str(Path.home() / name))
        self._session = session
        self.setObjectName("map_selection_dialog")
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setNameFilters(["Codes (*.npz)", "Table of positions (*.csv)"])
        self.fileSelected.connect(self.write)
        self.finished.connect(self.deleteLater)

    @Slot(str)
    def write(self, name: str) -> None:
        """Write the selection; the window says when it is done."""
        path = Path(name)
        if path.suffix.lower() not in (".npz", ".csv"):
            path = path.with_name(f"{path.name}.npz")
        part, index = self._session.selection.images
        work = map_tasks.write_selection(path, self._session.run, part, index)
        self._session.write(f"Writing {path.name}", work, path)
