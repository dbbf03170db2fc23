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
from latentexplorer.gui.session.estimates import Estimates
from latentexplorer.gui.session.libraries import Libraries
from latentexplorer.gui.session.new_images import NewImages
from latentexplorer.gui.session.run_watcher import RunWatcher
from latentexplorer.gui.session.selection import Selection
from latentexplorer.gui.session.snapshots import Snapshots
from latentexplorer.gui.session.training import LOADING, Training, opens
from latentexplorer.gui.session.user_activity import UserActivity
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.decoder import Decoder
from latentexplorer.gui.workers.job import Failure, Job, Work
from latentexplorer.gui.workers.job_queue import JobQueue
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
    preparing : bool
        Whether a new run is begun, of which there is nothing to see yet. `run` is still the one before it, which comes
        back if nothing becomes of the new one; until then it is not shown, and nothing can be done with it.
    current, selection, new_images, bookmarks, training, estimates, snapshots, epochs, watcher, user, libraries,
    decoder
        The parts; each says in its own module what it is. `jobs` and `surveys` are the queues.

    Signals
    -------
    run_changed, snapshot_changed, history_changed : ()
        Another run is open; the open one has newer weights; it has another row.
    preparing_changed : ()
    run_saved : (Path)
        A run's folder has been written, or has got another name.
    message, failed : (level, text), (Failure)
    """

    run_changed = Signal()
    snapshot_changed = Signal()
    history_changed = Signal()
    preparing_changed = Signal()
    run_saved = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Trained | None = None
        self.history = History()
        self.preparing = False
        self.decoder = Decoder(self, cores.share)
        self.jobs = JobQueue("jobs", self, cores.share)
        self.surveys = JobQueue("surveys", self)
        self.libraries = Libraries(self)
        self.current = CurrentCode(self.decoder, self)
        self.selection = Selection(self)
        self.new_images = NewImages(self.current, self.selection, self.decoder, self)
        self.bookmarks = Bookmarks(self.decoder, self)
        self.user = UserActivity(self)
        self.epochs = Epochs(self.decoder, self)
        self.watcher = RunWatcher(self.decoder, self)
        self.training = Training(self.epochs, self.watcher, self)
        self.estimates = Estimates(self.jobs, self.surveys, self.training, self.libraries, self)
        self.snapshots = Snapshots(self.training, self.user, self.decoder, self)
        self._connect()

    def _connect(self) -> None:
        self.decoder.failed.connect(self.failed)
        self.new_images.failed.connect(self.failed)
        self.current.chosen.connect(self.user.touch)
        for part in (self.current, self.new_images, self.bookmarks, self.epochs, self.training):
            part.message.connect(self.message)
        training = self.training
        training.state_changed.connect(self._on_training_state)
        training.state_changed.connect(self._on_doings)
        training.began.connect(self._on_training_began)
        training.epoch_done.connect(self._on_epoch_done)
        training.trained.connect(self._on_trained)
        training.failed.connect(self._on_training_failed)
        training.ending.connect(self.snapshots.end)
        training.ending.connect(self._on_training_ending)
        self.run_changed.connect(training.settle)
        self.snapshots.opened.connect(self.show_run)
        self.epochs.chosen.connect(self._show_newer)
        self.epochs.changed.connect(self._on_doings)
        self.watcher.grown.connect(self._on_grown)

    def submit(
        self, title: str, work: Work, key: str = "", *, file: str = "", quick: bool = False, of_run: bool = True
    ) -> Job:
        """Put `work(emit, stop)` in the queue; where it is `quick`, beside long work. The window shows its failure.

        With `of_run` it ends when another run is opened or begun, unless it writes a `file`.
        """
        job = Job(title, work, key, parent=self, file=file, of_run=of_run and not file)
        job.failed.connect(self.failed)
        job.finished.connect(job.deleteLater)
        return (self.surveys if quick else self.jobs).submit(job)

    def write(self, title: str, work: Work, path: Path) -> Job:
        """Put work that writes a file for a person in the queue: the window does not close over it without asking."""
        job = self.submit(title, work, file=path.name)
        job.succeeded.connect(self._on_written)
        return job

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.message.emit("info", f"Saved {path}")

    def warm_up(self) -> None:
        """Load the heavy libraries in the background; `libraries.ready` follows."""
        job = self.submit("Loading libraries", tasks.warm_up, "warm-up", of_run=False)
        job.succeeded.connect(self.libraries.on_loaded)

    def open_run(self, path: Path | str) -> Job:
        """Read a run folder; `run_changed` follows. What is worked out for the run before it ends at once."""
        self._end_jobs()
        job = self._read(Path(path))
        job.succeeded.connect(self._on_opened)
        return job

    def _read(self, path: Path) -> Job:
        return self.submit(f"Opening {path.name}", partial(tasks.open_run, path), "open", of_run=False)

    def _end_jobs(self) -> None:
        """End what is worked out for the run that is left."""
        self.new_images.stop()
        for queue in (self.jobs, self.surveys):
            for job in queue.jobs:
                if job.of_run:
                    queue.cancel(job)

    @Slot(object)
    def _on_opened(self, run: Trained) -> None:
        if run.path is not None and run.path == self.training.path:
            self.snapshots.follow()
        else:
            self.snapshots.leave()
        self._show_other(run)

    def _show_other(self, run: Trained) -> None:
        """Make another run current."""
        self.run = run
        if not (self.preparing and self.snapshots.following):
            # That of the run that was prepared is ahead of what is shown of it.
            self.history = run.history
        self.decoder.forget()
        self._end_jobs()
        if self.preparing:
            self.preparing = False
            self.preparing_changed.emit()
        self.current.clear(run)
        self.new_images.clear(run)
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
        self.current.renew(run)
        for part in (self.new_images, self.bookmarks, self.epochs, self.watcher):
            part.follow(run)
        self.snapshot_changed.emit()
        self.current.follow()
        self.history_changed.emit()

    @property
    def title(self) -> str:
        """The name of the run that is shown, or prepared; "" where there is none."""
        if self.preparing:
            return self.training.path.name if self.training.path is not None else "New run"
        return self.run.name if self.run is not None else ""

    @property
    def explorable(self) -> bool:
        """Whether a run is shown, with which something can be done."""
        return self.run is not None and not self.preparing

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

    def compare_apart(self, paths: Iterable[Path]) -> None:
        """Set runs beside each other, without the open one."""
        self.selection.compare(paths, with_open=False)

    def relocate(self, old: Path, new: Path | None) -> None:
        """The folder of a run has got another name (None: it is gone)."""
        self.selection.relocate(old, new)
        if self.is_open(old):
            self.epochs.end()
            self.shown.path = new
            self.snapshot_changed.emit()
            if new is not None:
                self.run_saved.emit(new)

    @Slot()
    def _on_doings(self) -> None:
        """A training has begun or ended, or an earlier epoch is looked at: what rests meanwhile."""
        active = self.epochs.locked = self.training.active
        self.current.alone = not active
        self.watcher.paused = active or self.epochs.shown is not None

    @Slot(str)
    def _on_training_state(self, state: str) -> None:
        if state != LOADING:
            return
        self.snapshots.begin()
        if self.training.new:
            self._end_jobs()
            self.preparing, self.history = True, History()
            self.preparing_changed.emit()
            self.history_changed.emit()

    @Slot(object)
    def _on_training_began(self, ready: tasks.TrainingReady) -> None:
        self.snapshots.begun()
        if ready.data.notes:
            self.message.emit("info", f"Images: {'; '.join(ready.data.notes)}")
        if self.snapshots.following:
            self.history = History(() if self.preparing else self.shown.history)
            self.history_changed.emit()
        if self.preparing:
            self.preparing_changed.emit()

    @Slot()
    def _on_training_ending(self) -> None:
        """Nothing has become of a new run: the one before it is shown again."""
        if not self.preparing:
            return
        self.preparing = False
        if self.run is not None:
            self.history = self.run.history
            self.message.emit("info", f"{self.run.name} is shown again: there is nothing to see of the new run")
        self.preparing_changed.emit()
        self.history_changed.emit()

    @Slot(object)
    def _on_epoch_done(self, row: dict[str, float]) -> None:
        if self.snapshots.following:
            self.history.append(row)
            self.history_changed.emit()

    @Slot(object)
    def show_run(self, run: Trained) -> None:
        """Make a run current: the shown one as it is now, or another one."""
        if self.is_open(run.path):
            self._show_newer(run)
        else:
            self._show_other(run)

    @Slot(object)
    def _on_trained(self, run: Trained) -> None:
        if self.snapshots.following:
            self.show_run(run)
        self.run_saved.emit(run.path)

    @Slot(object)
    def _on_training_failed(self, failure: Failure) -> None:
        self.failed.emit(failure)
        path = self.training.path
        if self.snapshots.following and path is not None and opens(path):
            # The last whole epoch is what there is to look at, and to go on from.
            self._read(path).succeeded.connect(self.show_run)

    @Slot(object, object)
    def _on_grown(self, run: Trained | None, history: History) -> None:
        if run is not None:
            self._show_newer(run)
        elif len(history) != len(self.history):
            self.history = history
            self.history_changed.emit()

    @property
    def busy(self) -> bool:
        """Whether closing now would lose something under way."""
        return self.training.active or bool(self.jobs.writing)

    def shutdown(self) -> None:
        """Stop everything and end every thread."""
        self.snapshots.end()
        self.watcher.end()
        for part in (self.libraries, self.training, self.new_images, self.surveys, self.jobs, self.decoder):
            part.shutdown()
