"""Large packages that are imported when they are first needed, which may be on several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE = threading.RLock()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Import inside what several threads may import for the first time.

    Where two threads import packages that import each other (scikit-learn, scipy, torch's compiler), Python lets one of
    them see a module that is not finished rather than have both wait for ever: the import then fails.
    """
    with _ONE:
        yield
