"""From where to where codes go, and which range of a dimension is shown: theirs, the prior's, or a given one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Of = Literal["codes", "prior", "given"]
Choice = Literal["auto", "either", "codes", "prior"] | tuple[float, float]

COVER = 0.98
"""Part of the codes, or of the prior, that a range spans: the few that lie farthest out would make everything small."""
LEAVES = 0.15
"""Codes leave the prior where their range ends beyond the prior's by more than this part of its width."""
HOLDS = 0.15
"""While codes move, a range stays as it is until an end is off by more than this part of its width."""
THIN = 0.01
"""A dimension narrower than this part of the widest one is not used: its own range would show noise."""


@dataclass(frozen=True)
class Span:
    """A range of one dimension, low < high, and whose it is."""

    low: float
    high: float
    of: Of

    @property
    def width(self) -> float:
        """From end to end."""
        return self.high - self.low

    def beyond(self, value: float) -> int:
        """-1 where a value lies below it, 1 above, 0 within."""
        return int(value > self.high) - int(value < self.low)


def used_ranges(
    codes: np.ndarray, *, cover: float = COVER, support: tuple[float, float] = (-np.inf, np.inf)
) -> np.ndarray:
    """From where to where each dimension of codes goes: the middle `cover` of them.

    Dimensions that are not used are made as wide as others are, around their middle but within `support`; where all
    codes are the same, one unit wide. Numbers that are not finite are left out.

    Parameters
    ----------
    codes : ndarray (N, D), N >= 1

    Returns
    -------
    ndarray (D, 2), float64, finite and never empty
    """
    z = np.asarray(codes, np.float64)
    parts = [(1 - cover) / 2, (1 + cover) / 2]
    if np.isfinite(z).all():
        low, high = np.quantile(z, parts, axis=0)
    else:
        known = [column[np.isfinite(column)] for column in z.T]
        low, high = np.array([np.quantile(column, parts) if len(column) else (0.0, 0.0) for column in known]).T
    width = high - low
    thin = ~(width > THIN * width.max(initial=0.0))
    usual = float(np.median(width[~thin])) if (~thin).any() else 1.0
    middle = (low + high) / 2
    wide = np.stack([middle - usual / 2, middle + usual / 2], axis=1)
    inside = np.clip(wide, *support)
    wide = np.where((inside[:, :1] < inside[:, 1:]), inside, wide)
    return np.where(thin[:, None], wide, np.stack([low, high], axis=1))


def leaves(used: Sequence[float], prior: Sequence[float], room: float = LEAVES) -> bool:
    """Whether codes with the range `used` lie outside the prior's range, but for a little `room` beside it."""
    spare = room * (prior[1] - prior[0])
    return bool(used[0] < prior[0] - spare or used[1] > prior[1] + spare)


def choose(
    choice: Choice,
    count: int,
    used: np.ndarray | None,
    prior: tuple[float, float] | None,
    before: Sequence[Span] | None = None,
) -> list[Span]:
    """The range of each of `count` (D) dimensions.

    Parameters
    ----------
    choice : "auto", "either", "codes", "prior" or (low, high)
        Numbers are for all of them. Auto and either: the prior's, or the codes' where they leave it. What there is not
        is replaced by what there is.
    used : ndarray (D, 2) or None
        Of the codes; None where none are known.
    prior : (low, high) or None
        Of every dimension; None for a model without prior.
    before : sequence of D Span, or None
        The ranges that are shown while the codes move. They are kept as long as they nearly fit.
    """
    if not isinstance(choice, str):
        return [Span(*choice, "given")] * count
    if used is None:
        return [Span(*(prior or (-1.0, 1.0)), "prior")] * count
    found = []
    for at, ends in enumerate(used):
        old = before[at] if before is not None and at < len(before) else None
        of_codes = prior is None or choice == "codes"
        if prior is not None and choice in ("auto", "either"):
            # Codes that have left it are back only where they lie within: else two ranges would take turns.
            of_codes = leaves(ends, prior, 0.0 if old is not None and old.of == "codes" else LEAVES)
        span = Span(float(ends[0]), float(ends[1]), "codes") if of_codes or prior is None else Span(*prior, "prior")
        found.append(held(span, old))
    return found


def held(now: Span, before: Span | None) -> Span:
    """The codes' range of before where it still nearly fits, else the one of now."""
    if before is None or (now.of, before.of) != ("codes", "codes"):
        return now
    off = max(abs(now.low - before.low), abs(now.high - before.high))
    return before if off <= HOLDS * before.width else now
