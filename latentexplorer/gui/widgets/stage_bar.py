"""A bar that says how far a training is."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QProgressBar

from latentexplorer.gui.session.training_stage import PAUSED, Stage

STEPS = 1000


class StageBar(QProgressBar):
    """Of what is counted while it is prepared, then of all epochs; busy while neither is known and it is not paused."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextVisible(False)
        self.setAccessibleName("Training progress")
        self.setRange(0, STEPS)

    def show_stage(self, stage: Stage) -> None:
        """Stand where the stage says."""
        known = math.isfinite(stage.fraction)
        busy = not known and stage.what != PAUSED
        self.setRange(0, 0 if busy else STEPS)
        if not busy:
            self.setValue(round(STEPS * stage.fraction) if known else 0)
