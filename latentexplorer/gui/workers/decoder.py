"""Quick questions to the model: the newest of each pane wins, and the current code has a thread of its own.

A question is a callable; it returns its answer, or is a generator that yields better and better ones (a plane, coarse
first), and None where there is nothing to show yet. Between two steps of a generator another pane's question has its
turn, so that a large grid never holds up the small views. The current code, which somebody has just clicked, waits for
none of them: no step of theirs begins before it is decoded. While somebody drags, a question that is overtaken still
shows its first answer: showing only the newest of all would show nothing.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import GeneratorType
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal, Slot

from latentexplorer.gui.workers.job import Failure
from latentexplorer.gui.workers.thread import FAR_BEHIND, NOT_BEHIND, Prepare, WorkerThread, nothing
from latentexplorer.gui.workers.turns import Turns

SOON_S = 0.008
"""How long the window stands back for the current code: nobody notices, and small decoders are done by then."""
PATIENCE_S = 0.25
"""How long a pane waits for the current code, at most: a decoder may be slow."""
CURRENT, PANE, BACKGROUND = 0, 1, 2
"""How urgent a question is: the current code, what a pane shows, what nobody waits for."""

T = TypeVar("T")
Answer = Callable[[Any], object]
"""Takes what `T` the question that belongs to it gives."""


@dataclass
class _Asked:
    key: str
    number: int
    urgency: int
    question: Callable[[], object] | None
    steps: Iterator[object] | None = None
    answered: bool = False
    asked_s: float = 0.0


class _Inbox:
    """Questions that wait, at most one new one a key, and those half answered. Safe across threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: dict[str, _Asked] = {}
        self._half: dict[str, _Asked] = {}
        self.cleared = 0

    def put(self, asked: _Asked) -> None:
        with self._lock:
            self._new[asked.key] = asked

    def put_back(self, asked: _Asked) -> None:
        with self._lock:
            overtaken = asked.answered and asked.key in self._new
            if asked.number > self.cleared and not overtaken:
                self._half[asked.key] = asked

    def clear(self, number: int) -> None:
        with self._lock:
            self._new.clear()
            self._half.clear()
            self.cleared = number

    def take(self) -> _Asked | None:
        with self._lock:
            for key in self._new:
                if key in self._half and self._half[key].answered:
                    del self._half[key]
            waiting = [*self._new.values(), *self._half.values()]
            if not waiting:
                return None
            chosen = min(waiting, key=lambda asked: (asked.urgency, asked.number))
            found = self._new if self._new.get(chosen.key) is chosen else self._half
            del found[chosen.key]
            return chosen


class _DecoderWorker(QObject):
    """Answers questions in a thread, and emits from there."""

    answered = Signal(int, object, float)
    failed = Signal(int, object)
    rested = Signal()

    def __init__(self, inbox: _Inbox, before: threading.Event | None, prepare: Prepare) -> None:
        super().__init__()
        self._inbox, self._before, self._prepare = inbox, before, prepare
        self.closing = threading.Event()
        self.idle = threading.Event()
        self.idle.set()
        self.spent_s = 0.0

    def serve(self) -> None:
        self._prepare()
        while not self.closing.is_set():
            if self._before is not None:
                self._before.wait(PATIENCE_S)
            asked = self._inbox.take()
            if asked is None:
                break
            begun_s = time.thread_time()
            try:
                self._step(asked)
            except BaseException as error:  # noqa: BLE001  the boundary of the thread: whatever it is becomes text
                self.failed.emit(asked.number, Failure.of(error))
            self.spent_s += time.thread_time() - begun_s
        self.idle.set()
        self.rested.emit()

    def _step(self, asked: _Asked) -> None:
        if asked.steps is None:
            assert asked.question is not None
            answer = asked.question()
            asked.question = None
            if not isinstance(answer, GeneratorType):
                self.answered.emit(asked.number, answer, time.perf_counter() - asked.asked_s)
                return
            asked.steps = answer
        for part in asked.steps:
            if part is not None:
                asked.answered = True
                self.answered.emit(asked.number, part, time.perf_counter() - asked.asked_s)
            self._inbox.put_back(asked)
            return


