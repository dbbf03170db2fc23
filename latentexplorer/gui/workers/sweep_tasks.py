"""What threads do with sweeps: train one, read what it found, draw it. Plain functions without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Progress
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.torch_threads import cores
from latentexplorer.views.base import Refused

if TYPE_CHECKING:
    from latentexplorer.core.config import RunConfig
    from latentexplorer.core.sweeps import Combination
    from latentexplorer.views.sweep import Result


def begin(path: Path, base: RunConfig, asked: tuple[Combination, ...], emit: Report, stop: StopToken) -> Path:
    """Make the folder of a sweep; its path."""
    from latentexplorer.runs.sweep_folder import SweepFolder

    return SweepFolder.begin(path, base, asked).path


def train(path: Path, emit: Report, stop: StopToken) -> dict[str, str]:
    """Train what is not trained yet of a sweep; names of runs that could not be, and why."""
    from latentexplorer.runs.sweep_folder import SweepFolder
    from latentexplorer.training.sweeping import run_sweep

    cores.take(sharing=False)
    return run_sweep(SweepFolder.open(path), emit=emit, stop=stop)


@dataclass(frozen=True)
class Read:
    """The sweeps of the runs folder, and what one of them found by now.

    Attributes
    ----------
    paths : tuple of Path
        The newest first.
    path : Path or None
        Which one was read.
    result : Result, Refused or None
        None where there is no sweep.
    """

    paths: tuple[Path, ...]
    path: Path | None
    result: Result | Refused | None


def read(path: Path | None, problems: dict[str, str], emit: Report, stop: StopToken) -> Read:
    """Read a sweep; without a `path` the newest there is."""
    from latentexplorer.core.paths import runs_dir
    from latentexplorer.runs.sweep_folder import SweepFolder, list_sweeps
    from latentexplorer.views.sweep import compute

    paths = list_sweeps(runs_dir())
    if path is None:
        if not paths:
            return Read((), None, None)
        path = paths[0]
    elif path not in paths:
        paths = [path, *paths]
    emit(Progress(0, 0, f"reading {path.name}"))
    try:
        result: Result | Refused = compute(SweepFolder.open(path), problems=problems, stop=stop)
    except LatentExplorerError as error:
        result = Refused.of(error)
    return Read(tuple(paths), path, result)


def export(
    result: Result, path: Path, dpi: int, size: tuple[float, float] | None, emit: Report, stop: StopToken
) -> Path:
    """Draw a sweep into a file."""
    from latentexplorer.figures.sweep import export as drawn

    return drawn(result, path, dpi=dpi, size=size)


def picture(result: Result, dpi: int, emit: Report, stop: StopToken) -> bytes:
    """Draw a sweep as a PNG."""
    from latentexplorer.figures.files import to_png
    from latentexplorer.figures.sweep import figure_of

    return to_png(figure_of(result), None, dpi)
