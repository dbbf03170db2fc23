"""How long the window's own thread works in each turn of its event loop, and on what where that is too long.

Processor time of that one thread, not time on the clock: what other threads and other programs do meanwhile is none of
it, so the figures are nearly the same on a busy machine.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from typing import Any

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Slot

LIMIT_MS = 50.0
"""A turn that takes longer is felt."""
CALL_MS = 8.0
"""A call that takes less is none of the culprits."""
MOST_CALLS = 12
OWN = "/latentexplorer/"


class Passes(QObject):
    """Times the turns of the event loop between `begin` and `end`.

    Attributes
    ----------
    ms : list of float
        Of each turn.
    slow : list of (float, str)
        Turns over the limit, milliseconds, and what was being done: what somebody did last, and where that is traced
        the calls that it was spent in.
    doing : str
        What somebody does just now.
    """

    def __init__(self, trace: bool = False) -> None:
        super().__init__()
        self.ms: list[float] = []
        self.slow: list[tuple[float, str]] = []
        self.doing = ""
        self._on = False
        self._last = 0.0
        self._calls = _Calls() if trace else None
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        # Once in each turn, whether it has waited or not, with every dispatcher that Qt has.
        dispatcher.awake.connect(self._turn)

    def begin(self) -> None:
        """Begin to count."""
        self.ms, self.slow = [], []
        self._last = time.thread_time()
        self._on = True

    def end(self) -> None:
        """Count no more; the turn that is under way is the last."""
        self._turn()
        self._on = False

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
        calls = "" if self._calls is None else self._calls.take(took_ms > LIMIT_MS)
        if took_ms > LIMIT_MS:
            self.slow.append((took_ms, f"after {self.doing}{': ' if calls else ''}{calls}"))


class _Calls:
    """What this thread has called since the last look. Every call is timed, so that all of them take longer."""

    def __init__(self) -> None:
        self._profile = cProfile.Profile(time.thread_time)
        self._profile.enable()

    def take(self, told: bool) -> str:
        """The functions that took longest with all that they called, the outermost first; "" where it is not told."""
        self._profile.disable()
        words = ""
        if told:
            stats: Any = pstats.Stats(self._profile)
            found = sorted(
                ((took, file, line, name) for (file, line, name), (*_, took, _) in stats.stats.items()), reverse=True
            )
            long = [each for each in found if 1000 * each[0] > CALL_MS and "/tests/" not in each[1]][:MOST_CALLS]
            words = "; ".join(f"{1000 * took:.0f} ms {_short(file)}:{line} {name}" for took, file, line, name in long)
        self._profile.clear()
        self._profile.enable()
        return words


def _short(file: str) -> str:
    return file.rpartition(OWN)[2].rpartition("/site-packages/")[2]
