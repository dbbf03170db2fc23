"""How long work is asked to stop: a token, passed down, polled often."""

from __future__ import annotations

import threading

from latentexplorer.core.errors import Stopped


class StopToken:
    """Set once by whoever wants the work to end; read by the work. Safe across threads.

    Work polls it once per training batch, per 25 projection steps, per decoded tile.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Ask the work to stop as soon as it can."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Stopped` if somebody has asked."""
        if self._event.is_set():
            raise Stopped

    def wait(self, timeout_s: float) -> bool:
        """Sleep until asked to stop or until `timeout_s` seconds have passed; says whether it was asked."""
        return self._event.wait(timeout_s)


NEVER = StopToken()
"""A token nobody sets, for work that is never stopped from outside."""
