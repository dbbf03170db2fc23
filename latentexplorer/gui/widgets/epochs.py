"""Plots over epochs: an axis that counts them, and from where to where such a plot goes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from latentexplorer.gui.widgets.plot import Axis

FIRST_PART = 0.1
"""Of the epochs, so many at the start do not decide how far up the plot goes: they would flatten all others."""
FEW = 5
"""With fewer epochs than this all of them count."""
MARGIN = 0.06
LOG, LOG_TIP = "Log scale", "Logarithmic axes: equal steps up are equal factors, so that late, small changes are seen"


class EpochAxis(Axis):
    """An axis that counts whole epochs."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        whole = [(step, offset) for step, offset in super().tickSpacing(low, high, size) if step >= 1]
        return whole or [(1, 0)]


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
