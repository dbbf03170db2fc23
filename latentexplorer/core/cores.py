"""How many cores this process may use, and when all of them pay."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Cores this process may run on, at least 1; fewer where `OMP_NUM_THREADS` asks for fewer threads."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(there, int(asked))) if asked.isdigit() else there


class ThreadChoice:
    """Whether all threads do a piece of work sooner than one does: learned while such pieces are done.

    The threads of a piece wait for each other at every operation, awake. Beside a program that keeps the cores busy
    each wait is as long as the system lets that one run: two threads take 141 ms to decode 64 codes of a small
    convolutional VAE, one takes 12; where nothing else runs they take 8 and 10. So the quicker way is taken, and the
    other one tried now and then, at once where a piece takes longer than the last.

    Attributes
    ----------
    all_of_them : bool
        Whether the next piece is for all threads.
    """

    WORTH, SLOWER = 0.9, 1.5
    LEAST, MOST = 4, 64
    """Pieces between two trials, doubled while nothing changes."""

    def __init__(self) -> None:
        self.all_of_them = self._quicker = True
        self._code_s = {True: 0.0, False: 0.0}
        self._pause = self._left = self.LEAST

    def record(self, count: int, seconds: float) -> None:
        """A piece of so many codes took so long, done as was chosen."""
        chosen = self.all_of_them
        before, now = self._code_s[chosen], seconds / count
        self._code_s[chosen] = now
        if chosen != self._quicker:
            better = now < self.WORTH * self._code_s[self._quicker]
            self._quicker = chosen if better else self._quicker
            self._pause = self.LEAST if better else min(2 * self._pause, self.MOST)
            self._left = self._pause
        else:
            self._left = 0 if now > self.SLOWER * before > 0 else self._left - 1
        self.all_of_them = self._quicker if self._left > 0 else not self._quicker
