"""The axes of the decoder's metric that a plane waits for, found in a job: plain functions without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.local_axes import axes_at

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


@dataclass(frozen=True, eq=False)
class AxesWanted:
    """A plane cannot be laid out yet: of a run the axes around a code (D,), decoded as class `y`, are to be found."""

    run: Trained
    z: Array
    y: int | None


def find_metric(wanted: AxesWanted, emit: Report, stop: StopToken) -> Refused | None:
    """A job: find them, so that whoever asks for them now has them at once; or why there are none."""
    try:
        axes_at(wanted.run.frame, "metric", wanted.z, wanted.y, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)
    return None
