"""What is looked at when an epoch is over, and the row of the history that says it."""

from __future__ import annotations

import math
import time

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Emit, Progress
from latentexplorer.training.held_out import Fitted, log_likelihoods
from latentexplorer.training.schedules import Rates, Schedule
from latentexplorer.training.state import TrainingState

LONG_S = 0.5
"""What takes longer than this once an epoch is told before it is done."""


class EpochEnd:
    """Measures the epochs of one training."""

    def __init__(self, state: TrainingState, emit: Emit, stop: StopToken) -> None:
        self.state, self.emit, self.stop = state, emit, stop
        self._measured_s = 0.0

    def row(self, rates: Rates, began_s: float) -> dict[str, float] | None:
        """The row of the epoch, whose last step had these rates; None when asked to stop on the way.

        `began_s`, on the clock of `time.perf_counter`, is since when time counts that was not counted yet.
        """
        state = self.state
        state.kl_per_dim = state.meter.mean_kl_per_dim() if state.model.kind.variational else None
        held_out = self._held_out(rates)
        if held_out is None:
            return None
        row: dict[str, float] = {"epoch": state.epoch + 1, **state.meter.columns(), **held_out}
        state.seconds += time.perf_counter() - began_s
        row["seconds"] = round(state.seconds, 3)
        if state.network_optimiser is not None:
            row["lr"] = rates.lr
        if state.code_optimiser is not None:
            row["code_lr"] = rates.code_lr
        if state.kl_per_dim is not None:
            row["beta"] = rates.beta
            row["active_units"] = state.meter.active_units()
        return row | log_likelihoods(state.model, state.data)

    def watch_best(self, row: dict[str, float], schedule: Schedule) -> None:
        """For early stopping; a loss whose KL weight still grows is not compared."""
        state, loss = self.state, row.get("test_loss", math.nan)
        if not schedule.kl_warm(state.scheduled_step) or math.isnan(loss):
            return
        if loss < state.best:
            state.best, state.worse = loss, 0
        else:
            state.worse += 1

    def polish(self, now: RunConfig, code_lr: float) -> bool:
        """Some more steps for the held-out codes of an auto-decoder, now that the decoder stands still.

        False when asked to stop on the way: the checkpoint, which is of before, begins them again.
        """
        state, held_out = self.state, self.state.held_out
        if not isinstance(held_out, Fitted):
            return True
        steps = held_out.polish_steps(state.step * now.training.batch_size)
        if not steps:
            return True
        self.emit(Progress(0, 0, "fitting held-out codes"))
        held_out.synchronise()
        return state.ranks.from_main(lambda: held_out.polish(steps, now.model.beta, code_lr, self.stop))

    def _held_out(self, rates: Rates) -> dict[str, float] | None:
        """The held-out columns of the history; None when asked to stop on the way."""
        held_out = self.state.held_out
        if held_out is None:
            return {}
        if not len(self.state.history) or self._measured_s > LONG_S:
            self.emit(Progress(0, 0, "measuring the held-out images"))
        begin = time.perf_counter()
        held_out.synchronise()
        columns = self.state.ranks.from_main(lambda: held_out.epoch(rates.beta, rates.code_lr, self.stop))
        self._measured_s = time.perf_counter() - begin
        return columns
