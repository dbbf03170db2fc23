"""Plots over epochs: axes with evenly many numbers, and from where to where such a plot goes."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from latentexplorer.gui.widgets.plot import Axis

FIRST_PART = 0.1
"""Of the epochs, so many at the start do not decide how far up the plot goes: they would flatten all others."""
FEW = 5
"""With fewer epochs than this all of them count."""
MARGIN = 0.06
LOG, LOG_TIP = "Log scale", "Logarithmic axes: equal steps up are equal factors, so that late, small changes are seen"


NUMBER_PX, MOST_NUMBERS = 42, 6
"""Between two values at an axis about; of a long one so many are enough."""
EPOCH_PX, MOST_EPOCHS = 56, 6
"""The same of epochs, which stand beside each other."""


def even_step(span: float, size_px: float, apart_px: float) -> float:
    """The round step (1, 2 or 5 of some power of ten) whose numbers stand nearest to so far apart."""
    wanted = span * apart_px / size_px
    power = 10.0 ** math.floor(math.log10(wanted))
    return min((power * step for step in (1, 2, 5, 10)), key=lambda step: abs(math.log(step / wanted)))


class ValueAxis(Axis):
    """An axis of values: of two that are as long, both have about as many numbers, whatever these are."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        if self.logMode or not (high > low and size > 0):
            spacing: list[tuple[float, float]] = super().tickSpacing(low, high, size)
            return spacing
        return [(even_step(high - low, size, max(NUMBER_PX, size / MOST_NUMBERS)), 0)]


class EpochAxis(Axis):
    """An axis that counts whole epochs, the same ones as those of the plots beside it."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._together = [self]

    def count_with(self, other: EpochAxis) -> None:
        """Have the numbers of another one, of the same epochs: those for which the shorter of the two has room."""
        self._together = other._together
        self._together.append(self)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        if not (high > low and size > 0):
            return []
        views = ((axis, axis.getViewWidget()) for axis in self._together)
        least = min(
            (axis.size().width() for axis, view in views if view is not None and view.isVisible()), default=size
        )
        size = min(size, least) if least > 0 else size
        return [(max(even_step(high - low, size, max(EPOCH_PX, size / MOST_EPOCHS)), 1.0), 0)]


def bounds(curves: Iterable[tuple[np.ndarray, np.ndarray]], log: bool, whole: bool = False) -> tuple[float, float]:
    """From where to where a plot of curves (epochs, values) goes: so that the late epochs can be told apart.

    The first epochs fall from so high up that everything after them would lie on one line. On a logarithmic axis (ends
    as powers of ten) they do no harm. `whole`: all epochs count.
    """
    lows, highs = [], []
    for epochs, values in curves:
        if not len(values):
            continue
        late = values
        if not whole and not log and len(values) >= FEW:
            start = epochs[0] + FIRST_PART * (epochs[-1] - epochs[0])
            late = values[epochs > start]
        lows.append(float(values.min()))
        highs.append(float(late.max()))
    if not lows:
        return 0.0, 1.0
    low, high = min(lows), max(highs)
    if log:
        low, high = float(np.log10(low)), float(np.log10(high))
    if not high > low:
        around = abs(high) * 0.1 or 1.0
        return low - around, high + around
    below = low - MARGIN * (high - low)
    if not log and low >= 0 > below:
        below = 0.0
    return below, high + MARGIN * (high - low)
