"""Copies of what is being trained: for whoever looks, and on disk to look back at."""

from __future__ import annotations

import time

from latentexplorer.core.config import TrainingConfig
from latentexplorer.core.events import Emit, SnapshotTaken
from latentexplorer.runs import RunFolder
from latentexplorer.runs.snapshot import SHOWN, kept_snapshots, snapshot_stride, write_snapshot
from latentexplorer.training.controls import Controls
from latentexplorer.training.reports import SnapshotBudget
from latentexplorer.training.save import take_snapshot
from latentexplorer.training.state import TrainingState


class Showing:
    """Shows one training, and keeps its states.

    Attributes
    ----------
    budget : SnapshotBudget
        How much time copies may take.
    """

    def __init__(self, folder: RunFolder, state: TrainingState, controls: Controls, emit: Emit) -> None:
        self.folder, self.state, self.controls, self.emit = folder, state, controls, emit
        self.budget = SnapshotBudget(time.perf_counter())

    def due(self) -> bool:
        """Whether somebody waits for a copy and the last was long enough ago."""
        return self.controls.snapshot_wanted and time.perf_counter() >= self.budget.due_s

    def at_once(self) -> None:
        """Somebody waits for a copy of what stands still."""
        self.budget.due_s = 0.0

    def show(self) -> None:
        """Publish a copy."""
        begin = time.perf_counter()
        self.controls.snapshot_taken()
        self.emit(SnapshotTaken(take_snapshot(self.state)))
        self.budget.spend(begin, time.perf_counter())

    def lacks_last(self) -> bool:
        """Whether the state of the last whole epoch is not on disk."""
        return self.state.epoch not in kept_snapshots(self.folder)

    def keep(self, training: TrainingConfig) -> None:
        """Keep the epoch's state on disk, and show it, where it is one of those that are kept."""
        state = self.state
        weights = sum(tensor.numel() * tensor.element_size() for tensor in state.model.network_state().values())
        codes = 16 * state.model.code_dim * min(SHOWN, len(state.data.train))
        stride = snapshot_stride(training.epochs, training.snapshots, weights + codes)
        if not stride or state.epoch % stride:
            return
        snapshot = take_snapshot(state)
        if state.ranks.main:
            write_snapshot(self.folder, snapshot, stride)
        self.emit(SnapshotTaken(snapshot))
