"""How long what an instrument works out goes on after somebody has stopped it, or has left the run it is for."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.gui.workers.job import Job

LIMIT_MS = 500.0
AFTER_MS = 150
"""A job is stopped when it has gone on for so long: some are done by then."""


class Stops(QObject):
    """Stops every job for the open run soon after it was asked for.

    Attributes
    ----------
    took_ms : dict of str to float
        By the title of a job, from asking it to stop to its end; the longest.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._queues = session.jobs, session.surveys
        self._known: set[int] = set()
        self._asked_s: dict[int, float] = {}
        self.took_ms: dict[str, float] = {}
        for queue in self._queues:
            queue.changed.connect(self._look)

    def end(self) -> None:
        """Stop nothing any more."""
        for queue in self._queues:
            queue.changed.disconnect(self._look)

    @Slot()
    def _look(self) -> None:
        for queue in self._queues:
            for job in queue.jobs:
                if job.of_run and job.state == "running" and job.number not in self._known:
                    self._known.add(job.number)
                    job.finished.connect(partial(self._on_finished, job.number, job.title))
                    QTimer.singleShot(AFTER_MS, self, partial(self._stop, job))

    def _stop(self, job: Job) -> None:
        if not any(job in queue.jobs for queue in self._queues):
            return
        self._asked_s[job.number] = time.perf_counter()
        job.stop()

    def _on_finished(self, number: int, title: str) -> None:
        asked_s = self._asked_s.pop(number, None)
        if asked_s is not None:
            took_ms = 1000 * (time.perf_counter() - asked_s)
            self.took_ms[title] = max(took_ms, self.took_ms.get(title, 0.0))
