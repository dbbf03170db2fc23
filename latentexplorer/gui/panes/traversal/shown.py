"""The state of a run that the rows of a traversal show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.traversal import Dimensions


@dataclass(frozen=True, eq=False)
class Shown:
    """The state of the run that the rows show.

    Attributes
    ----------
    run : Trained
        Decodes the strips; the code that is shown fits it.
    dimensions : Dimensions or None
        Measured on this state or, while that is under way, on the one before; None until it was measured once.
    first : tuple of int
        Dimensions that somebody has chosen, which stand above the others.
    why : str
        What these have in common.
    """

    run: Trained
    dimensions: Dimensions | None = None
    first: tuple[int, ...] = ()
    why: str = ""

    @property
    def order(self) -> list[int]:
        """The dimensions: those that were chosen, then the ones that matter most."""
        if self.dimensions is None:
            return []
        others = [at for at in self.dimensions.importance.order.tolist() if at not in self.first]
        return [*self.first, *others]

    @property
    def order_words(self) -> str:
        """`sorted by KL`, `the 10 that change the image most, then by KL`."""
        measure = "" if self.dimensions is None else self.dimensions.importance.measure.split(",")[0]
        return f"the {len(self.first)} {self.why}, then by {measure}" if self.first else f"sorted by {measure}"
