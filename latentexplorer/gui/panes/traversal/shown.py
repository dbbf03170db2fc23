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
    """

    run: Trained
    dimensions: Dimensions | None = None

    @property
    def order(self) -> list[int]:
        """The dimensions, the ones that matter most first."""
        return [] if self.dimensions is None else [int(at) for at in self.dimensions.importance.order]
