"""Decision regions, asked on the window's threads: plain functions without Qt; everything heavy is imported inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.code_path import CodePath

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.judging import JudgedPath, Regions
    from latentexplorer.views.map import Result
    from latentexplorer.views.map_regions import Extent, MapRegions


def of_plane(
    run: Trained, codes: Array, label: int | None, classifier: str, emit: Report, stop: StopToken
) -> Regions | Refused:
    """A job: what codes (R, S, D) decode to; `classifier`: a file, "" for the one that is trained."""
    from latentexplorer.views.judging import judge_of, judged

    try:
        return judged(run, judge_of(run, classifier, emit=emit, stop=stop), codes, label, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def of_path(
    run: Trained, path: CodePath, steps: int, classifier: str, emit: Report, stop: StopToken
) -> JudgedPath | Refused:
    """A job: what a path of so many images decodes to, and where that changes."""
    from latentexplorer.views.judging import judge_of, judged_path

    try:
        return judged_path(run, judge_of(run, classifier, emit=emit, stop=stop), path, steps, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def of_map(
    run: Trained,
    made: Result,
    cells: int,
    shape: float,
    window: Extent | None,
    label: int | None,
    classifier: str,
    emit: Report,
    stop: StopToken,
) -> MapRegions | Refused:
    """A job: what the places of a map decode to, of all of it in a plot of this shape, or of a window."""
    from latentexplorer.views.judging import judge_of
    from latentexplorer.views.map_regions import regions_of_map

    try:
        judge = judge_of(run, classifier, emit=emit, stop=stop)
        return regions_of_map(
            run, made.projection, judge, cells, label, shape=shape, window=window, emit=emit, stop=stop
        )
    except LatentExplorerError as error:
        return Refused.of(error)
