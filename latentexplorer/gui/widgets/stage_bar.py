"""Bars that say how far something is, a training above all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QProgressBar

from latentexplorer.gui.session.training_stage import PAUSED, Stage

STEPS = 1000


class Bar(QProgressBar):
    """Moves by itself only while nobody knows how far it is.

    The style would go on drawing a bar 30 times a second, with all that lies under it, once it has been so. And Qt
    draws a bar within the call that moves it, with all of the window that waits to be drawn: here it waits for the end
    of the turn, as everything else does.
    """

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setTextVisible(False)

    def setRange(self, minimum: int, maximum: int) -> None:
        if (minimum, maximum) != (self.minimum(), self.maximum()):
            with self._drawn_later():
                super().setRange(minimum, maximum)

    def setValue(self, value: int) -> None:
        if value != self.value():
            with self._drawn_later():
                super().setValue(value)

    @contextmanager
    def _drawn_later(self) -> Iterator[None]:
        self.setUpdatesEnabled(False)
        try:
            yield
        finally:
            self.setUpdatesEnabled(True)

    def event(self, event: QEvent) -> bool:
        stands = event.type() == QEvent.Type.StyleAnimationUpdate and self.maximum() > self.minimum()
        # What nobody accepts is not sent again.
        return True if stands else super().event(event)


class StageBar(Bar):
    """Of what is counted while it is prepared, then of all epochs; busy while neither is known and it is not paused."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "Training progress")
        self.setRange(0, STEPS)

    def show_stage(self, stage: Stage) -> None:
        """Stand where the stage says."""
        known = math.isfinite(stage.fraction)
        busy = not known and stage.what != PAUSED
        self.setRange(0, 0 if busy else STEPS)
        if not busy:
            self.setValue(round(STEPS * stage.fraction) if known else 0)
