"""Where a curve levels off, or where it begins to climb: its knee.

Satopää, Albrecht, Irwin & Raghavan 2011, "Finding a 'Kneedle' in a Haystack" (ICDCS workshops): both axes are brought
to [0, 1], and the knee is where the curve is farthest from the diagonal, if it comes back to it afterwards. Their
smoothing is left out: a sweep has a handful of values, and the mean over seeds smooths it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST = 4
"""Values: with three, the middle one would be a knee or none by chance."""
SENSITIVITY = 1.0
"""How far, in mean steps of x, the curve has to come back to the diagonal; the authors' own value."""
STANDARD_ERRORS = 5.0
"""A curve that spans no more of them may be chance: ten draws of one number span as many in two cases of a hundred."""


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
    """

    at: int | None
    why: str = ""
    ends: bool = False


def find_knee(x: ArrayLike, y: ArrayLike, *, standard_error: float = 0.0, sensitivity: float = SENSITIVITY) -> Knee:
    """The knee of a curve, whether it rises or falls, and whether it bends up or down.

    Parameters
    ----------
    x : (N,) rising
        On the scale on which the curve is looked at: the logarithm, where the axis is logarithmic.
    y : (N,)
    standard_error : float
        Of the points of `y`, where they are means over seeds; 0 where it is not known.
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
    return Knee(int(np.flatnonzero(known)[at]), ends=ends)


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
