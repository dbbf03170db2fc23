"""Garbage is collected in the window's thread only.

Python collects cycles in whichever thread allocates, and a worker's thread must never be the one that deletes a widget.
Most objects are there from the start (the libraries); they are frozen after loading, so that a collection is short.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 1000
LONGEST_S = 0.03
"""Of one full collection, of the window's own time."""


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
        if self._turn % 10:
            gc.collect(1)
            return
        began_s = time.thread_time()
        gc.collect()
        if time.thread_time() - began_s > LONGEST_S:
            # Much has come that is none: what UMAP's compiler keeps, say. It is not gone through again.
            gc.freeze()

    def end(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
