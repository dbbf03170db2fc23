"""What a training tells while it goes on."""

from __future__ import annotations

import math
import time

from latentexplorer.core.advice import against_collapse
from latentexplorer.core.config import RunConfig
from latentexplorer.core.events import Emit, Notice, TrainingProgress
from latentexplorer.core.history import History
from latentexplorer.core.measures import ACTIVE_VARIANCE
from latentexplorer.models import LatentModel
from latentexplorer.models.budget import evidence
from latentexplorer.models.likelihoods import measured_sigma
from latentexplorer.training.state import TrainingState

INTERVAL_S = 0.1
COLLAPSED_EPOCHS = 6
LONG_S = 1.0
"""The first batches are slower than the others, as everything in them is new: they count only where they took long."""
FEW_BATCHES, FEW_S, FEW_PART = 20, 10.0, 0.1
"""Fewer batches, seconds and a smaller part of the training than these tell nothing of the time that is left."""


class Reporter:
    """Tells the progress some ten times a second; reads the device only then.

    Parameters
    ----------
    emit : callable
    state : TrainingState

    Attributes
    ----------
    lost : bool
        Whether the loss was infinite or not a number at the last report.
    computed : str
        How steps are computed, in words.
    """

    def __init__(self, emit: Emit, state: TrainingState) -> None:
        self.emit, self.state = emit, state
        self._last_s = time.perf_counter()
        self._epoch, self._images, self._loss = state.epoch, *state.meter.loss_sum()
        self._started_s, self._started_at, self._started_step = state.seconds, state.fraction, state.step
        self._first = True
        self._pace = Pace()
        self.lost, self.computed = False, ""

    def due(self) -> bool:
        """Whether it is time for the next report."""
        return time.perf_counter() - self._last_s >= INTERVAL_S

    def report(self) -> None:
        """Tell the progress since the last report; `lost` is whether the loss is not a number any more."""
        state, now = self.state, time.perf_counter()
        images, loss = state.meter.loss_sum()
        if state.epoch != self._epoch:
            self._images = self._loss = 0.0
        seen = images - self._images
        self.emit(
            TrainingProgress(
                epoch=state.epoch,
                epochs=state.config.training.epochs,
                fraction=state.fraction,
                loss=(loss - self._loss) / seen if seen > 0 else math.nan,
                images_per_s=self._pace.after(seen, now - self._last_s),
                seconds_left=self._seconds_left(),
                batch=state.batch,
                batches=state.steps_per_epoch,
                computed=self.computed,
            )
        )
        if self._first:
            self._first = False
            self._started_s, self._started_at, self._started_step = state.seconds, state.fraction, state.step
        self._last_s, self._epoch, self._images, self._loss = now, state.epoch, images, loss
        self.lost = not math.isfinite(loss)

    def _seconds_left(self) -> float:
        done = self.state.fraction - self._started_at
        spent = self.state.seconds - self._started_s
        few = self.state.step - self._started_step < FEW_BATCHES and spent < FEW_S and done < FEW_PART
        known = done > 0 and not few and not (self._first and spent < LONG_S)
        return spent / done * (1 - self.state.fraction) if known else math.nan


class Pace:
    """Images a second, of the last seconds: a look at held-out images or a slow batch does not make it jump."""

    OVER_S = 4.0

    def __init__(self) -> None:
        self._images = self._seconds = 0.0
        self._begun = False

    def after(self, images: float, seconds: float) -> float:
        """What it is after so many more images; NaN for the first ones, in which everything is new."""
        if not self._begun:
            self._begun = images > 0
            return math.nan
        kept = math.exp(-seconds / self.OVER_S)
        self._images, self._seconds = kept * self._images + images, kept * self._seconds + seconds
        return self._images / max(self._seconds, 1e-9)


class SnapshotBudget:
    """When the next snapshot for whoever looks may be taken: a fraction of the time, and some seconds at once.

    Attributes
    ----------
    due_s : float
        Not before; on the clock of whoever tells it the time.
    """

    SHARE, AT_ONCE_S = 0.05, 1.0
    """Who has just begun a training, or comes back to it, watches it."""

    def __init__(self, now_s: float) -> None:
        self.due_s = 0.0
        self._credit_s, self._last_s = self.AT_ONCE_S, now_s

    def spend(self, began_s: float, ended_s: float) -> None:
        """One was taken."""
        earned_s = self.SHARE * (began_s - self._last_s)
        self._credit_s = min(self._credit_s + earned_s, self.AT_ONCE_S) - (ended_s - began_s)
        self._last_s = began_s
        self.due_s = ended_s + max(0.0, -self._credit_s) / self.SHARE


def sigma_note(model: LatentModel) -> str:
    """What a measured pixel sigma is and where it comes from; "" where it is not measured."""
    sigma = measured_sigma(model)
    if sigma is None or not model.kind.gradient:
        return ""
    share = math.sqrt(evidence(model.image_shape))
    return (
        f"pixel sigma {sigma:.3g}: what {model.code_dim} principal components leave of the training images, "
        f"{sigma / share:.3g}, times {share:.3g}, as {evidence(model.image_shape):.3g} pixels count as one of 32 x 32"
    )


def collapse_notice(history: History, code_dim: int, config: RunConfig) -> Notice | None:
    """A word when the posterior has just collapsed onto the prior, or when many dimensions have just died.

    Six epochs in a row, because an encoder starts near the prior and needs a moment to leave it: digits took up to four
    with a KL weight of 20, and learned well after that.
    """
    active = [value for value in history.column("active_units") if not math.isnan(value)]
    if _lately(active, 0) == COLLAPSED_EPOCHS:
        return Notice(
            f"The posterior has collapsed: no dimension's means vary by more than {ACTIVE_VARIANCE:g}, every code says "
            f"the same. {against_collapse(config)}",
            "warning",
        )
    most = max(active[:-COLLAPSED_EPOCHS], default=0.0)
    if active and active[-1] > 0 and _lately(active, math.ceil(most / 2) - 1) == COLLAPSED_EPOCHS:
        return Notice(
            f"Only {active[-1]:.0f} of {code_dim} latent dimensions are still active: their means vary by more than "
            f"{ACTIVE_VARIANCE:g}. {against_collapse(config)}",
            "warning",
        )
    return None


def _lately(values: list[float], most: float) -> int:
    """How many values at the end are at most that large."""
    return next((count for count, value in enumerate(reversed(values)) if value > most), len(values))
