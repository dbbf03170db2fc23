"""A sweep: its runs are trained one after the other, each as if it had been trained alone."""

from __future__ import annotations

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig, RunConfig
from latentexplorer.core.differences import NOT_COMPARED
from latentexplorer.core.errors import LatentExplorerError, RunError, Stopped
from latentexplorer.core.events import Emit, Notice, SweepRunBegan, SweepRunEnded, ignore
from latentexplorer.data import DataSplit, load_data
from latentexplorer.runs import RunFolder
from latentexplorer.runs.sweep_folder import SweepFolder, SweepRun
from latentexplorer.training.trainer import train


def run_sweep(sweep: SweepFolder, *, emit: Emit = ignore, stop: StopToken = NEVER) -> dict[str, str]:
    """Train what is not trained yet: finished runs are left alone, others go on from where they are.

    Parameters
    ----------
    emit : callable
        Hears `SweepRunBegan` and `SweepRunEnded`, and what each training tells in between.
    stop : StopToken
        The run under way is saved; the next call goes on with it.

    Returns
    -------
    dict of str to str
        Names of the runs that could not be trained, and why; the others were trained all the same.

    Raises
    ------
    RunError
        If another process trains this sweep.
    Stopped
    """
    images = _Images()
    problems: dict[str, str] = {}
    with sweep.training():
        for number, run in enumerate(sweep.runs, start=1):
            stop.check()
            try:
                _train(sweep, run, SweepRunBegan(number, len(sweep.runs), run.name), images, emit, stop)
            except Stopped:
                raise
            except LatentExplorerError as error:
                problems[run.name] = str(error)
                emit(SweepRunEnded(run.name, str(error)))
    return problems


class _Images:
    """The images of the run before: most sweeps read theirs once."""

    def __init__(self) -> None:
        self._of: DataConfig | None = None
        self._read: DataSplit | None = None
        self._said: set[str] = set()

    def of(self, config: DataConfig, emit: Emit, stop: StopToken) -> DataSplit:
        """The images that settings ask for; what was done to them is said once."""
        if self._read is None or self._of != config:
            self._of = self._read = None
            self._read = load_data(config, emit=emit, stop=stop)
            self._of = config
            for note in self._read.notes:
                if note not in self._said:
                    emit(Notice(f"data: {note}"))
            self._said.update(self._read.notes)
        return self._read


def _train(
    sweep: SweepFolder, run: SweepRun, began: SweepRunBegan, images: _Images, emit: Emit, stop: StopToken
) -> None:
    """Train one run, or what is left of it."""
    path = sweep.run_path(run)
    resume = (path / "config.json").exists()
    if resume:
        folder = RunFolder.open(path)
        check_same(folder, run.config)
        if folder.status == "finished":
            return
        if folder.status == "training":
            raise RunError(f"{run.name} is being trained by another process", "Wait for it, or stop it there")
    emit(began)
    data = images.of(run.config.data, emit, stop)
    if not resume:
        folder = RunFolder.create(path, run.config)
    train(folder, data, emit=emit, stop=stop, resume=resume)
    # What was stopped has been saved.
    stop.check()
    emit(SweepRunEnded(run.name))


def check_same(folder: RunFolder, config: RunConfig) -> None:
    """Refuse a folder in which a run of other settings lies by now."""
    had, has = folder.config.settings(), config.settings()
    changed = [f"{key} {had[key]}, asked for {has[key]}" for key in has if had[key] != has[key]]
    changed = [text for text in changed if text.partition(" ")[0] not in NOT_COMPARED]
    if changed:
        raise RunError(
            f"{folder.name} has other settings by now ({'; '.join(changed[:3])})",
            "Move it out of the sweep's folder to have it trained anew",
        )
