"""Signals by which a process is told to end, and who hears them.

Whoever has something to save hears them all: a person's Ctrl-C, a scheduler's or launcher's SIGTERM, and the SIGHUP of
a terminal that is closed. Some of them come more than once, or one right after the other: only Ctrl-C is a person who
means something by the second.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""What tells a process to end so that it can still save."""


@contextmanager
def heard(answer: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Have `answer(number, frame)` called, in the main thread, for each of `STOPS` while the block runs.

    Not in the main thread (a test, another program) they are somebody else's business, and nothing is changed. Neither
    is a SIGHUP that whoever started the process wants unheard, as `nohup` does.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, answer) for number in STOPS if not _unheard(number)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _unheard(number: signal.Signals) -> bool:
    return number.name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN
