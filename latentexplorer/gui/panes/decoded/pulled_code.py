"""A code that is changed by pulling its bars, one after another."""

from __future__ import annotations

from latentexplorer.views.code import Code


class PulledCode:
    """Makes the codes, and remembers what the one before the first pull was, so that they still say so."""

    def __init__(self) -> None:
        self._last: Code | None = None
        self._origin = ""

    def pull(self, code: Code, dimension: int, value: float) -> Code:
        """`code` with one dimension changed. `current` follows with what has become current."""
        if code is not self._last:
            self._origin = code.how
        z = code.z.copy()
        z[dimension] = value
        change = f"z{dimension} = {value:.3g}"
        return Code(z, code.y, how=f"{change}, from {self._origin}" if self._origin else change)

    def current(self, code: Code | None) -> None:
        """What was made has become current, as this code: the next pull goes on from it."""
        self._last = code
