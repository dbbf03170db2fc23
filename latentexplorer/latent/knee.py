"""Where a curve levels off, or where it begins to climb: its knee.

Satopää, Albrecht, Irwin & Raghavan 2011, "Finding a 'Kneedle' in a Haystack" (ICDCS workshops): both axes are brought
to [0, 1], and the knee is where the curve is farthest from the diagonal, if it comes back to it afterwards. Their
smoothing is left out: a sweep has a handful of values, and the mean over seeds smooths it.

How sure a knee is says the curve itself, drawn again and again with its own noise (a parametric bootstrap, Efron &
Tibshirani 1993, chapter 6): where seeds or wavering could as well have put it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST = 4
"""Values: with three, the middle one would be a knee or none by chance."""
SENSITIVITY = 1.0
"""How far, in mean steps of x, the curve has to come back to the diagonal; the authors' own value."""
STANDARD_ERRORS = 5.0
"""A curve that spans no more of them may be chance: ten draws of one number span as many in two cases of a hundred."""
REDRAWS = 400
"""The share of those that have the knee where it was found is known to 0.05."""
LEAST_SHARE = 0.5
"""Where fewer of the redraws have the knee at its place or beside it, it is none."""
WITHIN = 0.9
"""So many of the redraws that have a knee lie within its range."""
SURE = 0.9
"""A knee that so many of the redraws have is sure."""


@dataclass(frozen=True)
class Knee:
    """What was found.

    Attributes
    ----------
    at : int or None
        Position of the knee; None where there is none.
    why : str
        Why there is none, as the end of a sentence; "" where there is one.
    ends : bool
        Whether the curve is level before it and steep behind it; else it levels off there.
    share : float
        Which part of the curves that are redrawn with the noise of this one have their knee here; NaN where nothing
        says how large that is.
    low, high : int
        Positions between which nine of ten of those lie that have a knee; -1 where that is not known.
    """

    at: int | None
    why: str = ""
    ends: bool = False
    share: float = math.nan
    low: int = -1
    high: int = -1

    @property
    def sure(self) -> bool:
        """Whether its noise is known, and hardly moves it."""
        return self.share >= SURE


def find_knee(x: ArrayLike, y: ArrayLike, *, standard_error: float = 0.0, sensitivity: float = SENSITIVITY) -> Knee:
    """The knee of a curve, whether it rises or falls, and whether it bends up or down.

    Parameters
    ----------
    x : (N,) rising
        On the scale on which the curve is looked at: the logarithm, where the axis is logarithmic.
    y : (N,)
    standard_error : float
        Of the points of `y`, where they are means over seeds; 0 where it is not known: then it is taken from how far
        the curve wavers, see `wavering`.
    sensitivity : float
        Less finds more knees.

    Returns
    -------
    Knee
        The most pronounced one, of several.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    known = np.isfinite(y)
    if known.sum() < FEWEST:
        return Knee(None, f"it takes {FEWEST} values to see one")
    span = float(np.ptp(y[known]))
    if span <= 1e-9 * max(1.0, float(np.abs(y[known]).max())):
        return Knee(None, "the curve is flat")
    if span <= STANDARD_ERRORS * standard_error:
        return Knee(None, "the values differ no more than the seeds do")
    found = _bend(x[known], y[known], sensitivity)
    if found is None:
        return Knee(None, "the curve does not level off")
    at, ends = found
    noise = standard_error or wavering(y[known])
    knee = _judged(Knee(at, ends=ends), x[known], y[known], noise, sensitivity)
    places = np.flatnonzero(known)
    low, high = (int(places[end]) if end >= 0 else -1 for end in (knee.low, knee.high))
    return replace(knee, at=None if knee.at is None else int(places[knee.at]), low=low, high=high)


def wavering(y: NDArray[np.float64]) -> float:
    """Standard deviation of the points of a curve (N,) about the nearest one that turns once at most.

    0 where it does: then it does not say how large its noise is.
    """
    best, levels = math.inf, len(y)
    for turn in range(len(y)):
        for sign in (1.0, -1.0):
            parts = (sign * y[:turn], (sign * y[turn:])[::-1])
            fits = [_rising(part) for part in parts]
            off = sum(float(np.square(part - fit).sum()) for part, fit in zip(parts, fits, strict=True))
            if off < best:
                best, levels = off, sum(len(np.unique(fit)) for fit in fits)
    free = len(y) - levels
    return math.sqrt(best / free) if free and best > 1e-18 * float(np.square(y).sum()) else 0.0


def _rising(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rising curve nearest to one (least squares): neighbours that fall are pooled (Ayer et al. 1955)."""
    means: list[float] = []
    counts: list[int] = []
    for value in y.tolist():
        means.append(value)
        counts.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            count = counts[-2] + counts[-1]
            means[-2:] = [(means[-2] * counts[-2] + means[-1] * counts[-1]) / count]
            counts[-2:] = [count]
    return np.repeat(means, counts)


def _judged(knee: Knee, x: NDArray[np.float64], y: NDArray[np.float64], noise: float, sensitivity: float) -> Knee:
    """A knee and how sure it is; none where the noise of its curve could as well have put it elsewhere."""
    if not noise or knee.at is None:
        return knee
    draws = y + np.random.default_rng(0).normal(0.0, noise, (REDRAWS, len(y)))
    found = [bend[0] for bend in (_bend(x, draw, sensitivity) for draw in draws) if bend is not None]
    if len(found) < LEAST_SHARE * REDRAWS:
        return Knee(None, "with as much noise as the curve has, it may as well not level off")
    share = sum(at == knee.at for at in found) / REDRAWS
    beside = sum(abs(at - knee.at) <= 1 for at in found) / REDRAWS
    low, high = (int(end) for end in np.quantile(found, [(1 - WITHIN) / 2, (1 + WITHIN) / 2], method="nearest"))
    if beside < LEAST_SHARE:
        return Knee(None, "the noise could have put it elsewhere", low=low, high=high)
    return replace(knee, share=share, low=low, high=high)


def _bend(x: NDArray[np.float64], y: NDArray[np.float64], sensitivity: float) -> tuple[int, bool] | None:
    """Position of the knee of a curve that is not flat, and whether the curve is steep behind it."""
    x = (x - x[0]) / (x[-1] - x[0])
    y = (y - y.min()) / np.ptp(y)
    if float((x - x.mean()) @ y) < 0:
        y = 1 - y
    turned = float((y - x).sum()) < 0
    if turned:
        # It climbs at its end: seen from there it is one that levels off.
        x, y = 1 - x[::-1], 1 - y[::-1]
    above = y - x
    peak = int(above[1:-1].argmax()) + 1
    back = float((above[peak] - above[peak + 1 :]).max())
    if back < sensitivity * float(np.diff(x).mean()) - 1e-9 or above[peak] < 1e-9:
        return None
    return (len(x) - 1 - peak if turned else peak), turned
