"""How a run is to be written as an animation, epoch by epoch: file and format, how many states, how fast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

from latentexplorer.core.paths import slug
from latentexplorer.gui.widgets.number_box import whole_number
from latentexplorer.gui.window.save_dialog import SaveFigureDialog

MOST, USUAL = 120, 24


@dataclass(frozen=True)
class EpochsChoice:
    """Where to, how many states at most, and how many of them a second."""

    path: Path
    frames: int
    frames_per_s: int


class EpochsDialog(SaveFigureDialog):
    """Asks how to write an animation over the kept epochs of a run; `chosen(EpochsChoice)` follows."""

    kind, files = "animation", "Animations"
    formats = {"GIF": ".gif", "Animated PNG": ".apng", "WebP": ".webp"}
    endings = (".gif", ".apng", ".png", ".webp")

    def __init__(self, run_name: str, kept: int, parent: QWidget | None = None) -> None:
        super().__init__("Export animation over epochs", f"{slug(run_name)}-time-machine", parent)
        most, usual = max(2, min(MOST, kept)), min(USUAL, kept)
        self.frames = whole_number("animation_frames", "Epochs", 2, most, usual, " kept states")
        self.speed = whole_number("animation_speed", "Speed", 1, 20, 3, " a second")
        self.form.addRow("Epochs", self.frames)
        self.form.addRow("Speed", self.speed)
        self.add_buttons()

    def choice(self, path: Path) -> EpochsChoice:
        return EpochsChoice(path, self.frames.value(), self.speed.value())
