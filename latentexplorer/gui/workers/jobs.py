"""Long work on threads of its own: a job ends in exactly one of succeeded, stopped and failed.

A job's work is a plain callable `work(emit, stop)` that knows no Qt. It runs in a worker object that was moved to a
thread; everything a `Job` signals is signalled in the window's thread, so anything may be connected to it. What crosses
threads is plain data: a failure crosses as text, because an exception object keeps every tensor of its frames alive.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, Stopped
from latentexplorer.core.events import Emit, Progress, ProjectionMoved, TrainingProgress

Work = Callable[[Emit, StopToken], Any]

WAITING, RUNNING, SUCCEEDED, STOPPED, FAILED = "waiting", "running", "succeeded", "stopped", "failed"

REPORT_EVERY_S = 1 / 30
BEHIND, BEHIND_ELSEWHERE = 10, QThread.Priority.LowPriority
"""How far a thread stands behind the window's, see `stand_behind`: on the scale of `nice`, and on Qt's."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Failure:
    """What a person is told when something failed: text only.

    Attributes
    ----------
    title, message, todo : str
        What kind of thing happened, what exactly, what to do about it.
    details : str
        The traceback, to be copied into a report.
    """

    title: str
    message: str
    todo: str = ""
    details: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """The text of an exception; its frames are let go."""
        details = "".join(traceback.format_exception(error))
        if isinstance(error, LatentExplorerError):
            return cls(error.title, error.what, error.todo, details)
        if isinstance(error, MemoryError):
            return cls("Out of memory", "This machine has no memory left", "Use fewer or smaller images", details)
        text = str(error).strip().splitlines()
        what = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
        return cls("Something went wrong", what, "Copy the details and report them; the window goes on", details)


class Job(QObject):
    """One piece of work and what becomes of it. Lives in the window's thread.

    Parameters
    ----------
    title : str
        What is being done, for a person ("Exporting the map").
    work : callable (emit, stop) -> result
        Runs in another thread; polls `stop`, reports through `emit`.
    key : str
        Jobs of the same key replace each other in a `JobQueue`. Empty: never replaced.
    file : str
        Name of the file that it writes for a person, who is asked before the window closes over it. Empty: none.
    """

    started = Signal()
    reported = Signal(object)
    succeeded = Signal(object)
    stopped = Signal()
    failed = Signal(object)
    finished = Signal()

    def __init__(self, title: str, work: Work, key: str = "", parent: QObject | None = None, *, file: str = "") -> None:
        super().__init__(parent)
        self.number = next(_numbers)
        self.title = title
        self.key = key
        self.file = file
        self.token = StopToken()
        self.state = WAITING
        self.progress: Progress | None = None
        self.work: Work | None = work

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.state in (SUCCEEDED, STOPPED, FAILED)

    def stop(self) -> None:
        """Ask it to stop; `stopped` (or another ending, if it was quicker) follows."""
        self.token.request()

    def _end(self, state: str, value: Any) -> None:
        if self.done:
            return
        self.state = state
        self.work = None
        if state == SUCCEEDED:
            self.succeeded.emit(value)
        elif state == STOPPED:
            self.stopped.emit()
        else:
            self.failed.emit(value)
        self.finished.emit()


def nothing() -> None:
    """No preparation."""


def stand_behind() -> None:
    """Let the window's threads go before the calling one, and those it starts, where there are too few cores for all.

    Does nothing but on Linux, where each thread is as nice as it likes; Qt's own priorities do it elsewhere.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(BEHIND, os.getpriority(os.PRIO_PROCESS, thread)))


class _Worker(QObject):
    reported = Signal(int, object)
    ended = Signal(int, str, object)

    def __init__(self, prepare: Callable[[], None]) -> None:
        super().__init__()
        self._prepare = prepare

    @Slot()
    def begin_behind(self) -> None:
        stand_behind()

    @Slot(int, object, object)
    def run(self, number: int, work: Work, token: StopToken) -> None:
        emit = _Reporter(self, number)
        try:
            token.check()
            self._prepare()
            state, value = SUCCEEDED, work(emit, token)
        except Stopped:
            state, value = STOPPED, None
        except BaseException as error:  # noqa: BLE001  the boundary of the thread: whatever it is becomes text
            state, value = FAILED, Failure.of(error)
        emit.flush()
        self.ended.emit(number, state, value)


class _Reporter:
    """The `emit` that work is given. Progress is thinned out, so that no worker can flood the window's event loop."""

    def __init__(self, worker: _Worker, number: int) -> None:
        self._worker = worker
        self._number = number
        self._last: dict[type, float] = {}
        self._held: dict[type, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Any) -> None:
        kind = type(event)
        if kind in (Progress, TrainingProgress, ProjectionMoved):
            with self._lock:
                now = time.monotonic()
                if now - self._last.get(kind, 0.0) < REPORT_EVERY_S:
                    self._held[kind] = event
                    return
                self._last[kind] = now
                self._held.pop(kind, None)
        self._worker.reported.emit(self._number, event)

    def flush(self) -> None:
        with self._lock:
            held, self._held = list(self._held.values()), {}
        for event in held:
            self._worker.reported.emit(self._number, event)


