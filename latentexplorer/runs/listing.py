"""All runs of a folder as a table; a damaged one is a row that says so."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError, Stopped
from latentexplorer.core.measures import evaluated
from latentexplorer.core.paths import runs_dir
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.location import gone
from latentexplorer.runs.sweep_folder import is_sweep

Stamp = tuple[tuple[int, int], ...]
"""Time and size of each of `WATCHED`."""
WATCHED = ("config.json", "history.csv", "status.json", "environment.json", "metrics.json", "located.json")
"""Files that a row is made of."""


@dataclass(frozen=True)
class RunSummary:
    """A run in a table.

    Attributes
    ----------
    path : Path
    name : str
    family, data : str
        Names from the configuration; "" where that is damaged.
    epochs : int
        Epochs done.
    epochs_asked : int
    loss, test_loss : float
        Of the last epoch, nats per image; NaN where unknown.
    status : str
        One of `folder.STATUSES`, or "damaged".
    modified : float
        Seconds since 1970.
    error : str
        What is wrong with a damaged run, one line.
    config : RunConfig or None
    last : dict of str to float
        The last row of its history, see `core.history.COLUMNS`; empty before the first epoch.
    image_shape : (C, H, W) or None
        Of its images, where that is known.
    gone : str
        Which places of its images are not there, one line; "" where they are.
    metrics : dict of str to float
        What `evaluate` found of the held-out images.
    stamp : Stamp
        Of the files it was read from.
    """

    path: Path
    name: str
    family: str = ""
    data: str = ""
    epochs: int = 0
    epochs_asked: int = 0
    loss: float = math.nan
    test_loss: float = math.nan
    status: str = "damaged"
    modified: float = 0.0
    error: str = ""
    config: RunConfig | None = None
    last: dict[str, float] = field(default_factory=dict)
    image_shape: tuple[int, int, int] | None = None
    gone: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    stamp: Stamp = ()


def list_runs(folder: Path | None = None, stop: StopToken = NEVER) -> list[RunSummary]:
    """The runs in a folder (by default the runs folder), the last changed first. Never raises for a damaged run."""
    return sorted(iter_runs(folder, stop=stop), key=lambda run: run.modified, reverse=True)


def iter_runs(
    folder: Path | None = None, known: Mapping[Path, RunSummary] | None = None, stop: StopToken = NEVER
) -> Iterator[RunSummary]:
    """The same one after another, as they are read.

    Parameters
    ----------
    known : mapping of Path to RunSummary, or None
        Rows from before: who has not changed since is not read again.

    Raises
    ------
    Stopped
    """
    folder, known = folder or runs_dir(), known or {}
    for path in _runs_in(folder):
        stop.check()
        before = known.get(path)
        # Whether somebody trains it, no file tells: it is held, or is not held any more.
        if before is not None and before.status != "training" and before.stamp == _stamp(path):
            yield _looked_for(before)
        else:
            yield summarise(path, stop)


def _runs_in(folder: Path) -> list[Path]:
    """The folders of runs in it, and in the sweeps in it."""
    try:
        found = sorted(folder.iterdir())
        runs = [path for path in found if _is_run(path)]
    except OSError:
        return []
    for path in found:
        with contextlib.suppress(OSError):
            if is_sweep(path):
                runs += sorted(each for each in path.iterdir() if _is_run(each))
    return runs


def _is_run(path: Path) -> bool:
    """Whether it is a folder with settings in it, whatever they are; also one that may not be looked into."""
    try:
        # A link may lead nowhere: the run is damaged, but it is one.
        return path.is_dir() and ((path / "config.json").is_symlink() or (path / "config.json").exists())
    except OSError:
        return True


def _stamp(path: Path) -> Stamp:
    found = []
    for name in WATCHED:
        try:
            state = (path / name).stat()
            found.append((state.st_mtime_ns, state.st_size))
        except OSError:
            found.append((0, -1))
    return tuple(found)


def summarise(path: Path, stop: StopToken = NEVER) -> RunSummary:
    """One row of the table."""
    stamp = _stamp(path)
    try:
        return _summary(RunFolder.open(path), stamp, stop)
    except Stopped:
        raise
    except LatentExplorerError as problem:
        return RunSummary(path, path.name, error=str(problem), modified=_written(stamp), stamp=stamp)
    except Exception as problem:  # noqa: BLE001  one run that nobody thought of must not hide all others
        reason = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        said = f"{path.name} cannot be read ({reason}). Look into its folder"
        return RunSummary(path, path.name, error=said, modified=_written(stamp), stamp=stamp)


def _written(stamp: Stamp) -> float:
    return max(time for time, _ in stamp) / 1e9


def _looked_for(run: RunSummary) -> RunSummary:
    """A row from before; its images may have gone or come back since."""
    if run.config is None:
        return run
    now = gone(RunFolder(run.path, run.config), run.config.data)
    return run if now == run.gone else replace(run, gone=now)


def _summary(run: RunFolder, stamp: Stamp, stop: StopToken) -> RunSummary:
    config = run.config
    metrics: dict[str, float] = {}
    try:
        history, status = run.read_history(stop), run.status
        last = history.rows[-1] if len(history) else {}
        error = run.message if status == "failed" else ""
    except LatentExplorerError as problem:
        last, status, error = {}, "damaged", str(problem)
    with contextlib.suppress(LatentExplorerError):
        found = evaluated(run.metrics).get("test")
        numbers = found.items() if isinstance(found, dict) else ()
        metrics = {name: float(value) for name, value in numbers if isinstance(value, int | float)}
    return RunSummary(
        path=run.path,
        name=run.name,
        family=config.model.family,
        data=config.data.name,
        epochs=int(last.get("epoch", 0)),
        epochs_asked=config.training.epochs,
        loss=last.get("train_loss", math.nan),
        test_loss=last.get("test_loss", math.nan),
        status=status,
        modified=run.modified,
        error=error,
        config=config,
        last=dict(last),
        image_shape=run.image_shape,
        gone=gone(run, config.data),
        metrics=metrics,
        stamp=stamp,
    )
