"""A thread that does one job at a time."""

from __future__ import annotations

import gc
import sys
import threading
import time
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import FitMoved, Progress, ProjectionMoved, TrainingProgress
from latentexplorer.gui.workers.job import FAILED, RUNNING, STOPPED, SUCCEEDED, Failure, Job, Work
from latentexplorer.gui.workers.thread import BEHIND, NOT_BEHIND, Prepare, WorkerThread, nothing

REPORT_EVERY_S = 1 / 30
MANY_MODULES = 50
"""That a job has loaded: a library has come, with 100,000 objects and more."""


class _JobWorker(QObject):
    """Does a job in a thread, and emits from there what becomes of it."""

    reported = Signal(int, object, object)
    ended = Signal(int, str, object)

    def __init__(self, prepare: Prepare) -> None:
        super().__init__()
        self._prepare = prepare

    def run(self, number: int, work: Work, token: StopToken) -> None:
        emit, known = _Reporter(self, number), len(sys.modules)
        try:
            token.check()
            self._prepare()
            state, value = SUCCEEDED, work(emit, token)
        except Stopped:
            state, value = STOPPED, None
        except BaseException as error:  # noqa: BLE001  the boundary of the thread: whatever it is becomes text
            state, value = FAILED, Failure.of(error)
        if len(sys.modules) - known > MANY_MODULES:
            # Collections are paid for by the window's thread: they need not go through what was loaded for good.
            gc.freeze()
        emit.flush()
        self.ended.emit(number, state, value)


class _Reporter:
    """The `emit` that work is given. Progress is thinned out, so that no worker can flood the window's event loop.

    What is slower to show than to report would keep the window from all else, however seldom it came: of each kind
    one report is under way at a time, and the next comes a while after the window has shown it.
    """

    def __init__(self, worker: _JobWorker, number: int) -> None:
        self._worker = worker
        self._number = number
        self._last: dict[type, tuple[float, str]] = {}
        self._under_way: set[type] = set()
        self._held: dict[type, object] = {}
        self._lock = threading.Lock()

    def __call__(self, event: object) -> None:
        kind = type(event)
        if kind in (Progress, TrainingProgress, ProjectionMoved, FitMoved):
            # What is done next is told at once: it may be long until it tells more.
            what = event.what if isinstance(event, Progress) else ""
            with self._lock:
                now = time.monotonic()
                last_s, last_what = self._last.get(kind, (0.0, what))
                early = kind in self._under_way or now - last_s < REPORT_EVERY_S
                if early and what == last_what:
                    self._held[kind] = event
                    return
                self._last[kind] = (now, what)
                self._under_way.add(kind)
                self._held.pop(kind, None)
        self._worker.reported.emit(self._number, event, self)

    def taken(self, event: object) -> None:
        """The window has shown an event; called on its thread."""
        with self._lock:
            kind = type(event)
            if kind in self._under_way:
                self._under_way.remove(kind)
                self._last[kind] = (time.monotonic(), self._last[kind][1])

    def flush(self) -> None:
        with self._lock:
            held, self._held = list(self._held.values()), {}
        for event in held:
            self._worker.reported.emit(self._number, event, self)


class JobThread(QObject):
    """A thread that does one job at a time; a second start while it is busy is refused. Between two jobs it ends.

    Parameters
    ----------
    prepare : callable
        Called in the thread before each job.
    behind : bool
        Whether the window's own threads go first where there are too few cores.
    """

    busy_changed = Signal(bool)

    def __init__(
        self,
        name: str,
        parent: QObject | None = None,
        prepare: Prepare = nothing,
        *,
        behind: bool = False,
    ) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self._closed = False
        self._worker = _JobWorker(prepare)
        self._thread = WorkerThread(name, behind=BEHIND if behind else NOT_BEHIND)
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
        self._thread.begin()
        self.job = job
        job.state = RUNNING
        work, job.work = job.work, None
        assert work is not None
        job.started.emit()
        self.busy_changed.emit(True)
        self._thread.do(partial(self._worker.run, job.number, work, job.token))
        return True

    @Slot(int, object, object)
    def _on_reported(self, number: int, event: object, reporter: _Reporter) -> None:
        job = self.job
        if job is None or job.number != number or self._closed:
            return
        if isinstance(event, Progress):
            job.progress = event
        if not job.let_go:
            job.reported.emit(event)
        reporter.taken(event)

    @Slot(int, str, object)
    def _on_ended(self, number: int, state: str, value: object) -> None:
        job = self.job
        if job is None or job.number != number:
            return
        self.job = None
        self._thread.end_soon()
        job.end(state, value)
        self.busy_changed.emit(self.busy)

    def shutdown(self) -> None:
        """Ask the running job to stop, wait for it and end the thread. What it still reports is dropped."""
        self._closed = True
        job, self.job = self.job, None
        if job is not None:
            job.stop()
        self._thread.end()
        if job is not None:
            job.end(STOPPED, None)
