"""How an animation is to be written: file and format, how long, how large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
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
from latentexplorer.gui.style.plain import Label, verbatim
from latentexplorer.gui.widgets.choice import Choice

FORMATS = {"GIF": ".gif", "Animated PNG": ".apng", "WebP": ".webp"}
ABOUT_PX = 256
"""Height that frames have at first, about."""


@dataclass(frozen=True)
class AnimationChoice:
    """What was chosen."""

    path: Path
    frames: int
    frames_per_s: int
    scale: int
    back: bool
    part: str = ""


class AnimationDialog(QDialog):
    """Asks how to write an animation; `chosen(AnimationChoice)` follows.

    Parameters
    ----------
    run_name, what : str
        Make the file's name.
    size : (height, width)
        Pixels of the model's images.
    parts : (str, sequence of str)
        What there is to choose that moves, and its name; nothing where there is no choice. The first one is proposed.
    """

    chosen = Signal(object)

    def __init__(
        self,
        run_name: str,
        what: str,
        size: tuple[int, int],
        parent: QWidget | None = None,
        *,
        parts: tuple[str, Sequence[str]] = ("", ()),
    ) -> None:
        super().__init__(parent)
        self.setObjectName("animation_dialog")
        self.setWindowTitle("Export animation")
        self.setMinimumWidth(460)
        self._size = size
        self._settings = Settings()
        folder = Path(str(self._settings["last_folder"]) or Path.home())
        self.file = QLineEdit(str(folder / f"{slug(run_name)}-{what}.gif"))
        self.file.setObjectName("animation_file")
        self.file.setAccessibleName("File")
        browse = QPushButton("Choose…")
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.addWidget(self.file, 1)
        where.addWidget(browse)
        self.format = Choice("animation_format", "Format")
        self.format.addItems(list(FORMATS))
        self.format.currentTextChanged.connect(self._on_format)
        self.frames = _number(2, 120, 48, "animation_frames")
        self.speed = _number(1, 50, 24, "animation_speed", " a second")
        height, width = size
        self.scale = _number(1, max(1, 512 // max(height, width)), max(1, ABOUT_PX // max(height, width)), "", " times")
        self.scale.setAccessibleName("Enlarge")
        self.pixels = Label()
        self.pixels.setProperty("role", "muted")
        larger = QHBoxLayout()
        larger.addWidget(self.scale)
        larger.addWidget(self.pixels, 1)
        self.back = QCheckBox("and back again, without a jump")
        self.back.setChecked(True)
        form = QFormLayout()
        form.addRow("File", where)
        form.addRow("Format", self.format)
        self.part = Choice("animation_part", parts[0])
        self.part.addItems(list(parts[1]))
        if parts[1]:
            form.addRow(verbatim(parts[0]), self.part)
        form.addRow("Frames", self.frames)
        form.addRow("", self.back)
        form.addRow("Speed", self.speed)
        form.addRow("Enlarge", larger)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.scale.valueChanged.connect(self._on_scale)
        self._on_scale(self.scale.value())
        outer = QVBoxLayout(self)
        outer.addLayout(form)
        outer.addWidget(buttons)

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Export animation", self.file.text(), "Animations (*.gif *.apng *.png *.webp)"
        )
        if name:
            self.file.setText(name)

    def _on_format(self, name: str) -> None:
        self.file.setText(str(Path(self.file.text()).with_suffix(FORMATS[name])))

    def _on_scale(self, scale: int) -> None:
        height, width = self._size
        self.pixels.setText(f"{width * scale} × {height * scale} pixels")

    def accept(self) -> None:
        path = expanded(self.file.text())
        if path.suffix.lower() not in (*FORMATS.values(), ".png"):
            path = path.with_name(path.name + FORMATS[self.format.currentText()])
        self._settings["last_folder"] = str(path.parent)
        super().accept()
        self.chosen.emit(
            AnimationChoice(
                path,
                self.frames.value(),
                self.speed.value(),
                self.scale.value(),
                self.back.isChecked(),
                self.part.currentText(),
            )
        )
        self.deleteLater()

    def reject(self) -> None:
        super().reject()
        self.deleteLater()


def _number(low: int, high: int, value: int, name: str, suffix: str = "") -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(suffix)
    box.setObjectName(name)
    return box
