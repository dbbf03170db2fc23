"""The one state of the window, in parts with one subject each: what panes show, and whom they ask.

Panes ask the session's parts and draw what they say; they never call each other and hold no model. A part emits, the
session connects; no part knows the session.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.history import History
from latentexplorer.gui.session.bookmarks import Bookmarks
from latentexplorer.gui.session.current_code import CurrentCode
from latentexplorer.gui.session.epochs import Epochs
from latentexplorer.gui.session.run_watcher import RunWatcher
from latentexplorer.gui.session.selection import Selection
from latentexplorer.gui.session.snapshots import Snapshots
from latentexplorer.gui.session.training import Training, opens
from latentexplorer.gui.session.user_activity import UserActivity
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.gui.workers.job import Failure, Job, Work
from latentexplorer.gui.workers.job_queue import JobQueue
from latentexplorer.gui.workers.job_thread import JobThread
from latentexplorer.gui.workers.torch_threads import cores

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Session(QObject):
    """Owns the parts and the threads; opens, shows and leaves runs.

    Attributes
    ----------
    run : Trained or None
        What panes draw: the open run, or the newest snapshot of the one that trains.
    history : History
        The run's table of metrics, one row an epoch, ahead of the last snapshot while training.
    current : CurrentCode
        The code that all panes follow, and its image.
    selection : Selection
        Chosen images, anchors A and B, runs to compare.
    bookmarks : Bookmarks
    training : Training
        Starting, pausing, stopping; settings of the next run.
    snapshots : Snapshots
        Looking at the run that trains.
    epochs : Epochs
        Looking back at earlier states of the open run.
    watcher : RunWatcher
        What other processes write into the open run's folder.
    user : UserActivity
        Whether somebody uses the window just now.
    decoder, jobs : Decoder and JobQueue
        Who answers quick questions, and who does long work.
    device, device_why : str
        "CUDA" and its name, or "CPU" and why there is no CUDA; "" until the libraries are loaded.

    Signals
    -------
    run_changed, snapshot_changed : ()
        Another run is open; the open one has newer weights.
    history_changed : ()
    run_saved : (Path)
        A run's folder has been written, or has got another name.
    message : (level, text), failed : (Failure)
        For a person.
    ready : (device)
        The libraries are loaded.
    """

    run_changed = Signal()
    snapshot_changed = Signal()
    history_changed = Signal()
    run_saved = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)
    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Trained | None = None
        self.history = History()
        self.device = self.device_why = ""
        self.decoder = Decoder(self, cores.share)
        self.jobs = JobQueue("jobs", self, cores.share)
        self._preparing = JobThread("preparing", self)
        self.current = CurrentCode(self.decoder, self)
        self.selection = Selection(self)
        self.bookmarks = Bookmarks(self.decoder, self)
        self.user = UserActivity(self)
        self.epochs = Epochs(self.decoder, self)
        self.watcher = RunWatcher(self.decoder, self)
        self.training = Training(self.epochs, self.watcher, self)
        self.snapshots = Snapshots(self.training, self.user, self.decoder, self)
        self._connect()

    def _connect(self) -> None:
        self.decoder.failed.connect(self.failed)
        self.current.changed.connect(self.user.touch)
        for part in (self.current, self.bookmarks, self.epochs, self.training):
            part.message.connect(self.message)
        training = self.training
        training.state_changed.connect(self._on_training_state)
        training.began.connect(self._on_training_began)
        training.epoch_done.connect(self._on_epoch_done)
        training.trained.connect(self._on_trained)
        training.failed.connect(self._on_training_failed)
        training.ending.connect(self.snapshots.end)
        self.snapshots.opened.connect(self.show_trained)
        self.epochs.chosen.connect(self._show_newer)
        self.epochs.changed.connect(self._on_epochs)
        self.watcher.grown.connect(self._on_grown)

    # -- jobs ------------------------------------------------------------------------------------------------------

    def submit(self, title: str, work: Work, key: str = "", *, file: str = "") -> Job:
        """Put `work(emit, stop)` in the queue. Its failure is shown by the window; connect to the job for the rest."""
        job = Job(title, work, key, parent=self, file=file)
        job.failed.connect(self.failed)
        job.finished.connect(job.deleteLater)
        return self.jobs.submit(job)

    def write(self, title: str, work: Work, path: Path) -> Job:
        """Put work that writes a file for a person in the queue: the window does not close over it without asking."""
        job = self.submit(title, work, file=path.name)
        job.succeeded.connect(self._on_written)
        return job

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.message.emit("info", f"Saved {path}")

    def warm_up(self) -> Job:
        """Load the heavy libraries in the background; `ready(device)` follows."""
        job = self.submit("Loading libraries", tasks.warm_up, "warm-up")
        job.succeeded.connect(self._on_warm)
        return job

    @Slot(object)
    def _on_warm(self, device: tuple[str, str]) -> None:
        self.device, self.device_why = device
        self.ready.emit(self.device)
        self._preparing.start(Job("Getting ready to train", tasks.prepare_training, parent=self))

    # -- the run ---------------------------------------------------------------------------------------------------

    def open_run(self, path: Path | str, data_root: str | None = None) -> Job:
        """Read a run folder; `run_changed` follows."""
        path = Path(path)
        job = self.submit(f"Opening {path.name}", partial(tasks.open_run, path, data_root), "open")
        job.succeeded.connect(self._on_opened)
        return job

    @Slot(object)
    def _on_opened(self, run: Trained) -> None:
        self.snapshots.leave()
        self.show_run(run)

    def show_run(self, run: Trained) -> None:
        """Make another run current."""
        self.run, self.history = run, run.history
        self.decoder.forget()
        for job in self.jobs.jobs:
            if job.key.startswith("view:"):
                self.jobs.cancel(job)
        self.current.clear(run)
        self.selection.clear()
        self.bookmarks.clear(run)
        self.epochs.open(run)
        self.watcher.watch(run)
        self.run_changed.emit()
        self.selection.announce()
        self.bookmarks.read()
        self.current.begin()
        self.history_changed.emit()

    @Slot(object)
    def _show_newer(self, run: Trained) -> None:
        """Make another state of the shown run current."""
        self.run = run
        if not self.training.active:
            self.history = run.history
        self.bookmarks.follow(run)
        self.epochs.follow(run)
        self.watcher.follow(run)
        self.snapshot_changed.emit()
        self.current.follow(run)
        self.history_changed.emit()

    @property
    def shown(self) -> Trained:
        """`run`, for whoever is asked only while there is one."""
        assert self.run is not None
        return self.run

    def is_open(self, path: Path | None) -> bool:
        """Whether the run of a folder is the one that is shown."""
        return self.run is not None and self.run.path is not None and self.run.path == path

    def compare(self, paths: Iterable[Path]) -> None:
        """Set other runs beside the open one."""
        self.selection.compare(path for path in paths if not self.is_open(path))

    def relocate(self, old: Path, new: Path | None) -> None:
        """The folder of a run has got another name (None: it is gone)."""
        renamed = [new if path == old else path for path in self.selection.compared]
        self.compare(path for path in renamed if path is not None)
        if self.run is not None and self.is_open(old):
            self.epochs.end()
            self.run.path = new
            self.snapshot_changed.emit()
            if new is not None:
                self.run_saved.emit(new)

    # -- what the parts tell ---------------------------------------------------------------------------------------

    @Slot(str)
    def _on_training_state(self, state: str) -> None:
        self.epochs.locked = self.training.active
        self.current.alone = not self.training.active
        self._on_epochs()

    @Slot()
    def _on_epochs(self) -> None:
        self.watcher.paused = self.training.active or self.epochs.shown is not None

    @Slot(object)
    def _on_training_began(self, ready: tasks.TrainingReady) -> None:
        self.snapshots.begin()
        again = self.run is not None and self.is_open(ready.path)
        self.history = History(self.run.history) if again and self.run is not None else History()
        self.history_changed.emit()

    @Slot(object)
    def _on_epoch_done(self, row: dict[str, float]) -> None:
        if self.snapshots.following:
            self.history.append(row)
            self.history_changed.emit()

    @Slot(object)
    def show_trained(self, run: Trained) -> None:
        """Make what was trained current: the shown run as it is now, or the first state of a new one."""
        if self.is_open(run.path):
            self._show_newer(run)
        else:
            self.show_run(run)

    @Slot(object)
    def _on_trained(self, run: Trained) -> None:
        if self.snapshots.following:
            self.show_trained(run)
        self.run_saved.emit(run.path)

    @Slot(object)
    def _on_training_failed(self, failure: Failure) -> None:
        self.failed.emit(failure)
        path = self.training.path
        if self.snapshots.following and path is not None and opens(path):
            # The last whole epoch is what there is to look at, and to go on from.
            job = self.submit(f"Opening {path.name}", partial(tasks.open_run, path, None), "open")
            job.succeeded.connect(self.show_trained)

    @Slot(object, object)
    def _on_grown(self, run: Trained | None, history: History) -> None:
        if run is not None:
            self._show_newer(run)
        elif len(history) != len(self.history):
            self.history = history
            self.history_changed.emit()

    # -- the end ---------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether closing now would lose something under way."""
        return self.training.active or bool(self.jobs.writing)

    def shutdown(self) -> None:
        """Stop everything and end every thread."""
        self.snapshots.end()
        self.watcher.end()
        self._preparing.shutdown()
        self.training.shutdown()
        self.jobs.shutdown()
        self.decoder.shutdown()
