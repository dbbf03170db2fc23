"""What is worked out beside a pane: one job at a time, at rest while a run trains, left when nobody wants it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.gui.workers.job import Job, Work

REST_MS = 2_000
"""Between two jobs while a run trains: the cores are the training's."""

About = TypeVar("About")


class Asker(Protocol):
    """A pane, as far as it is asked from."""

    @property
    def session(self) -> Session: ...
    @property
    def seen(self) -> bool: ...


class RestingJob(QObject, Generic[About]):
    """Asks for what is wanted, once for each thing it is asked about, and only while the pane is seen.

    While a run trains a job is waited for, not replaced, and the next one comes after a rest.

    Parameters
    ----------
    title, key : str
        What the job is called; jobs of one key replace each other.
    same : callable (About, About) -> bool
        Whether the answer to one question is that to the other.

    Signals
    -------
    rested : ()
        What is wanted by now can be asked for.
    ended : ()
        The job was stopped or has failed: there is no answer.
    """

    rested = Signal()
    ended = Signal()

    def __init__(self, of: Asker, title: str, key: str, same: Callable[[About, About], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._of, self._title, self._key, self._same = of, title, key, same
        self._asked: About | None = None
        self._job: Job | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.rested)

    @property
    def running(self) -> bool:
        """Whether an answer is being worked out."""
        return self._job is not None and not self._job.done

    @property
    def stopped(self) -> bool:
        """Whether the last job has ended without an answer."""
        return self._job is not None and self._job.done

    def ask(self, about: About, work: Work, then: Callable[[Any], None]) -> None:
        """Have `work` done about something else than was asked about last; `then` takes the answer."""
        known = self._asked is not None and self._same(about, self._asked)
        if known or not self._of.seen:
            return
        session = self._of.session
        if session.training.active and (self.running or self._rest.isActive()):
            return
        self.leave()
        self._asked = about
        self._job = job = session.submit(self._title, work, self._key)
        job.succeeded.connect(partial(self._on_answer, about, then))
        job.stopped.connect(self.ended)
        job.failed.connect(self.ended)

    def again(self) -> None:
        """The same may be asked once more."""
        self._asked = None

    def leave(self) -> None:
        """Nobody waits for an answer any more."""
        if self._job is None:
            return
        if self.running:
            self._of.session.jobs.leave(self._job)
        self._job = self._asked = None

    def _on_answer(self, about: About, then: Callable[[Any], None], answer: object) -> None:
        if about is not self._asked:
            return
        self._job = None
        if self._of.session.training.active:
            self._rest.start()
        then(answer)
