"""Following a run folder that another process or machine is still writing: its loss and its states, as they grow."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.history import History
from latentexplorer.gui.workers.decoder import BACKGROUND, Decoder

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

EVERY_MS = 1000
PATIENCE_S = 30.0
STATES = ("status.json", "history.csv", "checkpoint/state.safetensors", "model.safetensors")

Marks = tuple[int, ...]
"""When each of `STATES` was written, nanoseconds; 0 where it is not there."""


@dataclass(frozen=True)
class Grown:
    """What has become of a run folder.

    Attributes
    ----------
    marks : tuple of int
    training : bool
        Whether somebody trains it just now.
    history : History
    run : Trained or None
        Its newest state, where there is one that was not seen before.
    """

    marks: Marks
    training: bool
    history: History
    run: Trained | None


class RunWatcher(QObject):
    """Looks after the folder of the open run once a second, in the decoder's thread, and tells what is new.

    Attributes
    ----------
    training : bool
        Whether somebody else trains the open run just now.
    paused : bool
        Nothing is looked for: what this window trains itself it is told of by its own training, and an earlier epoch
        that is looked back at stays.

    Signals
    -------
    changed : ()
        `training` has.
    grown : (Trained or None, History)
        A newer state of the run, where there is one, and its history.
    """

    changed = Signal()
    grown = Signal(object, object)

    def __init__(self, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decoder = decoder
        self._run: Trained | None = None
        self._marks: Marks = ()
        self._asked_s: float | None = None
        self.training = False
        self.paused = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)

    def end(self) -> None:
        """Look no more."""
        self._timer.stop()

    def watch(self, run: Trained) -> None:
        """Another run is open."""
        self._run = run
        self._marks, self._asked_s = (), None
        self._set_training(False)
        if run.path is None:
            self._timer.stop()
        else:
            self._timer.start()

    def follow(self, run: Trained) -> None:
        """A newer state of it is shown."""
        self._run = run

    @Slot()
    def _look(self) -> None:
        waiting = self._asked_s is not None and time.monotonic() - self._asked_s < PATIENCE_S
        run = self._run
        if self.paused or waiting or run is None or run.path is None:
            return
        self._asked_s = time.monotonic()
        question = partial(grown_since, run, run.path, self._marks, self.training)
        self._decoder.ask("follow", question, partial(self._on_grown, run.path), BACKGROUND)

    def _on_grown(self, path: Path, grown: Grown | None) -> None:
        self._asked_s = None
        run = self._run
        if grown is None or self.paused or run is None or run.path != path:
            return
        first, self._marks = not self._marks, grown.marks
        seen = grown.run is None or (first and grown.run.epoch == run.epoch)
        self.grown.emit(None if seen else grown.run, grown.history)
        self._set_training(grown.training)

    def _set_training(self, training: bool) -> None:
        if training != self.training:
            self.training = training
            self.changed.emit()


def grown_since(run: Trained, path: Path, seen: Marks, training: bool = False) -> Grown | None:
    """A question: what has become of a run's folder; None where nothing was written since, or it is not there.

    Whoever was seen `training` may have been killed since, and has written nothing then.
    """
    from latentexplorer.runs.lock import is_locked
    from latentexplorer.runs.trained import Trained

    marks = tuple(_written_ns(path / name) for name in STATES)
    if marks == seen and not (training and not is_locked(path)):
        return None
    try:
        # Another run in its place is not what it has become.
        folder = run.folder()
        status, history = folder.status, folder.history
        state = None
        if marks[2:] != seen[2:]:
            # All of the history: it is written before the state that belongs to it.
            state = replace(Trained.load(path, like=run), history=history)
    except LatentExplorerError:
        # Between two files, or gone: whoever asks the run for something else is told.
        return None
    return Grown(marks, status == "training", history, state)


def _written_ns(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
