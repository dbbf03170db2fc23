"""How long the window's own thread works in each turn of its event loop, and on what where that is too long.

Processor time of that one thread, not time on the clock: what other threads and other programs do meanwhile is none of
it, so the figures are nearly the same on a busy machine.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter, deque
from types import FrameType

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Slot

LIMIT_MS = 50.0
"""A turn that takes longer is felt."""
LOOK_S = 0.004
OWN = "/latentexplorer/"
DEEP = 3
IN_QT = "Qt's own drawing and layout"


class Passes(QObject):
    """Times the turns of the event loop between `begin` and `end`.

    Attributes
    ----------
    ms : list of float
        Of each turn.
    slow : list of (float, str)
        Turns over the limit, milliseconds, and where they were spent: functions, the innermost first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ms: list[float] = []
        self.slow: list[tuple[float, str]] = []
        self._on = False
        self._last = 0.0
        self._looker = _Looker(threading.get_ident())
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        # Once in each turn, whether it has waited or not, with every dispatcher that Qt has.
        dispatcher.awake.connect(self._turn)

    def begin(self) -> None:
        """Begin to count."""
        self.ms, self.slow = [], []
        self._looker.take()
        self._last = time.thread_time()
        self._on = True

    def end(self) -> None:
        """Count no more; the turn that is under way is the last."""
        self._turn()
        self._on = False

    def close(self) -> None:
        """End the thread that looks on."""
        self._on = False
        self._looker.over.set()
        self._looker.join()

    @property
    def longest_ms(self) -> float:
        """The longest turn."""
        return max(self.ms, default=0.0)

    @Slot()
    def _turn(self) -> None:
        now = time.thread_time()
        took_ms, self._last = 1000 * (now - self._last), now
        if not self._on:
            return
        self.ms.append(took_ms)
        where = self._looker.take()
        if took_ms > LIMIT_MS:
            self.slow.append((took_ms, where or IN_QT))


class _Looker(threading.Thread):
    """Looks now and then at what a thread does."""

    def __init__(self, ident: int) -> None:
        super().__init__(name="looks at the window", daemon=True)
        self._ident = ident
        self._seen: deque[str] = deque(maxlen=1000)
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(LOOK_S):
            where = _where(sys._current_frames().get(self._ident))
            if where:
                self._seen.append(where)

    def take(self) -> str:
        """Where it was seen most since the last time; "" where it was not."""
        seen, self._seen = self._seen, deque(maxlen=1000)
        return Counter(seen).most_common(1)[0][0] if seen else ""


def _where(frame: FrameType | None) -> str:
    found: list[str] = []
    while frame is not None and len(found) < DEEP:
        file = frame.f_code.co_filename
        if OWN in file and "/tests/" not in file:
            found.append(f"{file.rpartition(OWN)[2]}:{frame.f_lineno} {frame.f_code.co_qualname}")
        frame = frame.f_back
    return " < ".join(found)
