"""Where a figure is to go: file and format, size and dpi."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from latentexplorer.core.paths import expanded, slug
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.widgets.choice import Choice

CM_PER_INCH = 2.54
FORMATS = {"PNG": ".png", "SVG": ".svg", "PDF": ".pdf"}


class ExportDialog(QDialog):
    """Asks for a file; `chosen(path, dpi, (width, height) in inches or None, whole)` follows.

    `part`: only a part of the figure is seen; whether the file shows that part or the whole can be chosen.
    """

    chosen = Signal(str, int, object, bool)

    def __init__(self, kind: str, run_name: str, parent: QWidget | None = None, *, part: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self.setWindowTitle(f"Export {kind}")
        self.setMinimumWidth(460)
        self._settings = Settings()
        folder = Path(str(self._settings["last_folder"]) or Path.home())
        self.file = QLineEdit(str(folder / f"{slug(run_name)}-{kind}.png"))
        self.file.setObjectName("export_file")
        self.file.setAccessibleName("File")
        browse = QPushButton("Choose…")
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.addWidget(self.file, 1)
        where.addWidget(browse)
        self.format = Choice("export_format", "Format")
        self.format.addItems(list(FORMATS))
        self.format.currentTextChanged.connect(self._on_format)
        self.dpi = QSpinBox()
        self.dpi.setRange(50, 1200)
        self.dpi.setValue(int(self._settings["export_dpi"]))
        self.width_cm = self._length("Width")
        self.height_cm = self._length("Height")
        size = QHBoxLayout()
        size.addWidget(self.width_cm)
        size.addWidget(self.height_cm)
        form = QFormLayout()
        form.addRow("File", where)
        form.addRow("Format", self.format)
        form.addRow("Width, height", size)
        form.addRow("Dots per inch", self.dpi)
        self.part = QCheckBox("Only the part that is seen")
        self.part.setObjectName("export_part")
        self.part.setChecked(part)
        if part:
            form.addRow("", self.part)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.addLayout(form)
        outer.addWidget(buttons)

    def _length(self, name: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setAccessibleName(name)
        box.setRange(0, 200)
        box.setDecimals(1)
        box.setSuffix(" cm")
        box.setSpecialValueText("automatic")
        return box

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export figure", self.file.text(), "Figures (*.png *.svg *.pdf)")
        if name:
            self.file.setText(name)

    def _on_format(self, name: str) -> None:
        self.file.setText(str(Path(self.file.text()).with_suffix(FORMATS[name])))

    def accept(self) -> None:
        path = expanded(self.file.text())
        if path.suffix.lower() not in FORMATS.values():
            path = path.with_name(path.name + FORMATS[self.format.currentText()])
        width, height = self.width_cm.value(), self.height_cm.value()
        size = (width / CM_PER_INCH, height / CM_PER_INCH) if width and height else None
        self._settings["last_folder"] = str(path.parent)
        self._settings["export_dpi"] = self.dpi.value()
        super().accept()
        self.chosen.emit(str(path), self.dpi.value(), size, not self.part.isChecked())
        self.deleteLater()

    def reject(self) -> None:
        super().reject()
        self.deleteLater()
