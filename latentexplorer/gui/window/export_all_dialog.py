"""Which figures are to be written, and into which folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.paths import expanded, own_folder
from latentexplorer.gui.panes.base import Pane
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.style.plain_text import Label, menu_text, verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.file_dialogs import ask_folder
from latentexplorer.gui.window.place_row import PlaceRow

WIDTH_PX = 460


@dataclass(frozen=True)
class ExportAllChoice:
    """The names of the panes whose figures are wanted, whether the report is, and where they go."""

    panes: tuple[str, ...]
    folder: Path
    dpi: int
    report: bool


class ExportAllDialog(QDialog):
    """A list to tick; a pane that has nothing to show says why.

    Signals
    -------
    chosen : (ExportAllChoice)
    """

    chosen = Signal(object)

    def __init__(self, panes: Mapping[str, Pane], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("export_all_dialog")
        self.setWindowTitle("Export all")
        self.setMinimumWidth(WIDTH_PX)
        self._settings = Settings()
        self.boxes: dict[str, QCheckBox] = {}
        outer = QVBoxLayout(self)
        outer.setSpacing(SPACE)
        outer.addWidget(Label("Figures, as the panes show them"))
        for name, pane in panes.items():
            if not pane.view_kind:
                continue
            why = pane.nothing_to_export()
            box = self.boxes[name] = QCheckBox(menu_text(f"{pane.title} ({why})" if why else pane.title))
            box.setObjectName(f"export_all_{name}")
            box.setChecked(not why)
            box.setEnabled(not why)
            box.setToolTip(verbatim(why))
            box.toggled.connect(self._on_ticked)
            outer.addWidget(box)
        self.report = QCheckBox("Report on one page, with all figures that make sense")
        self.report.setObjectName("export_all_report")
        self.report.toggled.connect(self._on_ticked)
        outer.addWidget(self.report)
        self.place = PlaceRow("export_all_folder", "Folder", str(self._settings["last_folder"]) or str(own_folder()))
        self.place.asked.connect(self._browse)
        self.folder = self.place.field
        row = QFormLayout()
        row.addRow("Folder", self.place)
        outer.addLayout(row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        self._save.setObjectName("export_all_save")
        self._save.setProperty("role", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        outer.addWidget(buttons)
        self._on_ticked()

    @Slot()
    def _on_ticked(self) -> None:
        count = sum(box.isChecked() for box in self.boxes.values())
        report = self.report.isChecked()
        figures = f"{count} figures" if count != 1 else "1 figure"
        parts = [figures] * (count > 0 or not report) + ["the report"] * report
        self._save.setEnabled(bool(count) or report)
        self._save.setText(f"Save {' and '.join(parts)}")

    @Slot()
    def _browse(self) -> None:
        ask_folder(self, "export_all_folder_dialog", "Folder for the figures", self.folder.text(), self._take)

    def _take(self, folder: Path) -> None:
        self.folder.setText(str(folder))

    def accept(self) -> None:
        folder = expanded(self.folder.text())
        self._settings["last_folder"] = str(folder)
        ticked = tuple(name for name, box in self.boxes.items() if box.isChecked())
        super().accept()
        dpi = int(self._settings["export_dpi"])
        self.chosen.emit(ExportAllChoice(ticked, folder, dpi, self.report.isChecked()))
        self.deleteLater()

    def reject(self) -> None:
        super().reject()
        self.deleteLater()
