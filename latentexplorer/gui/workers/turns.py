"""A little of what waits in each turn of the window's event loop.

Answers of threads that come together are taken by Qt in one turn, with all that is drawn because of them, and so is
what several timers of no length wait for: what a person does meanwhile waits for all of it. Here what takes a while has
a turn of its own, and keys, the pointer and drawing come in between.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

LONG_S = 0.005
"""A turn that has taken so long takes on nothing more."""


class Turns(QObject):
    """Does what it is given, in that order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._do_some)

    def put(self, do: Callable[[], object]) -> None:
        """Have something done in one of the next turns."""
        self._waiting.append(do)
        if not self._timer.isActive():
            self._timer.start()

    @property
    def waiting(self) -> bool:
        """Whether something has not had its turn."""
        return bool(self._waiting)

    def clear(self) -> None:
        """Do none of what waits."""
        self._waiting.clear()
        self._timer.stop()

    @Slot()
    def _do_some(self) -> None:
        until_s = time.perf_counter() + LONG_S
        while self._waiting:
            do = self._waiting.popleft()
            if not self._waiting:
                self._timer.stop()
            # It may put more; then the timer goes on.
            do()
            if time.perf_counter() >= until_s:
                return
