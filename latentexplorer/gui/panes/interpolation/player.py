"""Goes along a path by itself, and back."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

TICK_MS = 40
PLAY_S = 3.0
"""Seconds from one end to the other."""


class Player(QObject):
    """Tells where on the path it is, 25 times a second.

    Signals
    -------
    stepped : (float)
        Percent of the path.
    """

    stepped = Signal(float)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._at = 0.0
        self._forward = True
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)

    @property
    def playing(self) -> bool:
        """Whether it goes."""
        return self._timer.isActive()

    def start(self, percent: float) -> None:
        """Go on from there."""
        self._at = percent
        self._timer.start()

    def stop(self) -> None:
        """Stay there."""
        self._timer.stop()

    @Slot()
    def _on_tick(self) -> None:
        step = 100 * TICK_MS / 1000 / PLAY_S
        self._at += step if self._forward else -step
        if self._at >= 100 or self._at <= 0:
            self._forward = self._at <= 0
            self._at = min(max(self._at, 0.0), 100.0)
        self.stepped.emit(self._at)
