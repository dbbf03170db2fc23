"""Which columns of the data each latent dimension goes with, by rank, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import count_text

FEWEST = 10
"""Images of a group, and of the others, below which nothing is said of it."""
MOST_GROUPS = 100
"""Groups of a column at most, the largest."""
LEVEL = 0.95
"""How sure all intervals together are."""
Groups = tuple[tuple[str, ...], np.ndarray]
"""Names (K,), and which of them each image has (N,) int64, -1 for none."""


@dataclass(frozen=True)
class Correlations:
    """Rank correlations of M columns with D dimensions.

    A column of numbers: Spearman's. A group: the rank-biserial correlation of its images against all others,
    2 AUC - 1 (Cureton 1956), which is 1 where all of its images lie above all others, however few they are.

    Attributes
    ----------
    names : tuple of M str
        `size`, `class = Shirt`.
    counts : ndarray (M,), int64
        Images that each is known of.
    r : ndarray (M, D), float64, -1 to 1
    low, high : ndarray (M, D), float64
        Ends of the intervals, all of which hold together with probability `LEVEL` (Bonferroni).
    left_out : tuple of str
        What was not compared, and why.
    """

    names: tuple[str, ...]
    counts: np.ndarray
    r: np.ndarray
    low: np.ndarray
    high: np.ndarray
    left_out: tuple[str, ...]

    @property
    def comparisons(self) -> int:
        """How many intervals there are."""
        return int(self.r.size)

    def surest(self) -> np.ndarray:
        """The column that each dimension goes with, (D,) int64: -1 where every interval holds nought.

        It is that whose interval keeps furthest from nought, so that a few images do not win by chance.
        """
        if not self.names:
            return np.full(self.r.shape[1], -1)
        away = np.maximum(np.maximum(self.low, -self.high), 0.0)
        # Of two classes one is the other's opposite: the one that it rises with is named.
        best = np.lexsort((np.broadcast_to(np.arange(len(away))[:, None], away.shape), -self.r, -away), axis=0)[0]
        return np.where(away.max(0) > 0, best, -1)


def correlations(
    codes: np.ndarray,
    numbers: Mapping[str, np.ndarray],
    groups: Mapping[str, Groups],
    *,
    stop: StopToken = NEVER,
) -> Correlations:
    """How each dimension of codes rises and falls with what is known of their images.

    Parameters
    ----------
    codes : ndarray (N, D), finite
    numbers : mapping of str to ndarray (N,)
        Columns of numbers; what is not finite is unknown.
    groups : mapping of str to (names, which)
        Columns of names: each name is held against all others.

    Returns
    -------
    Correlations
        Intervals: by Fisher's transformation with the standard error of Bonett and Wright (2000) for numbers, by
        Newcombe's fifth method (2006) for groups.
    """
    ranks = Ranks(codes)
    rows: list[tuple[str, int, int, np.ndarray]] = []
    left_out = []
    for name, values in numbers.items():
        known = np.isfinite(values)
        if known.sum() < FEWEST or len(np.unique(values[known])) < 2:
            left_out.append(f"{name} ({_why_not(int(known.sum()))})")
            continue
        stop.check()
        rows.append((name, int(known.sum()), 0, spearman(ranks.of(known), values[known])))
    for name, (names, which) in groups.items():
        known = which >= 0
        sizes = np.bincount(which[known], minlength=len(names))
        usable = np.flatnonzero((sizes >= FEWEST) & (known.sum() - sizes >= FEWEST))
        kept = np.sort(usable[np.argsort(-sizes[usable], kind="stable")][:MOST_GROUPS])
        missed = int((sizes > 0).sum()) - len(kept)
        if missed:
            left_out.append(f"{name} ({count_text(missed, 'value')}{_too_many(len(usable))})")
        if len(kept):
            stop.check()
            inside = which[known] == kept[:, None]
            found = rank_biserial(ranks.of(known), inside)
            rows += [
                (f"{name} = {names[group]}", int(known.sum()), int(sizes[group]), r)
                for group, r in zip(kept, found, strict=True)
            ]
    return _with_intervals(rows, codes.shape[1], tuple(left_out))


def _why_not(known: int) -> str:
    return f"known of {count_text(known, 'image')}" if known < FEWEST else "the same everywhere"


def _too_many(usable: int) -> str:
    if usable > MOST_GROUPS:
        return f" beside the {MOST_GROUPS} largest"
    return f" with, or without, fewer than {FEWEST} images"


class Ranks:
    """Ranks of codes (N, D) from 1, equal values sharing their mean; worked out once for the same images."""

    def __init__(self, codes: np.ndarray) -> None:
        self.codes = codes
        self._made: dict[bytes, np.ndarray] = {}

    def of(self, known: np.ndarray) -> np.ndarray:
        """Ranks among the images (N,) bool that something is known of."""
        from scipy.stats import rankdata

        key = np.packbits(known).tobytes()
        if key not in self._made:
            # One choice of images at a time is remembered: most columns are known of all.
            self._made = {key: np.asarray(rankdata(self.codes[known], axis=0), np.float64)}
        return self._made[key]


def spearman(ranks: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each column of ranks (N, D) with values (N,); (D,), 0 for what does not vary."""
    from scipy.stats import rankdata

    a = ranks - ranks.mean(0)
    b = np.asarray(rankdata(values), np.float64)
    b -= b.mean()
    size = np.sqrt(np.square(a).sum(0) * np.square(b).sum())
    return np.asarray(np.clip(np.divide(b @ a, size, out=np.zeros_like(size), where=size > 0), -1, 1))


