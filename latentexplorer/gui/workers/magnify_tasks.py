"""How much a decoder stretches, asked on the window's threads: plain functions; everything heavy is imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array, Refused

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained
    from latentexplorer.views.map_ground import Extent, Ground


def magnified(run: Trained, codes: Array, basis: Array, label: int | None, emit: Report, stop: StopToken) -> Array:
    """A job: log10 of how much a small area at codes (R, S, D) of a plane with a basis (2, D) grows, (R, S)."""
    from latentexplorer.views.magnified import magnified as measure

    return measure(run, codes, basis, label, emit=emit, stop=stop)


def ground(
    run: Trained, projection: Projection, y: int | None, extent: Extent, cells: int, emit: Report, stop: StopToken
) -> Ground | Refused:
    """A job: how much a part of a map is stretched where codes are decoded as class `y`, or why that means nothing."""
    from latentexplorer.views.map_ground import ground_of

    try:
        return ground_of(run, projection, y, extent, cells, emit=emit, stop=stop)
    except NotApplicableError as error:
        return Refused.of(error)
