"""How much a decoder stretches, asked on the window's threads: plain functions; everything heavy is imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


def magnified(run: Trained, codes: Array, basis: Array, label: int | None, emit: Report, stop: StopToken) -> Array:
    """A job: log10 of how much a small area at codes (R, S, D) of a plane with a basis (2, D) grows, (R, S)."""
    from latentexplorer.views.magnified import magnified as measure

    return measure(run, codes, basis, label, emit=emit, stop=stop)
