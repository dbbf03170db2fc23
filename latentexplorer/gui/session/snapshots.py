"""Looking at the model that trains: panes show snapshots of it, and leave it the cores in between."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentexplorer.gui.session.snapshot_pacing import SnapshotPacing
from latentexplorer.gui.session.training import PAUSED, TRAINING, Training
from latentexplorer.gui.session.user_activity import UserActivity
from latentexplorer.gui.workers import tasks
from latentexplorer.gui.workers.decoder import BACKGROUND, Decoder

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.snapshot import Snapshot

EVERY_MS = 500


class Snapshots(QObject):
    """Asks the trainer for snapshots as `SnapshotPacing` says, and makes runs of them.

    Attributes
    ----------
    following : bool
        Whether the window shows the run that trains; not after another one was opened.

    Signals
    -------
    opened : (Trained)
        A newer state of the run that trains.
    """

    opened = Signal(object)

    def __init__(self, training: Training, user: UserActivity, decoder: Decoder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._training, self._user, self._decoder = training, user, decoder
        self._pacing = SnapshotPacing()
        self._spent_s = 0.0
        """Processor time that window and decoder had taken when a snapshot arrived."""
        self.following = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._on_tick)
        training.state_changed.connect(self._on_state)
        training.snapshot_taken.connect(self._on_taken)
        user.changed.connect(self._on_user)
        decoder.rested.connect(self._on_rested)

    def begin(self) -> None:
        """A training begins: it is what is looked at, from before its first step on."""
        self.following = True
        self._pacing.begin()
        self._timer.start()

    def begun(self) -> None:
        """Its data is loaded; its first snapshot comes unasked."""
        if self.following:
            self._pacing.first(time.monotonic())

    def end(self) -> None:
        """It has ended, or the window closes."""
        self._timer.stop()
        self._pacing.end()
        self.following = False

    def look_at(self, run: Trained) -> None:
        """A run was opened: it is followed where it is the one that trains."""
        self.following = self._training.active and run.path is not None and run.path == self._training.path

    # -- what happens ----------------------------------------------------------------------------------------------

    @Slot()
    def _on_tick(self) -> None:
        ready = self.following and self._training.state == TRAINING
        if ready and self._pacing.tick(time.monotonic(), self._user.here):
            self._ask()

    @Slot(str)
    def _on_state(self, state: str) -> None:
        self._user.watch(state == TRAINING)
        if state == PAUSED and self.following and self._pacing.stand_still():
            self._ask()

    @Slot(object)
    def _on_taken(self, snapshot: Snapshot) -> None:
        ready = self._training.ready
        if ready is None or not self.following:
            self._pacing.dropped()
            return
        self._pacing.arrived(time.monotonic())
        self._spent_s = self._spent()
        self._share_cores()
        question = partial(tasks.run_of_snapshot, ready.config, snapshot, ready.data, ready.path)
        self._decoder.ask("snapshot", question, self._on_opened, BACKGROUND)

    def _on_opened(self, run: Trained) -> None:
        if not self.following or run.path != self._training.path:
            self._pacing.dropped()
            return
        self.opened.emit(run)
        if self._pacing.shown():
            self._ask()

    @Slot()
    def _on_rested(self) -> None:
        if not self._decoder.busy:
            self._pacing.rested(time.monotonic(), self._user.here, self._spent() - self._spent_s)
            self._share_cores()

    @Slot(bool)
    def _on_user(self, here: bool) -> None:
        if here:
            self._pacing.somebody_came()
        self._share_cores()

    def _spent(self) -> float:
        return time.thread_time() + self._decoder.spent_s

    # -- the trainer -----------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._training.controls is not None:
            self._training.controls.want_snapshot()

    def _share_cores(self) -> None:
        """Training has all cores but one while somebody is here."""
        if self._training.controls is not None:
            self._training.controls.leave_a_core(self._user.here)
