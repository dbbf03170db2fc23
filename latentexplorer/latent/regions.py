"""Decision regions: which class a classifier names at each place of a latent space, and where it changes on a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError

Along = Callable[[np.ndarray], np.ndarray]
"""Probabilities (n, K) of the classes at parts (n,) of a path, 0..1."""
NARROW = 1e-4
"""A change of class lies within so much of the path."""
MOST_FLIPS = 200


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a classifier says of some places.

    Attributes
    ----------
    classes : ndarray (...), int64
    confidence : ndarray (...), float64
        Probability of that class, 1/K..1.
    """

    classes: np.ndarray
    confidence: np.ndarray

    def shaped(self, shape: tuple[int, ...]) -> Verdict:
        """The same places in rows and columns."""
        return Verdict(self.classes.reshape(shape), self.confidence.reshape(shape))


@dataclass(frozen=True)
class Flip:
    """The class changes on a path.

    Attributes
    ----------
    at : float
        Part of the path, 0..1.
    before, after : int
        Classes on its two sides.
    """

    at: float
    before: int
    after: int


def verdict(probabilities: np.ndarray) -> Verdict:
    """The likeliest of K classes, of probabilities (N, K)."""
    if not np.isfinite(probabilities).all():
        raise DataError("The classifier gives no numbers for some images", "Use another classifier")
    return Verdict(probabilities.argmax(1).astype(np.int64), probabilities.max(1).astype(np.float64))


def flips(along: Along, places: np.ndarray, known: np.ndarray | None = None, *, stop: StopToken = NEVER) -> list[Flip]:
    """Where the likeliest class changes on a path, in order.

    Between two places of different classes the change is halved down to `NARROW` and then read off where the
    logarithms of both probabilities cross, which is exact for a linear classifier of a linear decoder. A class that
    comes and goes between two places is not seen.

    Parameters
    ----------
    places : ndarray (n,)
        Parts of the path where it is looked first, rising.
    known : ndarray (n, K) or None
        What `along` says there.
    """
    seen = along(places) if known is None else known
    classes = seen.argmax(1)
    spans = [
        _Span(float(places[at]), float(places[at + 1]), seen[at], seen[at + 1], float(places[at + 1]), seen[at + 1])
        for at in np.flatnonzero(classes[1:] != classes[:-1])
    ]
    found: list[Flip] = []
    while spans and len(found) < MOST_FLIPS:
        stop.check()
        middles = along(np.array([span.middle for span in spans]))
        going: list[_Span] = []
        for span, row in zip(spans, middles, strict=True):
            halved = span.halved(row)
            if halved.high - halved.low > NARROW:
                going.append(halved)
                continue
            found.append(halved.flip)
            if halved.second != int(halved.last.argmax()):
                going.append(_Span(halved.high, halved.end, halved.right, halved.last, halved.end, halved.last))
        spans = going
    return sorted(found, key=_place)


def _place(flip: Flip) -> float:
    return flip.at


@dataclass(frozen=True, eq=False)
class _Span:
    """A piece of the path whose left end is of one class, its right end of another; `end` is where it began with."""

    low: float
    high: float
    left: np.ndarray
    right: np.ndarray
    end: float
    last: np.ndarray

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def second(self) -> int:
        return int(self.right.argmax())

    def halved(self, row: np.ndarray) -> _Span:
        if row.argmax() == self.left.argmax():
            return _Span(self.middle, self.high, row, self.right, self.end, self.last)
        return _Span(self.low, self.middle, self.left, row, self.end, self.last)

    @property
    def flip(self) -> Flip:
        first, second = int(self.left.argmax()), self.second
        with np.errstate(divide="ignore"):
            ahead = np.log(self.left[first]) - np.log(self.left[second])
            behind = np.log(self.right[second]) - np.log(self.right[first])
        total = ahead + behind
        part = float(ahead / total) if np.isfinite(total) and total > 0 else 0.5
        return Flip(self.low + part * (self.high - self.low), first, second)
