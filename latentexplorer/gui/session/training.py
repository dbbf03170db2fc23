"""The training that this window does: start, pause, resume, stop, and what is changed while it goes on."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import EpochDone, Notice, Progress, SnapshotTaken, TrainingProgress
from latentexplorer.core.paths import is_file
from latentexplorer.gui.session.batch_losses import BatchLosses
from latentexplorer.gui.session.epochs import Epochs
from latentexplorer.gui.session.run_watcher import RunWatcher
from latentexplorer.gui.session.training_stage import (
    IDLE,
    LOADING,
    PAUSED,
    STOPPING,
    TRAINING,
    Stage,
    stage_of,
)
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Job, Work
from latentexplorer.gui.workers.job_thread import JobThread
from latentexplorer.gui.workers.torch_threads import cores

if TYPE_CHECKING:
    from latentexplorer.core.history import History
    from latentexplorer.data import DataSplit
    from latentexplorer.runs import Trained
    from latentexplorer.training.controls import Controls

__all__ = ["IDLE", "LOADING", "PAUSED", "STOPPING", "TRAINING", "Training", "opens"]

TELL_EVERY_S = 0.45
"""How far a training is changes what is drawn in many places: twice a second is life enough."""
TRAIN, RESUME, STOP = "train", "resume", "stop"
"""What there is to do next; names of actions."""


class Training(QObject):
    """One training at a time, on a thread of its own.

    Parameters
    ----------
    epochs : Epochs
        Knows the open run as it is, which is what is gone on with.
    watcher : RunWatcher
        Knows whether somebody else trains it.

    Attributes
    ----------
    state : "idle", "loading", "training", "paused" or "stopping"
    draft : RunConfig or None
        What the Train button will start; None while the form holds wrong values.
    new : bool
        Whether what trains is a new run; else the open one is gone on with.
    losses : BatchLosses
        The loss inside the epochs of this training, or of the last one.

    Signals
    -------
    state_changed : (state)
    draft_changed : ()
    began : (TrainingReady)
        Its data is loaded, its folder is there.
    progress : (TrainingProgress or Progress)
    epoch_done : (row of the history)
    snapshot_taken : (Snapshot)
    live_changed : (key, value)
        A setting is another one from the next step on.
    message : (level, text)
    trained : (Trained)
        It has ended well; `state` is idle.
    failed : (Failure)
    ending : ()
        It has ended, one way or another; `path` and `config` are forgotten afterwards.
    """

    state_changed = Signal(str)
    draft_changed = Signal()
    began = Signal(object)
    progress = Signal(object)
    epoch_done = Signal(object)
    snapshot_taken = Signal(object)
    live_changed = Signal(str, float)
    message = Signal(str, str)
    trained = Signal(object)
    failed = Signal(object)
    ending = Signal()

    def __init__(self, epochs: Epochs, watcher: RunWatcher, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._epochs, self._watcher = epochs, watcher
        self._thread = JobThread("training", self, behind=True)
        self._job: Job | None = None
        self._ready: tasks.TrainingReady | None = None
        self._asked: RunConfig | None = None
        self._progress: TrainingProgress | None = None
        self._doing: Progress | None = None
        self._told_s = 0.0
        self.losses = BatchLosses()
        self.new = False
        self.state = IDLE
        self.draft: RunConfig | None = RunConfig()
        self._settled: RunConfig | None = self.draft

    # -- what there is ---------------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a run is being trained (or loaded for it, or paused)."""
        return self.state != IDLE

    @property
    def stage(self) -> Stage:
        """What it does just now."""
        return stage_of(self.state, self._progress, self._doing)

    @property
    def ready(self) -> tasks.TrainingReady | None:
        """Folder, settings, data and controls of the training under way, as soon as they are there."""
        return self._ready

    @property
    def path(self) -> Path | None:
        """Folder of the run that trains."""
        return self._ready.path if self._ready is not None else None

    @property
    def config(self) -> RunConfig | None:
        """Settings that the training under way began with."""
        return self._ready.config if self._ready is not None else None

    @property
    def controls(self) -> Controls | None:
        """The trainer's controls, while it trains."""
        return self._ready.controls if self._ready is not None else None

    @property
    def unfinished(self) -> bool:
        """Whether the open run can be gone on with: it has epochs left, and nobody else trains it."""
        run = self._epochs.latest
        if run is None or run.path is None or not run.config.model.kind.gradient or self._watcher.training:
            return False
        return bool(run.epoch < run.config.training.epochs) and not stopped_early(run.config, run.history)

    @property
    def next(self) -> str:
        """What the one large button does: "stop" what trains, "resume" the open run, or "train" a new one.

        A run that was stopped is gone on with, until somebody chooses the settings of another one.
        """
        if self.active:
            return STOP
        return RESUME if self.unfinished and self.draft == self._settled else TRAIN

    def set_draft(self, config: RunConfig | None) -> None:
        """What Train will start; None while the form holds wrong values."""
        if config != self.draft:
            self.draft = config
            self.draft_changed.emit()

    def choose(self, config: RunConfig) -> None:
        """Make settings those of the next run, by a person's choice: also where they are the ones there were."""
        self.draft, self._settled = config, None
        self.draft_changed.emit()

    @Slot()
    def settle(self) -> None:
        """The settings of the next run, as they are, are not what somebody is busy with: a run was opened or ends."""
        self._settled = self.draft
        self.draft_changed.emit()

    # -- starting --------------------------------------------------------------------------------------------------

    def start(
        self, config: RunConfig | None = None, one_epoch: bool = False, known: DataSplit | None = None
    ) -> Job | None:
        """Train a new run; None if there is nothing to start or something trains already.

        Parameters
        ----------
        known : DataSplit or None
            Its images, where they have been read already.
        """
        config = config or self.draft
        if config is None:
            self.message.emit("warning", "Some settings are wrong: they are marked in the Training pane")
            return None
        job = self._start(tasks.run_name(config), partial(tasks.train, config, one_epoch, known), new=True)
        self._asked = config if job is not None else self._asked
        return job

    def start_with(self, change: str) -> Job | None:
        """Start once more what was started last, with a setting `KEY=VALUE` that was in the way of it."""
        if self._asked is None:
            return None
        config = self._asked.updated([change])
        self.set_draft(config)
        return self.start(config)

    def resume(self) -> Job | None:
        """Go on with the open run, which was stopped."""
        return self._resume(more_epochs=0, one_epoch=False)

    def train_more(self, epochs: int) -> Job | None:
        """Train the open run for so many epochs from where it is, whatever it was planned for."""
        return self._resume(more_epochs=epochs, one_epoch=False)

    def _resume(self, more_epochs: int, one_epoch: bool) -> Job | None:
        run = self._epochs.latest
        if run is None or run.path is None:
            return None
        epochs = run.epoch + more_epochs if more_epochs else None
        return self._start(run.name, partial(tasks.resume, run.path, epochs, run.data, one_epoch))

    def _start(self, name: str, work: Work, *, new: bool = False) -> Job | None:
        self._epochs.end()
        job = Job(f"Training {name}", work, parent=self)
        job.reported.connect(self._on_event)
        job.succeeded.connect(self._on_succeeded)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_finished)
        if not self._thread.start(job):
            job.deleteLater()
            self.message.emit("warning", "A run is being trained; stop it first")
            return None
        self._job, self.new = job, new
        self._progress = self._doing = None
        self.losses.clear()
        self._set_state(LOADING)
        return job

    # -- while it goes on ------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Hold the training at the next step."""
        if self.state == TRAINING and self.controls is not None:
            self.controls.pause()
            self._set_state(PAUSED)

    def unpause(self) -> None:
        """Let it go on."""
        if self.state == PAUSED and self.controls is not None:
            self.controls.unpause()
            self._set_state(TRAINING)

    def step_epoch(self) -> None:
        """Train one epoch, then pause: of what trains, else of what is trained `next`."""
        if self.state in (TRAINING, PAUSED) and self.controls is not None:
            self.controls.step_epoch()
            self._set_state(TRAINING)
        elif self.next == RESUME:
            self._resume(more_epochs=0, one_epoch=True)
        elif self.next == TRAIN:
            self.start(one_epoch=True)

    def stop(self) -> None:
        """Stop training; what was learned is saved."""
        if self._job is not None and self.state != STOPPING:
            self._job.stop()
            self._set_state(STOPPING)

    def set_live(self, key: str, value: float) -> str:
        """Change "training.lr", "training.code_lr" or "model.beta" while it trains; recorded in the run.

        Returns what is wrong with the value, "" where it was taken.
        """
        if self.controls is None:
            return "Nothing is being trained"
        try:
            self.controls.set(key, value)
        except LatentExplorerError as error:
            return str(error)
        self.live_changed.emit(key, value)
        return ""

    def shutdown(self) -> None:
        """Stop it and end the thread."""
        if self.controls is not None:
            self.controls.unpause()
        self._thread.shutdown()

    # -- what the trainer tells ------------------------------------------------------------------------------------

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            cores.training = state not in (IDLE, PAUSED)
            self.state_changed.emit(state)

    @Slot(object)
    def _on_event(self, event: object) -> None:
        if isinstance(event, tasks.TrainingReady):
            self._ready = event
            self.losses.path = event.path
            self.began.emit(event)
            if self.state == LOADING:
                self._set_state(TRAINING)
        elif isinstance(event, SnapshotTaken):
            self.snapshot_taken.emit(event.snapshot)
        elif isinstance(event, EpochDone):
            self.epoch_done.emit(event.row)
            if self.controls is not None and self.controls.paused and self.state == TRAINING:
                self._set_state(PAUSED)
        elif isinstance(event, TrainingProgress):
            fresh = self._progress is None or self._doing is not None
            self._progress, self._doing = event, None
            self.losses.add(event.fraction * event.epochs, event.loss)
            self._tell(event, fresh)
        elif isinstance(event, Progress):
            fresh = self._progress is None or self._doing is None or self._doing.what != event.what
            self._doing = event
            self._tell(event, fresh)
        elif isinstance(event, Notice):
            self.message.emit(event.level, event.text)

    def _tell(self, event: Progress | TrainingProgress, fresh: bool) -> None:
        """At once where something else is done than before; else so often as somebody can read it."""
        now_s = time.monotonic()
        if fresh or now_s - self._told_s >= TELL_EVERY_S:
            self._told_s = now_s
            self.progress.emit(event)

    @Slot(object)
    def _on_succeeded(self, run: Trained) -> None:
        self._set_state(IDLE)
        self.trained.emit(run)

    @Slot()
    def _on_finished(self) -> None:
        self.ending.emit()
        job, self._job = self._job, None
        if job is not None:
            job.deleteLater()
        self._ready = None
        self.settle()
        self._set_state(IDLE)


def stopped_early(config: RunConfig, history: History) -> bool:
    """Whether the held-out loss has not got better for as long as early stopping allows: then a run is finished."""
    patience = config.training.early_stopping
    best, worse = math.inf, 0
    for row in history if patience else ():
        loss = row.get("test_loss", math.nan)
        # As the trainer does: a loss whose KL weight still grows is not compared.
        if row["epoch"] >= config.model.kl_warmup and not math.isnan(loss):
            best, worse = (loss, 0) if loss < best else (best, worse + 1)
    return bool(patience) and worse >= patience


def opens(path: Path) -> bool:
    """Whether a run that failed left something to look at, and to go on from."""
    kept = ("model.safetensors", "checkpoint/state.safetensors")
    return any(is_file(path / name) for name in kept)
