"""What is asked of two runs in a duel. Plain functions without Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.workers import run_tasks
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.run_tasks import Compared
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.duel import Result
    from latentexplorer.views.duel_plane import Plane
    from latentexplorer.views.duel_strips import SameImage


def compare(
    known: Mapping[Path, Trained], paths: Sequence[Path], settings: Settings, emit: Report, stop: StopToken
) -> Compared:
    """The first two of some runs beside each other; images of other sets are read to tell which are in both."""
    from latentexplorer.runs.trained import Trained
    from latentexplorer.views.compared import same_images
    from latentexplorer.views.duel import duel
    from latentexplorer.views.registry import settings_of

    opened = run_tasks.opened(known, paths, True, emit, stop)
    if len(opened.paths) < 2:
        return opened
    runs = dict(opened.runs)
    first, second = opened.paths[:2]
    try:
        if not same_images(runs[first], runs[second]):
            for path in (first, second):
                if runs[path].data is None and path not in opened.lacking:
                    runs[path] = Trained.load(path, emit=emit, stop=stop)
        usual = {name: value for name, value in settings.items() if name not in ("start", "end", "third")}
        found = duel(runs[first], runs[second], settings_of("duel", usual), emit=emit, stop=stop)
    except LatentExplorerError as error:
        return replace(opened, runs=runs, result=Refused.of(error))
    opened = replace(opened, runs=runs, result=found.comparison, duel=found)
    if usual != settings:
        restrung = restring(opened, settings, emit, stop)
        if not isinstance(restrung, Refused):
            return replace(opened, duel=restrung)
        # One anchor that only one of them knows is no reason to show nothing.
        found = replace(found, notes=(*found.notes, f"{restrung.what}: the path goes between two others"))
        return replace(opened, result=found.comparison, duel=found)
    return opened


def restring(compared: Compared, settings: Settings, emit: Report, stop: StopToken) -> Result | Refused:
    """The same duel with another path."""
    from latentexplorer.views.duel import restrung
    from latentexplorer.views.registry import settings_of

    assert compared.duel is not None
    first, second = (compared.runs[path] for path in compared.paths[:2])
    try:
        return restrung(compared.duel, first, second, settings_of("duel", settings), emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def same(found: Result, row: int, emit: Report, stop: StopToken) -> SameImage:
    """An image through both models."""
    from latentexplorer.views.duel_strips import same_image

    return same_image(found.pairs, row, emit=emit, stop=stop)


def plane(compared: Compared, row: int, emit: Report, stop: StopToken) -> Plane | None:
    """The plane through the path of a duel and the image of a row; None where that is one of its ends."""
    from latentexplorer.views.duel_plane import plane_of
    from latentexplorer.views.duel_strips import end_at

    found = compared.duel
    assert found is not None
    first, second = (compared.runs[path] for path in compared.paths[:2])
    n = found.plane.images[0].shape[0] if found.plane is not None else 5
    return plane_of(first, second, found.ends, end_at(found.pairs, row), n, emit=emit, stop=stop)
