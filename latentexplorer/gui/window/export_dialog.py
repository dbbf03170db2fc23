"""Where a figure is to go: file and format, size and dpi."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QHBoxLayout, QWidget

from latentexplorer.core.paths import expanded, slug
from latentexplorer.gui.widgets.number_box import inset, whole_number
from latentexplorer.gui.window.animation_dialog import AnimationDialog
from latentexplorer.gui.window.save_dialog import SaveFigureDialog

CM_PER_INCH = 2.54
MOVING = tuple(AnimationDialog.formats.values())


@dataclass(frozen=True)
class ExportChoice:
    """How a figure is to be drawn.

    Attributes
    ----------
    path : Path
    dpi : int
    size : (width, height) or None
        Inches; None leaves it to the figure.
    whole : bool
        All of the figure, also where only a part of it is seen.
    """

    path: Path
    dpi: int
    size: tuple[float, float] | None
    whole: bool


class ExportDialog(SaveFigureDialog):
    """Asks for a file; `chosen(ExportChoice)` follows.

    Parameters
    ----------
    part : bool
        Only a part of the figure is seen; whether the file shows that part or the whole can be chosen.
    moves : bool
        It can be written as an animation too: that is among the formats.

    Signals
    -------
    animation_wanted : (Path)
        An animation is to go into this file; how long and how fast it is to be is another dialog's question.
    """

    animation_wanted = Signal(object)
    kind, files = "export", "Figures"
    formats = {"PNG": ".png", "SVG": ".svg", "PDF": ".pdf"}
    endings = tuple(formats.values())

    def __init__(
        self, kind: str, run_name: str, parent: QWidget | None = None, *, part: bool = False, moves: bool = False
    ) -> None:
        if moves:
            self.formats = {**self.formats, "Animated GIF": ".gif"}
            self.endings = (*self.endings, *MOVING)
        super().__init__(f"Export {kind}", f"{slug(run_name)}-{kind}", parent)
        self.dpi = whole_number("export_dpi", "Dots per inch", 50, 1200, int(self.settings["export_dpi"]))
        self.width_cm = _length("Width")
        self.height_cm = _length("Height")
        size = QHBoxLayout()
        size.addWidget(self.width_cm)
        size.addWidget(self.height_cm)
        self.form.addRow("Width, height", size)
        self.form.addRow("Dots per inch", self.dpi)
        self.part = QCheckBox("Only the part that is seen")
        self.part.setObjectName("export_part")
        self.part.setChecked(part)
        if part:
            self.form.addRow("", self.part)
        self.add_buttons()
        self.file.textChanged.connect(self._on_name)

    @Slot(str)
    def _on_name(self, text: str) -> None:
        """What moves is asked about in the next dialog; nothing is saved before."""
        still = not self._moving(expanded(text))
        self.save.setText("Save" if still else "Next…")
        for box in (self.width_cm, self.height_cm, self.dpi, self.part):
            box.setEnabled(still)

    def _moving(self, path: Path) -> bool:
        return path.suffix.lower() in MOVING and path.suffix.lower() in self.endings

    def accept(self) -> None:
        path = expanded(self.file.text())
        if self._moving(path):
            self.reject()
            self.animation_wanted.emit(path)
        else:
            super().accept()

    def choice(self, path: Path) -> ExportChoice:
        width, height = self.width_cm.value(), self.height_cm.value()
        size = (width / CM_PER_INCH, height / CM_PER_INCH) if width and height else None
        self.settings["export_dpi"] = self.dpi.value()
        return ExportChoice(path, self.dpi.value(), size, not self.part.isChecked())


def _length(name: str) -> QDoubleSpinBox:
    box = inset(QDoubleSpinBox())
    box.setAccessibleName(name)
    box.setRange(0, 200)
    box.setDecimals(1)
    box.setSuffix(" cm")
    box.setSpecialValueText("automatic")
    return box
