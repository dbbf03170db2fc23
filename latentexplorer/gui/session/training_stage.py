"""What a training does just now, in words and as a bar: the same for toolbar, Training pane and Loss pane."""

from __future__ import annotations

import math
from dataclasses import dataclass

from latentexplorer.core.events import Progress, TrainingProgress

IDLE, LOADING, TRAINING, PAUSED, STOPPING = "idle", "loading", "training", "paused", "stopping"
READY = "getting ready"
SHORT_EPOCH_S = 1.0
"""Of shorter epochs the batches run by too quickly to be read."""


@dataclass(frozen=True)
class Stage:
    """Where a training is.

    Attributes
    ----------
    what : str
        What is being done: "reading images", "batch 37 of 313", "paused"; "" where the epochs say enough.
    words : str
        The same, counted: "reading images · 12,000 of 60,000".
    fraction : float
        0..1 for a bar: of what is counted while it is prepared, then of all epochs; NaN while unknown.
    epoch : str
        "epoch 3 of 60"; "" before the first.
    pace : str
        "about 0:31 left · 1,240 images/s", as far as it is known.
    """

    what: str = ""
    words: str = ""
    fraction: float = math.nan
    epoch: str = ""
    pace: str = ""

    @property
    def text(self) -> str:
        """What is being done and how quickly."""
        return " · ".join(text for text in (self.words, self.pace) if text)


def stage_of(state: str, progress: TrainingProgress | None, doing: Progress | None) -> Stage:
    """The stage of a training in a state.

    Parameters
    ----------
    progress : TrainingProgress or None
        What it told last; None before the first batch.
    doing : Progress or None
        What it does beside its batches, where that was told after `progress`.
    """
    if state == IDLE:
        return Stage()
    fraction = math.nan if progress is None else min(max(progress.fraction, 0.0), 1.0)
    epoch = "" if progress is None else progress.epoch_text
    if state in (PAUSED, STOPPING):
        return Stage(state, state, fraction, epoch)
    if doing is not None:
        counted = doing.done / doing.total if doing.total > 0 else math.nan
        return Stage(doing.what, doing.text, counted if progress is None else fraction, epoch)
    if progress is None:
        return Stage(READY, READY)
    batch = "" if _epoch_s(progress) < SHORT_EPOCH_S else progress.batch_text
    return Stage(batch, batch, fraction, epoch, progress.pace_text)


def _epoch_s(progress: TrainingProgress) -> float:
    """How long an epoch takes, about; infinite while unknown."""
    left = progress.epochs * (1 - progress.fraction)
    return progress.seconds_left / left if left > 0 and math.isfinite(progress.seconds_left) else math.inf
