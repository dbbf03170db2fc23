"""Memory that is free: Python's search for garbage, put off for a while, and what is given back to the system."""

from __future__ import annotations

import ctypes
import gc
import os
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


SHAPES, SHAPES_KEPT = 256, ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
"""Pieces of work that torch keeps prepared in each of two places, and how these are told. A step of the largest
convolutional preset, with the last, smaller batch and the held-out images, has 72."""


def keep_few_shapes(kept: int = SHAPES) -> None:
    """Have torch keep what it prepares for convolutions for so many shapes. To be called before torch is loaded.

    It does so for each size of a batch anew, up to 1,024 times in each place, and a window decodes batches of all
    sizes: 129 sizes through four small layers took 59 MB, with this 24 MB and no more. Nothing changes where a person
    has said how many.
    """
    for name in SHAPES_KEPT:
        os.environ.setdefault(name, str(kept))


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
