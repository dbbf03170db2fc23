"""How an animation is to be written: file and format, how long, how large."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from latentexplorer.core.paths import slug
from latentexplorer.gui.panes.animation import Animated, AnimationChoice
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.number_box import whole_number
from latentexplorer.gui.window.save_dialog import SaveFigureDialog

ABOUT_PX, MOST_PX = 256, 512
"""Larger side that frames have at first, about, and at most."""


class AnimationDialog(SaveFigureDialog):
    """Asks how to write an animation; `chosen(AnimationChoice)` follows.

    `path`: the file that was named already; None: one is proposed.
    """

    kind, files = "animation", "Animations"
    formats = {"GIF": ".gif", "Animated PNG": ".apng", "WebP": ".webp"}
    endings = (".gif", ".apng", ".png", ".webp")

    def __init__(self, animated: Animated, parent: QWidget | None = None, path: Path | None = None) -> None:
        super().__init__("Export animation", f"{slug(animated.run_name)}-{animated.name}", parent)
        if path is not None:
            self.take(path)
        self._size = animated.size
        self.frames = whole_number("animation_frames", "Frames", 2, 120, animated.frames)
        self.speed = whole_number("animation_speed", "Speed", 1, 50, 24, " a second")
        larger_px = max(animated.size)
        most, usual = max(1, MOST_PX // larger_px), max(1, ABOUT_PX // larger_px)
        self.scale = whole_number("animation_scale", "Enlarge", 1, most, usual, " times")
        self.pixels = Label()
        self.pixels.setProperty("role", "muted")
        larger = QHBoxLayout()
        larger.addWidget(self.scale)
        larger.addWidget(self.pixels, 1)
        self.back = QCheckBox("and back again, without a jump")
        self.back.setChecked(True)
        self.part = Choice("animation_part", animated.part_title)
        self.part.addItems(list(animated.parts))
        if animated.parts:
            self.form.addRow(verbatim(animated.part_title), self.part)
        self.form.addRow("Frames", self.frames)
        self.form.addRow("", self.back)
        self.form.addRow("Speed", self.speed)
        self.form.addRow("Enlarge", larger)
        self.scale.valueChanged.connect(self._on_scale)
        self._on_scale(self.scale.value())
        self.add_buttons()

    @Slot(int)
    def _on_scale(self, scale: int) -> None:
        height, width = self._size
        self.pixels.setText(f"{width * scale} × {height * scale} pixels")

    def choice(self, path: Path) -> AnimationChoice:
        return AnimationChoice(
            path,
            self.frames.value(),
            self.speed.value(),
            self.scale.value(),
            self.back.isChecked(),
            self.part.currentText(),
        )
