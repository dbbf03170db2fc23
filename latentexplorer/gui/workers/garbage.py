"""Garbage is collected in the window's thread only.

Python collects cycles in whichever thread allocates, and a worker's thread must never be the one that deletes a widget.
Most objects are there from the start (the libraries); they are frozen after loading, so that a collection is short.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 1000


class Collector(QObject):
    """Replaces Python's own automatic collection while it lives."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._turn = 0
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    @Slot()
    def _collect(self) -> None:
        self._turn += 1
        gc.collect(2 if self._turn % 10 == 0 else 1)

    def end(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
