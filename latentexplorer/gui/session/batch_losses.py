"""The loss inside the epochs of a training: what was reported between two rows of the history, thinned out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from latentexplorer.views.base import Array

MOST = 2000
"""Points kept: with more of them neighbours are averaged, so that a long training costs no more than a short one."""


class BatchLosses:
    """Mean losses of some batches each, by the epoch they were reported at. Seen only while the window is open.

    Attributes
    ----------
    path : Path or None
        The run whose they are; None before it has a folder.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Another training begins."""
        self.path: Path | None = None
        self._epochs: list[float] = []
        self._losses: list[float] = []
        self._waiting: list[tuple[float, float]] = []
        self._reports = 1

    def __len__(self) -> int:
        return len(self._losses)

    @property
    def epochs(self) -> Array:
        """Where each stands (P,) float64: 0.5 is half of the first epoch."""
        return np.asarray(self._epochs, np.float64)

    @property
    def losses(self) -> Array:
        """Nats per image (P,) float64."""
        return np.asarray(self._losses, np.float64)

    def add(self, epochs: float, loss: float) -> None:
        """Note a report; one without a loss is passed over."""
        if not math.isfinite(loss):
            return
        self._waiting.append((epochs, loss))
        if len(self._waiting) < self._reports:
            return
        self._epochs.append(self._waiting[-1][0])
        self._losses.append(sum(loss for _, loss in self._waiting) / len(self._waiting))
        self._waiting.clear()
        if len(self) > MOST:
            self._epochs = self._epochs[1::2]
            self._losses = [(a + b) / 2 for a, b in zip(self._losses[::2], self._losses[1::2], strict=False)]
            self._reports *= 2
