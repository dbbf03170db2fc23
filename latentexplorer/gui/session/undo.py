"""What a person has changed in the window, step by step, so that it can be taken back and done again.

Whatever a person can change emits a `Change` when they do; who owns it connects that to `Undo.record`. What the program
does by itself emits none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

MOST_STEPS = 100
MOST_LETTERS = 60
"""Of what a step is called: names of classes and bookmarks may be long."""


State = TypeVar("State")


@dataclass(frozen=True, eq=False)
class Change:
    """Something that a person has just changed; `changed` makes one.

    Attributes
    ----------
    words : str
        What was done, after "Undo": "moving z3".
    owner : object
        Whose state it is: of several changes of a gesture the first `back` of each owner counts, and the last `forth`.
    back, forth : callable
        Bring it back as it was before, and as it is now.
    gesture : str
        What it is a part of, where more may follow that belongs to the same step: a drag, a walk. "": it stands alone.
    ends : bool
        Whether it is the last one of its gesture.
    idle : bool
        Whether all is as it was before: then it is a step only as the end of a gesture.
    """

    words: str
    owner: object
    back: Callable[[], object]
    forth: Callable[[], object]
    gesture: str
    ends: bool
    idle: bool


def changed(
    words: str,
    put: Callable[[State], object],
    before: State,
    after: State,
    *,
    gesture: str = "",
    ends: bool = True,
    idle: bool = False,
) -> Change:
    """A change from one state to another; `put` (a bound method) brings a state back, without recording it."""
    return Change(words, put, partial(put, before), partial(put, after), gesture, ends or not gesture, idle)


class Chosen(Generic[State]):
    """A state that is read off widgets, which a person changes before anybody is told.

    Parameters
    ----------
    read : callable
        The state as it is; states are compared by `==`.
    put : callable
        Shows a state, and does what follows from it.

    Attributes
    ----------
    last : state
        As it was known last.
    """

    def __init__(self, read: Callable[[], State], put: Callable[[State], object]) -> None:
        self._read, self._put = read, put
        self.last = read()

    def note(self) -> None:
        """The program has chosen: what a person changes next, they change from there."""
        self.last = self._read()

    def change(self, words: str, *, gesture: str = "", ends: bool = True) -> Change:
        """A person has chosen."""
        before, self.last = self.last, self._read()
        idle = before == self.last
        return changed(words, self._bring, before, self.last, gesture=gesture, ends=ends, idle=idle)

    def _bring(self, state: State) -> None:
        self._put(state)
        self.note()


class _Step(QUndoCommand):
    """One step; the changes of a gesture are put together into one.

    By `add`, not by Qt's own merging: PySide6 keeps each command that Qt has merged for ever, and what it refers to.
    """

    def __init__(self, change: Change) -> None:
        words = " ".join(change.words.split())
        super().__init__(words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…")
        self._parts = {change.owner: (change.back, change.forth)}
        self._done = True

    def add(self, change: Change) -> None:
        """More of the same gesture."""
        first, _ = self._parts.get(change.owner, (change.back, change.forth))
        self._parts[change.owner] = (first, change.forth)

    def undo(self) -> None:
        for back, _ in reversed(self._parts.values()):
            back()

    def redo(self) -> None:
        # Qt asks for it as soon as it is recorded: then a person has done it already.
        if self._done:
            self._done = False
            return
        for _, forth in self._parts.values():
            forth()


class Undo(QObject):
    """The steps of the open run.

    Signals
    -------
    changed : ()
        Something else would be undone or redone.
    message : (level, text)
        What was undone.
    """

    changed = Signal()
    message = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(MOST_STEPS)
        self._gesture = ""
        self._step: _Step | None = None
        """The step of the gesture that is under way."""
        self._going = False
        for signal in (self._stack.undoTextChanged, self._stack.redoTextChanged, self._stack.indexChanged):
            signal.connect(self.changed)

    @property
    def undoes(self) -> str:
        """What `undo` would take back; "" where there is nothing."""
        return self._stack.undoText() if self._stack.canUndo() else ""

    @property
    def redoes(self) -> str:
        """What `redo` would do again; "" where there is nothing."""
        return self._stack.redoText() if self._stack.canRedo() else ""

    @Slot(object)
    def record(self, change: Change) -> None:
        """Remember what a person has just changed. What follows from undoing itself is none of it."""
        if self._going:
            return
        follows = bool(change.gesture) and change.gesture == self._gesture
        self._gesture = "" if change.ends else change.gesture
        step = self._step if follows else None
        if step is not None:
            step.add(change)
        elif not change.idle:
            step = _Step(change)
            self._stack.push(step)
        self._step = step if self._gesture else None

    @Slot()
    def undo(self) -> None:
        """Take the last step back."""
        self._go(self._stack.undo, f"Undone: {self.undoes}", bool(self.undoes))

    @Slot()
    def redo(self) -> None:
        """Do what was undone last again."""
        self._go(self._stack.redo, f"Done again: {self.redoes}", bool(self.redoes))

    def _go(self, go: Callable[[], None], words: str, possible: bool) -> None:
        if not possible or self._going:
            return
        self._gesture, self._step = "", None
        # First: what is said of doing it weighs more, that it cannot be written say.
        self.message.emit("info", words)
        self._going = True
        try:
            go()
        finally:
            self._going = False

    def clear(self) -> None:
        """Another run is open: the steps of the one before mean nothing in it."""
        self._gesture, self._step = "", None
        self._stack.clear()
