"""What is done with runs that are not open: listed, compared, given their images. Plain functions without Qt."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError, LatentExplorerError
from latentexplorer.core.events import Progress
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Refused, count_text

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.listing import RunSummary
    from latentexplorer.views.compared import Result
    from latentexplorer.views.duel import Result as Duel

TELL_S = 0.2
"""What has been read is shown so often."""


@dataclass(frozen=True)
class Listed:
    """The runs that have been read so far."""

    runs: tuple[RunSummary, ...]


def list_runs(known: Mapping[Path, RunSummary], emit: Report, stop: StopToken) -> list[RunSummary]:
    """The rows of the runs folder; those read so far are reported again and again.

    Parameters
    ----------
    known : mapping
        The rows from before: who has not changed since is not read again.
    """
    from latentexplorer.runs.listing import iter_runs

    found: list[RunSummary] = []
    told_s = time.monotonic()
    for run in iter_runs(known=known, stop=stop):
        found.append(run)
        if time.monotonic() - told_s > TELL_S:
            emit(Listed(tuple(found)))
            told_s = time.monotonic()
    return found


@dataclass(frozen=True)
class Compared:
    """Runs beside each other.

    Attributes
    ----------
    paths : tuple of Path
        Those that could be opened, as they were asked for.
    runs : dict of Path to Trained
        The same, to be compared again without opening them.
    unreadable : tuple of (str, str)
        Names of the others, and what is wrong with them.
    lacking : tuple of Path
        Those whose images are not where they were.
    result : Result or Refused
    duel : Result of a duel, or None
        Where one was asked for; `result` then holds its maps.
    """

    paths: tuple[Path, ...]
    runs: dict[Path, Trained]
    unreadable: tuple[tuple[str, str], ...]
    lacking: tuple[Path, ...]
    result: Result | Refused
    duel: Duel | None = None


def opened(
    known: Mapping[Path, Trained], paths: Sequence[Path], with_images: bool, emit: Report, stop: StopToken
) -> Compared:
    """Runs to be compared; who cannot be opened is left out and named.

    Parameters
    ----------
    with_images : bool
        Whether one of them has to come with its images: it has them for all.
    """
    from latentexplorer.runs.folder import RunFolder
    from latentexplorer.runs.location import gone
    from latentexplorer.runs.trained import Trained

    runs: dict[Path, Trained] = {}
    unreadable, lacking = [], []
    for number, path in enumerate(paths):
        stop.check()
        emit(Progress(number, len(paths), f"opening {path.name}"))
        try:
            folder = RunFolder.open(path)
            missing = gone(folder, folder.config.data)
            if missing:
                lacking.append(path)
            run = known.get(path)
            wanted = with_images and all(run.data is None for run in runs.values())
            if run is None or (wanted and run.data is None and not missing):
                run = Trained.load(path, with_data=wanted and not missing, emit=emit, stop=stop)
            if missing and run.data is None:
                run = replace(run, missing=f"{missing}. Say where they are now")
            runs[path] = run
        except LatentExplorerError as error:
            unreadable.append((path.name, str(error)))
    why = Refused(unreadable[0][1] if unreadable else "Fewer than two runs can be read", "Choose two that can be read")
    return Compared(tuple(runs), runs, tuple(unreadable), tuple(lacking), why)


@dataclass(frozen=True)
class Beside:
    """A run that can be set beside another one.

    Attributes
    ----------
    words : str
        Its model and how long it was trained.
    same : bool
        Whether it is of the same set of images, of the same size.
    """

    path: Path
    words: str
    same: bool


def beside(first: Path, emit: Report, stop: StopToken) -> list[Beside]:
    """The runs that can be set beside one: those of the same images first, the last changed first among them."""
    from latentexplorer.core.catalog import FAMILIES
    from latentexplorer.runs.listing import iter_runs, summarise

    def set_of(run: RunSummary) -> tuple[object, ...]:
        return (run.config.data.name, run.config.data.path, run.image_shape) if run.config is not None else ()

    own, found = set_of(summarise(first, stop)), []
    for run in iter_runs(stop=stop):
        if run.path != first and run.config is not None and run.status not in ("empty", "damaged"):
            epochs = f", {count_text(run.epochs, 'epoch')}" if run.config.model.kind.gradient else ""
            words = f"{FAMILIES[run.family].title}{epochs}"
            found.append((-run.modified, Beside(run.path, words, set_of(run) == own)))
    return [run for _, run in sorted(found, key=lambda each: (not each[1].same, each[0]))]


def compare(
    known: Mapping[Path, Trained], paths: Sequence[Path], settings: Settings, emit: Report, stop: StopToken
) -> Compared:
    """What the view `comparison` shows of runs; who cannot be opened is left out and named."""
    from latentexplorer.views.comparison import compare as compared
    from latentexplorer.views.registry import settings_of

    found = opened(known, paths, settings.get("show", "images") in ("images", "numbers"), emit, stop)
    if len(found.runs) < 2 and found.unreadable:
        return found
    try:
        runs = list(found.runs.values())
        return replace(found, result=compared(runs, settings_of("comparison", settings), emit=emit, stop=stop))
    except LatentExplorerError as error:
        return replace(found, result=Refused.of(error))


def locate(path: Path, places: dict[str, str], emit: Report, stop: StopToken) -> Path:
    """Find the images of a run that is not open where somebody says that they are; the run remembers it.

    Raises
    ------
    DataError
        Where they are not there, or others are.
    """
    from latentexplorer.runs.trained import Trained

    emit(Progress(0, 0, f"opening {path.name}"))
    run = Trained.load(path, places=places, emit=emit, stop=stop)
    if run.data is None:
        raise DataError(run.gone or f"The images of {run.name} are not there", "Choose where they are now")
    return path
