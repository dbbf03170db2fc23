"""Where the report of a run is to go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from latentexplorer.core.paths import slug
from latentexplorer.gui.window.save_dialog import SaveFigureDialog


class ReportDialog(SaveFigureDialog):
    """Asks for a file; `chosen(Path)` follows."""

    kind, files = "report", "Reports"
    formats = {"HTML": ".html"}
    endings = (".html", ".htm")

    def __init__(self, run_name: str, parent: QWidget | None = None) -> None:
        super().__init__("Report", f"{slug(run_name)}-report", parent)
        self.add_buttons()

    def choice(self, path: Path) -> Path:
        return path