class _Lane(QObject):
    """A thread that answers questions one after the other.

    Parameters
    ----------
    prepare : callable
        Called in the thread whenever it is woken.
    before : _Lane or None
        One that goes before: no step begins while it has something to do, so that both do not share the cores, and
        the window's own threads get them first.

    Signals
    -------
    answered : (number, answer, seconds)
    failed : (number, Failure)
    rested : ()
        Once for every time it was woken, after the answers it gave.
    """

    answered = Signal(int, object, float)
    failed = Signal(int, object)
    rested = Signal()

    def __init__(self, name: str, parent: QObject, prepare: Prepare, before: _Lane | None = None) -> None:
        super().__init__(parent)
        self.inbox = _Inbox()
        self._worker = _DecoderWorker(self.inbox, None if before is None else before.idle, prepare)
        self._thread = WorkerThread(name, behind=NOT_BEHIND if before is None else FAR_BEHIND)
        self._worker.answered.connect(self.answered)
        self._worker.failed.connect(self.failed)
        self._worker.rested.connect(self.rested)
        self._resting = True

    @property
    def idle(self) -> threading.Event:
        """Set while it has nothing to do."""
        return self._worker.idle

    @property
    def spent_s(self) -> float:
        """Processor time of its thread so far."""
        return self._worker.spent_s

    def put(self, asked: _Asked) -> None:
        self.idle.clear()
        if self._resting:
            self._resting = False
            self._thread.begin()
        self.inbox.put(asked)
        self._thread.do(self._worker.serve)

    def rest(self) -> None:
        """End the thread until the next question."""
        self._resting = True
        self._thread.end_soon()

    def end(self) -> None:
        self._worker.closing.set()
        self._thread.end()


