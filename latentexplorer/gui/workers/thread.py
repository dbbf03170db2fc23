"""What the window's threads have in common: each lives only while it has something to do, some stand behind others.

While a thread lives torch keeps helpers for it, and as soon as all helpers together are more than the cores, also those
at rest, all of them go to sleep after every operation instead of watching for the next: a small model then trains at
less than half its speed. So a thread ends between two pieces of work, and begins again with the next.

Python gives a thread its work, never Qt. Where Qt calls a slot in a thread, PySide looks the receiver's class up
without Python's lock, and before Python 3.12 in a table that grows while the window's thread makes a class (as it does
whenever a module of panes is loaded): the class is not found, and the process ends by signal 11. A signal that Python
emits is looked up under the lock, and remembered by its thread; so answers go home by signals.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue

from PySide6.QtCore import QThread

NOT_BEHIND = 0
BEHIND = 10
"""How far a thread stands behind the window's, on the scale of `nice`."""
FAR_BEHIND = 15
"""How far what only follows does: a model that trains beside it has more than half of the core that both want."""

Prepare = Callable[[], None]
"""Called in a thread before each piece of work, or whenever it is woken."""


def nothing() -> None:
    """No preparation."""


def stand_behind(how_far: int = BEHIND) -> None:
    """Let the window's threads go before the calling one, and those it starts, where there are too few cores for all.

    Does nothing but on Linux, where each thread is as nice as it likes; Qt's own priorities do it elsewhere.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(how_far, os.getpriority(os.PRIO_PROCESS, thread)))


class _Thread(QThread):
    """Does what is put into its queue, one after the other, until None comes."""

    def __init__(self, how_far: int) -> None:
        super().__init__()
        self.how_far = how_far
        self.waiting: SimpleQueue[Callable[[], object] | None] = SimpleQueue()

    def run(self) -> None:
        if self.how_far:
            stand_behind(self.how_far)
        while (do := self.waiting.get()) is not None:
            try:
                do()
            except BaseException:  # noqa: BLE001  nobody is above it: as Python does with what nobody caught
                sys.excepthook(*sys.exc_info())
            # What it holds is not kept while nothing is done.
            del do


class WorkerThread:
    """A thread, begun and ended again and again, that is given what to do. It has no event loop.

    Parameters
    ----------
    behind : int
        How far the window's own threads go first where there are too few cores: by `stand_behind`, and by Qt's
        priorities where that does nothing.
    """

    def __init__(self, name: str, *, behind: int = NOT_BEHIND) -> None:
        self._priority = QThread.Priority.LowPriority if behind else QThread.Priority.InheritPriority
        self._thread = _Thread(behind)
        self._thread.setObjectName(name)

    def begin(self) -> None:
        """Start it. Where it has been told to end it ends first."""
        self._thread.wait()
        self._thread.waiting = SimpleQueue()
        self._thread.start(self._priority)

    def do(self, what: Callable[[], object]) -> None:
        """Have something done in it, after what it has been given since it began."""
        self._thread.waiting.put(what)

    def end_soon(self) -> None:
        """End it when it has done what it was given; nobody waits."""
        self._thread.waiting.put(None)

    def end(self) -> None:
        """End it, and wait until it has."""
        self.end_soon()
        self._thread.wait()
