"""The code that directions move, and how far it is moved along each."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from latentexplorer.views.base import Array
from latentexplorer.views.code import Code
from latentexplorer.views.ranges import brief


class Along:
    """A code that came from elsewhere, and amounts of directions that are added to it.

    Attributes
    ----------
    base : Code or None
        The last code that came from elsewhere.
    amounts : dict of str to float
        How far it is moved along each direction that moved it.
    """

    def __init__(self) -> None:
        self.base: Code | None = None
        self.amounts: dict[str, float] = {}
        self._made: WeakKeyDictionary[Code, tuple[Code, dict[str, float]]] = WeakKeyDictionary()

    def follow(self, code: Code, steps: Mapping[str, Array]) -> None:
        """A code has become current: one that was moved here, as after undoing, or one that comes from elsewhere."""
        base, amounts = self._made.get(code, (code, {}))
        # Of a direction that is gone or has another name nothing can be taken back.
        known = all(name in steps for name, by in amounts.items() if by)
        self.base, self.amounts = (base, dict(amounts)) if known else (code, {})

    def rebase(self, code: Code | None) -> None:
        """The code as it is now is where sliders start."""
        self.base, self.amounts = code, {}

    def moved(self, name: str, amount: float, steps: Mapping[str, Array]) -> Code | None:
        """The code moved so far along a direction; the base itself where nothing moves it any more."""
        base = self.base
        if base is None or name not in steps or steps[name].size != base.z.size:
            return None
        self.amounts[name] = amount
        used = {each: by for each, by in self.amounts.items() if by and each in steps}
        if not used:
            return base
        z = base.z + sum(by * steps[each] for each, by in used.items())
        words = ", ".join(f"{each} {'+' if by > 0 else ''}{brief(by)}" for each, by in used.items())
        code = Code(np.asarray(z, np.float32), base.y, how=f"{words}, from {base.how}" if base.how else words)
        self._made[code] = (base, dict(self.amounts))
        return code
