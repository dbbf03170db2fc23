"""Memory that is free: Python's search for garbage, put off for a while, and what is given back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ARENAS, _ARENA_MAX = 2, -8
"""Places from which memory is taken, and how the C library of Linux calls their number."""


def in_few_places() -> None:
    """Have all threads take memory from few places. To be called before there are any threads.

    By itself the C library of Linux has eight places a core, and never gives back what is free at the end of each, up
    to 64 MB: after ten thousand random events that was a third of what the window held.
    """
    if sys.platform == "linux":
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        # Other C libraries have none.
        if option is not None:
            option(_ARENA_MAX, ARENAS)


@contextmanager
def collected_later() -> Iterator[None]:
    """No search for garbage meanwhile: among a hundred thousand files each would go through what the last one did.

    What nobody holds goes at once all the same; only circles wait. Where somebody else searches by their own clock, as
    the window does, nothing changes.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def give_back() -> None:
    """Give memory that is free to the system where that does not happen by itself.

    The C library of Linux keeps, for each of several threads, what once was full: after some twenty runs that was a
    third of all that the window held. It takes some ten milliseconds: between two pieces of work, not in one.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        # Other C libraries have none.
        if trim is not None:
            trim(0)