class JobThread(QObject):
    """A thread that does one job at a time; a second start while it is busy is refused.

    Between two jobs it ends. While it lives torch keeps helpers for it, and as soon as all helpers together are more
    than the cores, also those at rest, all of them go to sleep after every operation instead of watching for the next:
    a small model then trains at less than half its speed.

    Parameters
    ----------
    prepare : callable
        Called in the thread before each job.
    behind : bool
        Whether the window's own threads go first where there are too few cores.
    """

    busy_changed = Signal(bool)
    _go = Signal(int, object, object)

    def __init__(
        self,
        name: str,
        parent: QObject | None = None,
        prepare: Callable[[], None] = nothing,
        *,
        behind: bool = False,
    ) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self._closed = False
        self._priority = BEHIND_ELSEWHERE if behind else QThread.Priority.InheritPriority
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._worker = _Worker(prepare)
        self._worker.moveToThread(self._thread)
        if behind:
            self._thread.started.connect(self._worker.begin_behind)
        self._go.connect(self._worker.run)
        self._worker.reported.connect(self._on_reported)
        self._worker.ended.connect(self._on_ended)

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self.job is not None

    def start(self, job: Job) -> bool:
        """Begin a job. False, and nothing else, if another one is running or the thread is closed."""
        if self.busy or self._closed or job.done:
            return False
        # That of the job before has been told to end.
        self._thread.wait()
        self._thread.start(self._priority)
        self.job = job
        job.state = RUNNING
        work, job.work = job.work, None
        job.started.emit()
        self.busy_changed.emit(True)
        self._go.emit(job.number, work, job.token)
        return True

    @Slot(int, object)
    def _on_reported(self, number: int, event: Any) -> None:
        job = self.job
        if job is None or job.number != number or self._closed:
            return
        if isinstance(event, Progress):
            job.progress = event
        job.reported.emit(event)

    @Slot(int, str, object)
    def _on_ended(self, number: int, state: str, value: Any) -> None:
        job = self.job
        if job is None or job.number != number:
            return
        self.job = None
        self._thread.quit()
        job._end(state, value)
        self.busy_changed.emit(self.busy)

    def shutdown(self) -> None:
        """Ask the running job to stop, wait for it and end the thread. What it still reports is dropped."""
        self._closed = True
        job, self.job = self.job, None
        if job is not None:
            job.stop()
        self._thread.quit()
        self._thread.wait()
        if job is not None:
            job._end(STOPPED, None)


class JobQueue(QObject):
    """Cancellable jobs, one after the other. A job with a key replaces the waiting and running ones of that key.

    Parameters
    ----------
    prepare : callable
        Called in the jobs' thread before each of them.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QObject | None = None, prepare: Callable[[], None] = nothing) -> None:
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

    def submit(self, job: Job) -> Job:
        """Put a job at the end of the queue."""
        if job.key:
            for other in self.jobs:
                if other.key == job.key:
                    self.cancel(other)
        self._waiting.append(job)
        self._next()
        return job

    def cancel(self, job: Job) -> None:
        """Stop a job: at once if it still waits, else as soon as its work looks at its token."""
        job.stop()
        if job in self._waiting:
            self._waiting.remove(job)
            job._end(STOPPED, None)
            self.changed.emit()

    def shutdown(self) -> None:
        """Stop everything and end the thread."""
        waiting, self._waiting = self._waiting, []
        self._runner.shutdown()
        for job in waiting:
            job._end(STOPPED, None)

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        if not busy:
            self._next()
        self.changed.emit()

    def _next(self) -> None:
        if self._waiting and not self._held and not self._runner.busy:
            job = self._waiting.pop(0)
            if not self._runner.start(job):
                job._end(STOPPED, None)
        self.changed.emit()
