"""Following a run folder that another process or machine is still writing: its loss and its states, as they grow."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.history import History

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session

EVERY_MS = 1000
PATIENCE_S = 30.0
STATES = ("status.json", "history.csv", "checkpoint/state.safetensors", "model.safetensors")

Marks = tuple[int, ...]
"""When each of `STATES` was written, nanoseconds; 0 where it is not there."""


@dataclass(frozen=True)
class Grown:
    """What has become of a run folder. `run` is its newest state, where there is one that was not seen before."""

    path: Path
    marks: Marks
    training: bool
    history: History
    run: Any


class FolderFollower(QObject):
    """Looks after the folder of the open run once a second, in the decoder's thread, and shows what is new.

    What this window trains itself it is told of by its own training, and an earlier epoch that is looked back at stays.

    Attributes
    ----------
    training : bool
        Whether somebody else trains the open run just now.

    Signals
    -------
    changed : ()
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._marks: Marks = ()
        self._asked_s: float | None = None
        self.training = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)
        session.run_changed.connect(self._on_run)

    def end(self) -> None:
        """Look no more."""
        self._timer.stop()

    @Slot()
    def _on_run(self) -> None:
        self._marks, self._asked_s = (), None
        self._set_training(False)
        if self._session.run.path is None:
            self._timer.stop()
        else:
            self._timer.start()

    @Slot()
    def _look(self) -> None:
        session = self._session
        waiting = self._asked_s is not None and time.monotonic() - self._asked_s < PATIENCE_S
        if session.training or session.look_back.epoch is not None or waiting:
            return
        self._asked_s = time.monotonic()
        session.ask_in_background("follow", _grown(session.run, self._marks), self._on_grown)

    def _on_grown(self, grown: Grown | None) -> None:
        self._asked_s = None
        session = self._session
        if grown is None or session.training or session.look_back.epoch is not None or session.run.path != grown.path:
            return
        first, self._marks = not self._marks, grown.marks
        if grown.run is not None and not (first and grown.run.epoch == session.run.epoch):
            session.show_run(grown.run, same=True)
        elif len(grown.history) != len(session.history):
            session.history = grown.history
            session.history_changed.emit()
        self._set_training(grown.training)

    def _set_training(self, training: bool) -> None:
        if training != self.training:
            self.training = training
            self.changed.emit()


def _grown(run: Any, seen: Marks) -> Callable[[], Grown | None]:
    """A question for the decoder's thread; the answer is None where nothing was written since."""

    def question() -> Grown | None:
        from latentexplorer.runs.folder import RunFolder
        from latentexplorer.runs.trained import Trained

        marks = tuple(_written_ns(run.path / name) for name in STATES)
        if marks == seen:
            return None
        try:
            folder = RunFolder.open(run.path)
            status, history = folder.status, folder.history
            state = None
            if marks[2:] != seen[2:]:
                # All of the history: it is written before the state that belongs to it.
                state = replace(Trained.load(run.path, like=run), history=history)
        except LatentExplorerError:
            # Between two files, or gone: whoever asks the run for something else is told.
            return None
        return Grown(run.path, marks, status == "training", history, state)

    return question


def _written_ns(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