class Decoder(QObject):
    """The window's end of the decoding threads.

    Parameters
    ----------
    prepare : callable
        Called in each of them whenever it is woken.

    Signals
    -------
    failed : (Failure)
        A question could not be answered.
    timed : (key, seconds)
        How long an answer took, from asking to leaving the thread.
    rested : ()
        Every question that was there has been answered; ask `busy` whether new ones have come since.

    Attributes
    ----------
    turns : Turns
        In which what the panes asked for is given to them, one answer after the other; that of the current code comes
        at once.
    """

    failed = Signal(object)
    timed = Signal(str, float)
    rested = Signal()

    def __init__(self, parent: QObject | None = None, prepare: Prepare = nothing) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._asked: dict[int, tuple[str, Answer]] = {}
        self._shown: dict[str, int] = {}
        self._arrived: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        """Of each pane the two newest questions of which an answer has come, the newest last."""
        self._last = self._unserved = 0
        self._closed = False
        self.turns = Turns(self)
        current = _Lane("current", self, prepare)
        panes = _Lane("decoder", self, prepare, before=current)
        self._lanes = {CURRENT: current, PANE: panes, BACKGROUND: panes}
        current.answered.connect(self._on_answered)
        current.failed.connect(self._on_failed)
        current.rested.connect(self._on_rested)
        panes.answered.connect(self._on_pane_answered)
        panes.failed.connect(self._on_pane_failed)
        panes.rested.connect(self._on_panes_rested)

    def _each_lane(self) -> list[_Lane]:
        return [self._lanes[CURRENT], self._lanes[PANE]]

    def ask(self, key: str, question: Callable[[], T], answer: Callable[[T], object], urgency: int = PANE) -> None:
        """Ask a question (milliseconds); `answer` is called in this thread.

        Parameters
        ----------
        key : str
            Who asks, always with the same urgency. A newer question of the same key replaces the older one.
        question : callable () -> result
            Runs in another thread: a plain function with its arguments bound by `functools.partial`. Must hold whatever
            it needs and touch no widget.
        answer : callable (result)
            Runs in the window's thread.
        """
        self._put(key, question, answer, urgency)

    def ask_in_steps(
        self, key: str, question: Callable[[], Iterator[T | None]], answer: Callable[[T], object], urgency: int = PANE
    ) -> None:
        """Ask a question whose answer becomes better and better; `answer` is called once for each step that has one.

        `question` is a generator function, see `ask`; it yields None where there is nothing to show yet.
        """
        self._put(key, question, answer, urgency)

    def _put(self, key: str, question: Callable[[], object], answer: Answer, urgency: int) -> None:
        if self._closed:
            return
        number = self._last = next(self._numbers)
        self._asked[number] = (key, answer)
        self._unserved += 1
        self._lanes[urgency].put(_Asked(key, number, urgency, question, asked_s=time.perf_counter()))

    def give_current_soon(self) -> None:
        """Stand back while the current code is decoded, for a moment at most, and give the answer if it is there then.

        Python runs one thread at a time: what the window does meanwhile would hold it up, and its answer would wait for
        all that is already waiting to be drawn.
        """
        current = self._lanes[CURRENT]
        if current.idle.wait(SOON_S):
            QCoreApplication.sendPostedEvents(current, QEvent.Type.MetaCall.value)

    @property
    def busy(self) -> bool:
        """Whether a question waits, is being answered, or has an answer on its way to whoever asked; or anything else
        waits for its turn.
        """
        return self._unserved > 0 or self.turns.waiting

    @property
    def spent_s(self) -> float:
        """Processor time that answers have taken so far."""
        return sum(lane.spent_s for lane in self._each_lane())

    def drop(self, key: str) -> None:
        """Nobody waits for the answers of this key any more: what was asked for has passed."""
        for number in [number for number, (name, _) in self._asked.items() if name == key]:
            del self._asked[number]

    def forget(self) -> None:
        """Drop every question and every answer under way (the run has changed)."""
        for lane in self._each_lane():
            lane.inbox.clear(self._last)
        self._asked.clear()

    def shutdown(self) -> None:
        """End the threads."""
        self._closed = True
        self.forget()
        for lane in self._each_lane():
            lane.end()
        self.turns.clear()
        self._unserved = 0

    @Slot(int, object, float)
    def _on_pane_answered(self, number: int, result: object, seconds: float) -> None:
        key, _ = self._asked.get(number, ("", None))
        if number > self._arrived[key][1]:
            self._arrived[key] = (self._arrived[key][1], number)
        self.turns.put(partial(self._give, key, number, result, seconds))

    def _give(self, key: str, number: int, result: object, seconds: float) -> None:
        """The turn of an answer: where two newer questions have been answered since, nobody would see it."""
        if number >= self._arrived[key][0]:
            self._on_answered(number, result, seconds)

    @Slot(int, object)
    def _on_pane_failed(self, number: int, failure: Failure) -> None:
        self.turns.put(partial(self._on_failed, number, failure))

    @Slot()
    def _on_panes_rested(self) -> None:
        self.turns.put(self._on_rested)

    @Slot(int, object, float)
    def _on_answered(self, number: int, result: object, seconds: float) -> None:
        found = self._asked.get(number)
        if found is None:
            return
        key, answer = found
        if number < self._shown.get(key, 0):
            return
        self._shown[key] = number
        for older in [other for other, (name, _) in self._asked.items() if name == key and other < number]:
            del self._asked[older]
        answer(result)
        self.timed.emit(key, seconds)

    @Slot()
    def _on_rested(self) -> None:
        if not self._closed:
            self._unserved -= 1
            if not self._unserved:
                self._lanes[PANE].rest()
            self.rested.emit()

    @Slot(int, object)
    def _on_failed(self, number: int, failure: Failure) -> None:
        if self._asked.pop(number, None) is not None:
            self.failed.emit(failure)
