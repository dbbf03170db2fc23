"""Jobs that wait for each other."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.workers.job import STOPPED, Job
from latentexplorer.gui.workers.job_thread import JobThread
from latentexplorer.gui.workers.thread import Prepare, nothing


class JobQueue(QObject):
    """Cancellable jobs, one after the other. A job with a key replaces the others of that key, which are let go.

    Parameters
    ----------
    prepare : callable
        Called in the jobs' thread before each of them.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QObject | None = None, prepare: Prepare = nothing) -> None:
        super().__init__(parent)
        self._runner = JobThread(name, self, prepare)
        self._runner.busy_changed.connect(self._on_busy)
        self._waiting: list[Job] = []
        self._held = False

    def hold(self) -> None:
        """Start nothing until `release`: a pane may ask for work before the window is on the screen."""
        self._held = True

    def release(self) -> None:
        """Begin with what waits."""
        self._held = False
        self._next()

    @property
    def jobs(self) -> list[Job]:
        """The running job first, then those that wait."""
        return ([self._runner.job] if self._runner.job else []) + self._waiting

    @property
    def writing(self) -> list[Job]:
        """Jobs that write files for a person and are not done."""
        return [job for job in self.jobs if job.file]

    def submit(self, job: Job) -> Job:
        """Put a job at the end of the queue."""
        if job.key:
            for other in self.jobs:
                if other.key == job.key:
                    self.leave(other, told=True)
        self._waiting.append(job)
        self._next()
        return job

    def cancel(self, job: Job) -> None:
        """Stop a job: at once if it still waits, else as soon as its work looks at its token."""
        job.stop()
        if job in self._waiting:
            self._waiting.remove(job)
            job.end(STOPPED, None)
            self.changed.emit()

    def leave(self, job: Job, *, told: bool = False) -> None:
        """Stop a job whose answer nobody wants any more: see `Job.leave`."""
        job.leave(told=told)
        self.cancel(job)

    def cancel_all(self, beginning: str) -> None:
        """Stop the jobs whose keys begin so."""
        for job in self.jobs:
            if job.key.startswith(beginning):
                self.cancel(job)

    def shutdown(self) -> None:
        """Stop everything and end the thread."""
        waiting, self._waiting = self._waiting, []
        self._runner.shutdown()
        for job in waiting:
            job.end(STOPPED, None)

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        if not busy:
            self._next()
        self.changed.emit()

    def _next(self) -> None:
        if self._waiting and not self._held and not self._runner.busy:
            job = self._waiting.pop(0)
            if not self._runner.start(job):
                job.end(STOPPED, None)
        self.changed.emit()