def rank_biserial(ranks: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """2 AUC - 1 of groups (K, N) bool against their others, by the ranks (N, D) of all; (K, D)."""
    first = inside.sum(1)[:, None]
    second = inside.shape[1] - first
    wins = inside.astype(np.float64) @ ranks - first * (first + 1) / 2
    return np.asarray(2 * wins / (first * second) - 1)


def _with_intervals(rows: list[tuple[str, int, int, np.ndarray]], dims: int, left_out: tuple[str, ...]) -> Correlations:
    if not rows:
        nothing = np.zeros((0, dims))
        return Correlations((), np.zeros(0, np.int64), nothing, nothing, nothing, left_out)
    from scipy.stats import norm

    names, counts, sizes, found = zip(*rows, strict=True)
    r = np.stack(found)
    width = float(norm.ppf(1 - (1 - LEVEL) / (2 * r.size)))
    of_group = np.array(sizes) > 0
    low, high = np.empty_like(r), np.empty_like(r)
    count, size = np.array(counts)[:, None], np.array(sizes)[:, None]
    low[~of_group], high[~of_group] = spearman_interval(r[~of_group], count[~of_group], width)
    low[of_group], high[of_group] = biserial_interval(r[of_group], size[of_group], (count - size)[of_group], width)
    return Correlations(names, np.array(counts), r, low, high, left_out)


def spearman_interval(r: np.ndarray, count: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Fisher's transformation, `width` standard errors to both sides (Bonett and Wright 2000, eq. 3)."""
    # A correlation of one has no finite transform; it is known no better than to a part in the square of the images.
    inside = np.clip(r, -1 + 1 / count**2, 1 - 1 / count**2)
    away = width * np.sqrt((1 + inside**2 / 2) / (count - 3))
    middle = np.arctanh(inside)
    return np.minimum(np.tanh(middle - away), r), np.maximum(np.tanh(middle + away), r)


def biserial_interval(
    r: np.ndarray, first: np.ndarray, second: np.ndarray, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Of 2 AUC - 1 for groups of so many images (Newcombe 2006, method 5, a score interval)."""
    auc = (r + 1) / 2
    return 2 * _lower(auc, first, second, width) - 1, 1 - 2 * _lower(1 - auc, first, second, width)


def _lower(auc: np.ndarray, first: np.ndarray, second: np.ndarray, width: float) -> np.ndarray:
    """The least AUC from which `auc` lies no more than `width` standard errors away, by bisection."""
    others = (first + second) / 2 - 1
    low, high = np.zeros_like(auc), auc.copy()
    for _ in range(40):
        theta = (low + high) / 2
        spread = 1 + others * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        far = (auc - theta) ** 2 > width**2 * theta * (1 - theta) * spread / (first * second)
        low, high = np.where(far, theta, low), np.where(far, high, theta)
    return low
