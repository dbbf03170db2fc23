"""Where on a path a code lies that was chosen there, so that the slider stands there again when it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from latentexplorer.views.code import Code

Anchors = Mapping[str, Code | None]


class Places:
    """Remembers a place for each code, with the two ends that it lies between."""

    def __init__(self) -> None:
        self._places: WeakKeyDictionary[Code, tuple[float, Code | None, Code | None]] = WeakKeyDictionary()

    def remember(self, code: Code, percent: float, anchors: Anchors) -> None:
        """A code was chosen at a part of the path."""
        self._places[code] = percent, anchors["A"], anchors["B"]

    def percent_of(self, code: Code | None, anchors: Anchors) -> float | None:
        """Where a code lies between two ends, either way round; None where it was not chosen between them."""
        found = self._places.get(code) if code is not None else None
        if found is None:
            return None
        percent, first, last = found
        ends = anchors["A"], anchors["B"]
        if ends[0] is first and ends[1] is last:
            return percent
        return 100 - percent if ends[0] is last and ends[1] is first else None
