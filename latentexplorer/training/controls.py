"""What a person may do to a training while it goes on; safe to call from any thread."""

from __future__ import annotations

import threading

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import SettingsError

KEYS = ("training.lr", "training.code_lr", "model.beta")
"""Settings that can change while a model is trained."""


class Controls:
    """Pause, go on, train one more epoch, change a setting, ask for a snapshot.

    What is asked takes effect at the next batch. The trainer's own side of it is `wait_while_paused`, `epoch_ended`,
    `take_changes` and `take_snapshot_wish`.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._paused = False
        self._epochs_granted = 0
        self._snapshot_wanted = False
        self._leaving_a_core = False
        self._changes: list[tuple[str, float]] = []

    def pause(self) -> None:
        """Stand still after the batch under way."""
        with self._condition:
            self._paused, self._epochs_granted = True, 0
            self._condition.notify_all()

    def unpause(self) -> None:
        """Go on."""
        with self._condition:
            self._paused, self._epochs_granted = False, 0
            self._condition.notify_all()

    def step_epoch(self) -> None:
        """Train to the end of the epoch, then stand still."""
        with self._condition:
            self._paused = True
            self._epochs_granted += 1
            self._condition.notify_all()

    @property
    def paused(self) -> bool:
        """Whether it stands still, or will after the batch under way."""
        with self._condition:
            return self._paused and not self._epochs_granted

    def want_snapshot(self) -> None:
        """Ask for a `SnapshotTaken` event soon. Asking again before it comes changes nothing."""
        with self._condition:
            self._snapshot_wanted = True
            self._condition.notify_all()

    def leave_a_core(self, wanted: bool) -> None:
        """Train with one CPU thread fewer while somebody uses the window (only with `training.numerics = fast`)."""
        with self._condition:
            self._leaving_a_core = wanted

    def set(self, key: str, value: float) -> None:
        """Change a setting from the next step on.

        Parameters
        ----------
        key : one of `KEYS`
        value : float

        Raises
        ------
        SettingsError
            If the setting cannot change while training, or the value is out of range.
        """
        check_change(key, value)
        with self._condition:
            self._changes.append((key, float(value)))

    # -- the trainer's side --------------------------------------------------------------------------------------

    @property
    def leaving_a_core(self) -> bool:
        """Whether one thread fewer is wanted now."""
        with self._condition:
            return self._leaving_a_core

    def wait_while_paused(self, stop: StopToken) -> bool:
        """Stand still while paused; says whether a snapshot is wanted meanwhile. Returns at once when stopped."""
        with self._condition:
            while self._paused and not self._epochs_granted and not stop.requested:
                if self._snapshot_wanted:
                    return True
                # The token has no way to wake this condition: look at it ten times a second.
                self._condition.wait(0.1)
        return False

    def epoch_ended(self) -> None:
        """One of the epochs asked for by `step_epoch` is done."""
        with self._condition:
            self._epochs_granted = max(0, self._epochs_granted - 1)

    @property
    def changed(self) -> bool:
        """Whether a change was asked for since `take_changes`."""
        return bool(self._changes)

    def take_changes(self) -> list[tuple[str, float]]:
        """Changes asked for since the last call."""
        if not self._changes:
            return []
        with self._condition:
            changes, self._changes = self._changes, []
        return changes

    @property
    def snapshot_wanted(self) -> bool:
        """Whether somebody waits for a snapshot."""
        return self._snapshot_wanted

    def snapshot_taken(self) -> None:
        """Whoever waited has it now."""
        with self._condition:
            self._snapshot_wanted = False


def check_change(key: str, value: float) -> None:
    """Raise a SettingsError if a change made while training is not allowed."""
    if key not in KEYS:
        raise SettingsError(f"{key} cannot change while training", f"These can: {', '.join(KEYS)}")
    low = 0.0 if key == "model.beta" else 1e-12
    high = {"training.lr": 10.0, "training.code_lr": 100.0, "model.beta": 1e6}[key]
    if not low <= value <= high:
        raise SettingsError(f"{key} = {value}: must be between {low:g} and {high:g}")
