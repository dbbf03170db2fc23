"""The path from one code to another: its codes, and the classes that they are decoded with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, title_of
from latentexplorer.views.ranges import brief

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

Method = Literal["lerp", "slerp"]
"""Straight, or along the sphere."""

AT_END = 1e-9
"""A place this near to an end of a path is that end: sums of small steps come back to nought but for rounding."""


@dataclass(frozen=True, eq=False)
class CodePath:
    """From one code to another.

    Attributes
    ----------
    first, last : Code
        Of D numbers each.
    method : "lerp" or "slerp"
    classes : (int, int) or None
        What the first and the second half are decoded with; None for a model that knows no classes.
    """

    first: Code
    last: Code
    method: Method
    classes: tuple[int, int] | None

    def codes_at(self, t: Array) -> Array:
        """Codes (n, D) at parts `t` (n,) of the path, 0..1; the ends exactly."""
        from latentexplorer.latent.interpolation import lerp, slerp

        return (lerp if self.method == "lerp" else slerp)(self.first.z, self.last.z, t)

    def classes_at(self, t: Array) -> Array | None:
        """Classes (n,) at parts `t` (n,) of the path, which change in the middle."""
        return None if self.classes is None else classes_along(t, *self.classes)

    def code_at(self, run: Trained, t: float) -> Code:
        """The code at a part of the path; at the ends the very ones it leads from and to."""
        y = None if self.classes is None else self.classes[0 if t < 0.5 else 1]
        if t <= AT_END or t >= 1 - AT_END:
            end = self.first if t <= AT_END else self.last
            return end if self.classes is None or end.y == y else end.with_class(y)
        how = f"{brief(100 * t)} % of the way from {title_of(run, self.first)} to {title_of(run, self.last)}"
        return Code(self.codes_at(np.array([t]))[0], y, how=how)


def classes_along(t: Array, first: int, last: int) -> Array:
    """The class `first` in the first half of a path, `last` from its middle on; int64 (n,) for parts `t` (n,)."""
    return np.where(t < 0.5, first, last).astype(np.int64)
