"""Work off the window's thread: what takes long waits in one queue, what is quick in another beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.job import Job, Work
from latentexplorer.gui.workers.job_queue import JobQueue
from latentexplorer.gui.workers.torch_threads import cores


class Queues(QObject):
    """Takes work in.

    Attributes
    ----------
    jobs, surveys : JobQueue
        For what takes long, and for what is quick.

    Signals
    -------
    failed : (Failure)
    message : (level, text)
        What was written.
    """

    failed = Signal(object)
    message = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = JobQueue("jobs", self, cores.share)
        self.surveys = JobQueue("surveys", self)

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

    def read_run(self, path: Path) -> Job:
        """Read a run folder; nothing of the run that is open ends it."""
        return self.submit(f"Opening {path.name}", partial(tasks.open_run, path), "open", of_run=False)

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.message.emit("info", f"Saved {path}")

    def leave_run(self) -> None:
        """End what is worked out for the run that is left."""
        for queue in (self.jobs, self.surveys):
            for job in queue.jobs:
                if job.of_run:
                    queue.leave(job, told=True)

    def halt_run(self) -> None:
        """Stop what is worked out for the run that is shown, as a person would: what there is by now stays."""
        for queue in (self.jobs, self.surveys):
            for job in queue.jobs:
                if job.of_run:
                    queue.cancel(job)

    def shutdown(self) -> None:
        """Stop everything and end both threads."""
        self.surveys.shutdown()
        self.jobs.shutdown()
