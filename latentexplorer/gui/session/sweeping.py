"""The sweep that this window trains: run after run, behind whatever else is trained."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.events import Notice, SweepRunBegan, SweepRunEnded, TrainingProgress
from latentexplorer.gui.session.training import IDLE, PAUSED, Training
from latentexplorer.gui.workers import sweep_tasks
from latentexplorer.gui.workers.job import Failure, Job
from latentexplorer.gui.workers.job_thread import JobThread
from latentexplorer.gui.workers.torch_threads import cores

RUNNING, WAITING, STOPPING = "running", "waiting", "stopping"


class Sweeping(QObject):
    """One sweep at a time, on a thread of its own. A training that a person starts goes first: the sweep saves the run
    under way, waits, and goes on with it.

    Attributes
    ----------
    state : "idle", "running", "waiting" or "stopping"
    path : Path or None
        Of the sweep that is trained, or was last.
    problems : dict of str to str
        Names of its runs that could not be trained, and why.

    Signals
    -------
    changed : ()
        It is in another state, or further on; some times a second.
    run_ended : ()
        One of its runs is there to be looked at.
    ended : (Path)
        Nothing is left to train of it.
    message, failed : (level, text), (Failure)
    """

    changed = Signal()
    run_ended = Signal()
    ended = Signal(object)
    message = Signal(str, str)
    failed = Signal(object)

    def __init__(self, training: Training, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._training = training
        self._thread = JobThread("sweep", self, behind=True)
        self._job: Job | None = None
        self._began: SweepRunBegan | None = None
        self._fraction = 0.0
        self.state = IDLE
        self.path: Path | None = None
        self.problems: dict[str, str] = {}
        training.state_changed.connect(self._on_training)

    @property
    def active(self) -> bool:
        """Whether a sweep is trained, or waits to be."""
        return self.state != IDLE

    @property
    def text(self) -> str:
        """`run 3 of 12 · 40 %`; what it waits for."""
        run = self._began.text if self._began is not None else ""
        if self.state == WAITING:
            return " · ".join(filter(None, (run, "waits for the training")))
        if self.state == STOPPING:
            return "stopping…"
        return f"{run} · {self._fraction:.0%}" if run else "getting ready"

    def start(self, path: Path) -> bool:
        """Train what is not trained yet of a sweep; False where another one is being trained."""
        if self.active:
            self.message.emit("warning", "A sweep is being trained; stop it first")
            return False
        self.path, self.problems = path, {}
        self._began, self._fraction = None, 0.0
        if self._training.active:
            self._set_state(WAITING)
        else:
            self._begin()
        return True

    def stop(self) -> None:
        """Stop it; the run under way is saved, and `start` goes on with it."""
        if self.state == WAITING and self._job is None:
            self._set_state(IDLE)
        elif self._job is not None:
            self._job.stop()
            self._set_state(STOPPING)

    def shutdown(self) -> None:
        """Stop it and end the thread."""
        self._thread.shutdown()

    def _begin(self) -> None:
        assert self.path is not None
        job = self._job = Job(f"Sweep {self.path.name}", partial(sweep_tasks.train, self.path), parent=self)
        job.reported.connect(self._on_event)
        job.succeeded.connect(self._on_succeeded)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._on_finished)
        self._thread.start(job)
        cores.training = True
        self._set_state(RUNNING)

    def _set_state(self, state: str) -> None:
        self.state = state
        self.changed.emit()

    @Slot(str)
    def _on_training(self, state: str) -> None:
        """What a person trains goes first."""
        if state != IDLE and self.state == RUNNING and self._job is not None:
            self._job.stop()
            self._set_state(WAITING)
        elif state == IDLE and self.state == WAITING and self._job is None:
            self._begin()

    @Slot(object)
    def _on_event(self, event: object) -> None:
        if isinstance(event, SweepRunBegan):
            self._began, self._fraction = event, 0.0
        elif isinstance(event, TrainingProgress):
            self._fraction = event.fraction
        elif isinstance(event, SweepRunEnded):
            if event.problem:
                self.problems[event.name] = event.problem
            self.run_ended.emit()
        elif isinstance(event, Notice) and event.level != "info":
            self.message.emit(event.level, f"{self._began.name}: {event.text}" if self._began else event.text)
        self.changed.emit()

    @Slot(object)
    def _on_succeeded(self, problems: dict[str, str]) -> None:
        self.problems = problems
        if self.state == RUNNING or self.state == WAITING:
            self._set_state(STOPPING)

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self._set_state(STOPPING)
        self.failed.emit(failure)

    @Slot()
    def _on_finished(self) -> None:
        job, self._job = self._job, None
        whole = False
        if job is not None:
            whole = job.state == "succeeded"
            job.deleteLater()
        cores.training = self._training.state not in (IDLE, PAUSED)
        if self.state == WAITING:
            if not self._training.active:
                self._begin()
            return
        self._set_state(IDLE)
        self.run_ended.emit()
        if whole:
            self.ended.emit(self.path)
