"""How true a map is, asked on the window's threads: plain functions without Qt; everything heavy is imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array, Refused

if TYPE_CHECKING:
    from latentexplorer.latent.preservation import Preservation
    from latentexplorer.views.map import Result
    from latentexplorer.views.map_distances import DistanceShades, Shaded


def shaded(shades: DistanceShades, codes: Array, row: int) -> Shaded:
    """A question: true distances from the codes (N, D) of a map to one of them, as shades."""
    return shades.to(codes, row)


def preservation(result: Result, queries: int | None, emit: Report, stop: StopToken) -> Preservation | Refused:
    """A job: how well a map keeps neighbours; `queries`: from how many points, None: as many as is usual."""
    from latentexplorer.latent.preservation import NEIGHBOURS
    from latentexplorer.views.map_preservation import measured

    try:
        return measured(result, NEIGHBOURS, queries=queries, emit=emit, stop=stop)
    except NotApplicableError as error:
        return Refused.of(error)
