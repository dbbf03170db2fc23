"""All runs of a folder as a table; a damaged one is a row that says so."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.paths import runs_dir
from latentexplorer.runs.folder import RunFolder


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


def list_runs(folder: Path | None = None) -> list[RunSummary]:
    """The runs in a folder (by default the runs folder), the last changed first. Never raises for a damaged run."""
    folder = folder or runs_dir()
    try:
        paths = [path for path in folder.iterdir() if _is_run(path)]
    except OSError:
        return []
    return sorted((summarise(path) for path in paths), key=lambda run: run.modified, reverse=True)


def _is_run(path: Path) -> bool:
    """Whether it is a folder with settings in it, whatever they are; also one that may not be looked into."""
    try:
        # A link may lead nowhere: the run is damaged, but it is one.
        return path.is_dir() and ((path / "config.json").is_symlink() or (path / "config.json").exists())
    except OSError:
        return True


def summarise(path: Path) -> RunSummary:
    """One row of the table."""
    try:
        return _summary(RunFolder.open(path))
    except LatentExplorerError as problem:
        return RunSummary(path, path.name, error=str(problem))
    except Exception as problem:  # noqa: BLE001  one run that nobody thought of must not hide all others
        reason = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        return RunSummary(path, path.name, error=f"{path.name} cannot be read ({reason}). Look into its folder")


def _summary(run: RunFolder) -> RunSummary:
    config = run.config
    try:
        history, status = run.history, run.status
        last = history.rows[-1] if len(history) else {}
        error = run.message if status == "failed" else ""
    except LatentExplorerError as problem:
        last, status, error = {}, "damaged", str(problem)
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
    )
