"""What the map asks of the window's threads about the ways back from its places to codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, Stopped
from latentexplorer.core.events import Notice
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.latent.inverse_maps import InverseMap
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result


def measure(run: Trained, result: Result, emit: Report, stop: StopToken) -> InverseMap | Refused:
    """Work: the ways back from a map, fitted, measured and kept with the run; or why they cannot be."""
    from latentexplorer.views.map_inverse import keep, measured

    try:
        found = measured(run, result.projection, result.part, emit=emit, stop=stop)
        if why := keep(run, found):
            emit(Notice(f"What was measured on the map is not kept with the run: {why}"))
        return found
    except Stopped:
        raise
    except LatentExplorerError as error:
        return Refused.of(error)
