"""A job: one piece of long work, which ends in exactly one of succeeded, stopped and failed.

Its work is a plain function `work(..., emit, stop)` that knows no Qt, with all but the last two arguments bound by
`functools.partial`. It runs in a worker object that was moved to a thread; everything a `Job` signals is signalled in
the window's thread, so anything may be connected to it. What crosses threads is plain data: a failure crosses as text,
because an exception object keeps every tensor of its frames alive.
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError, both_ends, is_out_of_memory
from latentexplorer.core.events import Progress

Report = Callable[[object], None]
"""The `emit` that work is given: it carries the events of `core.events`, and the window's own."""
Work = Callable[[Report, StopToken], object]

WAITING, RUNNING, SUCCEEDED, STOPPED, FAILED = "waiting", "running", "succeeded", "stopped", "failed"
_numbers = itertools.count(1)
LONGEST_TOLD = 600
"""Letters of a message that are shown."""


@dataclass(frozen=True)
class Failure:
    """What a person is told when something failed: text only.

    Attributes
    ----------
    title, message, todo : str
        What kind of thing happened, what exactly, what to do about it.
    details : str
        The traceback, to be copied into a report.
    remedy, offer : str
        A setting with which it would have worked, and what a button for that says; "" where there is none.
    """

    title: str
    message: str
    todo: str = ""
    details: str = ""
    remedy: str = ""
    offer: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """The text of an exception; its frames are let go."""
        details = "".join(traceback.format_exception(error))
        if isinstance(error, LatentExplorerError):
            return cls(error.title, both_ends(error.what, LONGEST_TOLD), error.todo, details, error.remedy, error.offer)
        if is_out_of_memory(error):
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
    of_run : bool
        Whether it is for the run that is open now, and of no use to anybody once another one is.

    Attributes
    ----------
    let_go : bool
        Whether nobody waits for its answer any more.
    """

    started = Signal()
    reported = Signal(object)
    succeeded = Signal(object)
    stopped = Signal()
    failed = Signal(object)
    finished = Signal()

    def __init__(
        self,
        title: str,
        work: Work,
        key: str = "",
        parent: QObject | None = None,
        *,
        file: str = "",
        of_run: bool = False,
    ) -> None:
        super().__init__(parent)
        self.number = next(_numbers)
        self.title = title
        self.key = key
        self.file = file
        self.of_run = of_run
        self.token = StopToken()
        self.state = WAITING
        self.progress: Progress | None = None
        self.let_go = self._silent = False
        self.work: Work | None = work

    @property
    def done(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.state in (SUCCEEDED, STOPPED, FAILED)

    def stop(self) -> None:
        """Ask it to stop; `stopped` (or another ending, if it was quicker) follows."""
        self.token.request()

    def leave(self, *, told: bool = False) -> None:
        """Nobody waits for its answer any more: it is to stop, and what it still reports or finds out is dropped.

        Only `finished` follows; where whoever asked is to be `told`, `stopped` before that, however it ends.
        """
        self.let_go, self._silent = True, self._silent or not told
        self.stop()

    def end(self, state: str, value: object) -> None:
        """What its thread or queue says of it, once: further endings change nothing."""
        if self.done:
            return
        self.state = STOPPED if self.let_go else state
        self.work = None
        if self.state == SUCCEEDED:
            self.succeeded.emit(value)
        elif self.state == FAILED:
            self.failed.emit(value)
        elif not self._silent:
            self.stopped.emit()
        self.finished.emit()
