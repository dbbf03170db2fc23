"""The current code as sliders change it, and the code that resetting goes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from latentexplorer.views.code import Code, code_of_image, title_of
from latentexplorer.views.ranges import brief

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class BaseCode:
    """A code that is changed dimension by dimension, and its base: the last one that came from elsewhere.

    Attributes
    ----------
    code, base : Code or None
        Of equal size; both are there, or none.
    """

    def __init__(self) -> None:
        self.code: Code | None = None
        self.base: Code | None = None
        self._bases: WeakKeyDictionary[Code, Code] = WeakKeyDictionary()

    def is_image_of(self, code: Code) -> bool:
        """Whether `code` is that of the same image as the current one."""
        mine = self.code
        return mine is not None and mine.of_image and (mine.part, mine.index) == (code.part, code.index)

    def follow(self, run: Trained, code: Code) -> None:
        """A code has become current that came from elsewhere, or was changed here some steps ago."""
        self.base = self._base_of(run, code)
        self.code = code

    def change(self, code: Code) -> None:
        """What `with_value` made has become current."""
        self.code = code

    def rebase(self) -> None:
        """The code as it is now becomes what resetting goes back to."""
        self.base = self.code

    def with_value(self, dimension: int, value: float) -> Code | None:
        """The current code with one dimension changed; the base itself where that makes it whole again.

        None where there is none, or it has no such dimension.
        """
        if self.code is None or self.base is None or dimension >= self.code.z.size:
            return None
        z = self.code.z.copy()
        z[dimension] = value
        if np.array_equal(z, self.base.z) and self.code.y == self.base.y:
            return self.base
        origin = f"from {self.base.how}" if self.base.how else "changed"
        code = Code(z, self.code.y, how=f"z{dimension} = {brief(value)}, {origin}")
        self._bases[code] = self.base
        return code

    def _base_of(self, run: Trained, code: Code) -> Code:
        before, base = self.code, self._bases.get(code)
        if base is None and before is not None and self.base is not None and np.array_equal(before.z, code.z):
            # Another class, or the same code again after new weights.
            base = self.base if before.y == code.y else self.base.with_class(code.y)
        if base is None:
            return code
        known = code_of_image(run, base.part, base.index) if base.index is not None else None
        return known or base


def origin_of(run: Trained, base: Code) -> str:
    """What is traversed, in a few words: the code, and the class that it is decoded with where that is not its own."""
    title = title_of(run, base)
    other = base.y is not None and base.y != base.label and run.config.model.kind.conditional
    return f"{title} as class {run.class_names[base.y]}" if other and base.y is not None else title
