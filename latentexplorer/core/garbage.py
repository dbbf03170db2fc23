"""Python's search for garbage, put off while much is made that is none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
