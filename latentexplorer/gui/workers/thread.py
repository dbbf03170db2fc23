"""What the window's threads have in common: each lives only while it has something to do, some stand behind others.

While a thread lives torch keeps helpers for it, and as soon as all helpers together are more than the cores, also those
at rest, all of them go to sleep after every operation instead of watching for the next: a small model then trains at
less than half its speed. So a thread ends between two pieces of work, and begins again with the next.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Slot

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


class ThreadWorker(QObject):
    """Base of what works in a `WorkerThread`.

    Attributes
    ----------
    how_far : int
        How far it stands behind the window, where it does.
    """

    how_far = BEHIND

    @Slot()
    def begin_behind(self) -> None:
        """First thing in a thread that stands behind the window's."""
        stand_behind(self.how_far)


class WorkerThread:
    """A thread with one worker in it, begun and ended again and again.

    Parameters
    ----------
    behind : bool
        Whether the window's own threads go first where there are too few cores: by `stand_behind`, and by Qt's
        priorities where that does nothing.
    """

    def __init__(self, name: str, worker: ThreadWorker, *, behind: bool) -> None:
        self._priority = QThread.Priority.LowPriority if behind else QThread.Priority.InheritPriority
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._worker = worker
        worker.moveToThread(self._thread)
        if behind:
            self._thread.started.connect(worker.begin_behind)

    def begin(self) -> None:
        """Start it. Where it has been told to end it ends first."""
        self._thread.wait()
        self._thread.start(self._priority)

    def end_soon(self) -> None:
        """End it when the worker returns; nobody waits."""
        self._thread.quit()

    def end(self) -> None:
        """End it, and wait until it has."""
        self._thread.quit()
        self._thread.wait()
