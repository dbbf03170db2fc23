"""Do two models organise the same images alike? One number for all, shared neighbours, and which dimensions match.

Rows are the same images in both codes: whoever calls has paired them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.correlation import LEVEL, spearman_interval

NAMES = "the first model", "the second model"
FEWEST = 10
"""Images below which nothing is said."""
NEIGHBOURS = 15
QUERIES = 2_000
"""Images that are asked for their neighbours, where there are more, each among all."""
FOLDS = 10
"""Parts that are left out in turn for a standard error."""
RIM = 1 / 3
"""Part of a neighbourhood, at its rim, that says what takes the place of one of its images."""
CELLS = 1_000_000
"""Distances worked out at once: between two of them it can be stopped."""
EQUAL = 1e-9
"""Distances are equal that differ by less than this part of the largest squared norm."""


@dataclass(frozen=True)
class Alike:
    """How alike two models organise N images; every number is 1 for the same codes, however turned or scaled.

    Attributes
    ----------
    images : int
    cka, cka_error, cka_chance : float
        Linear centred kernel alignment, 0 to 1; its standard error over images (jackknife over tenths); its mean where
        images are paired at random, which is not nought for few images of many dimensions.
    overlap, overlap_error, overlap_chance : float
        The part of an image's nearest that are nearest in both, mean over images; the same two of it. Its error counts
        that each image is also a neighbour of others: their parts rise and fall together.
    neighbours : int
        How many nearest each image has.
    asked : int
        How many images were asked for theirs.
    """

    images: int
    cka: float
    cka_error: float
    cka_chance: float
    overlap: float
    overlap_error: float
    overlap_chance: float
    neighbours: int
    asked: int


@dataclass(frozen=True)
class Matches:
    """Dimensions of two codes in pairs, M of them, the largest |r| first: none has two partners.

    Attributes
    ----------
    first, second : ndarray (M,), int64
        Dimensions.
    r : ndarray (M,), -1 to 1
        Spearman's rank correlation.
    low, high : ndarray (M,), 0 to 1
        Ends of the interval of |r|; all intervals of all pairs there are hold together with probability `LEVEL`.
    rival : ndarray (M,), 0 to 1
        The largest |r| that either has with any other dimension.
    rival_high : ndarray (M,)
        The upper end of its interval.
    chance : float
        The |r| that the largest of all pairs stays below with probability `LEVEL` where nothing matches.
    comparisons : int
        How many pairs there are.
    """

    first: np.ndarray
    second: np.ndarray
    r: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rival: np.ndarray
    rival_high: np.ndarray
    chance: float
    comparisons: int

    def renamed(self, first: np.ndarray, second: np.ndarray) -> Matches:
        """The same where dimensions were some of others: `first` (D,) and `second` (E,) are their numbers there."""
        return replace(self, first=first[self.first], second=second[self.second])

    @property
    def beyond_chance(self) -> np.ndarray:
        """Whether a pair goes together at all, (M,) bool."""
        return np.asarray(self.low > 0)

    @property
    def sure(self) -> np.ndarray:
        """Whether besides no other dimension could be the partner, (M,) bool."""
        return np.asarray(self.beyond_chance & (self.low > self.rival_high))


def alike(
    a: np.ndarray,
    b: np.ndarray,
    k: int = NEIGHBOURS,
    *,
    names: tuple[str, str] = NAMES,
    queries: int = QUERIES,
    seed: int = 0,
    stop: StopToken = NEVER,
) -> Alike:
    """Linear CKA (Kornblith et al. 2019) and the overlap of nearest neighbours of two codes of the same images.

    With A (N, D) and B (N, E), each with its mean taken off,

        CKA = |A' B|^2 / (|A' A| |B' B|)          chance = |A|^2 |B|^2 / ((N - 1) |A' A| |B' B|)

    in Frobenius norms; the chance is the mean over all pairings of the rows. Of neighbours: the k nearest of an image,
    and whatever is as near as the last of them, are sets S and T; overlap = |S and T| / max(|S|, |T|).

    Parameters
    ----------
    a, b : ndarray (N, D), (N, E)
        Row by row of the same images.
    k : int
        Lowered to less than N / 2.
    names : (str, str)
        What the two models are called where one is refused.
    seed : int
        Of the images that are asked for their neighbours, and of the tenths.

    Raises
    ------
    NotApplicableError
        For fewer than `FEWEST` images, and where all codes of one are in one place.
    """
    a, b = _checked(a, b, names)
    count = len(a)
    rng = np.random.default_rng(seed)
    cka, left_out = _kernel_alignments(a, b, rng.permutation(count) % FOLDS, stop)
    spread = float(np.sum(np.square(left_out - left_out.mean())))
    k = min(k, (count - 1) // 2)
    rows = np.sort(rng.choice(count, queries, replace=False)) if queries < count else np.arange(count)
    shared, expected, error = _overlap(a, b, rows, k, stop)
    return Alike(
        images=count,
        cka=cka,
        cka_error=float(np.sqrt((FOLDS - 1) / FOLDS * spread)),
        cka_chance=_chance(a, b),
        overlap=float(shared.mean()),
        overlap_error=error,
        overlap_chance=float(expected.mean()),
        neighbours=k,
        asked=len(rows),
    )


def matched(a: np.ndarray, b: np.ndarray) -> Matches:
    """The dimensions of two codes in pairs: the assignment with the largest sum of |rank correlation| (Kuhn 1955).

    By rank a dimension may be scaled, mirrored or bent. Intervals are of Bonett and Wright (2000), for all D E pairs
    together (Bonferroni). A dimension that is the same for all images goes with none.

    Parameters and errors are those of `alike`.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.stats import norm

    a, b = _checked(a, b)
    count = len(a)
    r = np.clip(_ranked(a).T @ _ranked(b), -1, 1)
    first, second = linear_sum_assignment(-np.abs(r))
    order = np.argsort(-np.abs(r[first, second]), kind="stable")
    first, second = first[order], second[order]
    width = float(norm.ppf(1 - (1 - LEVEL) / (2 * r.size)))
    strength = np.abs(r[first, second])
    low, high = spearman_interval(strength, np.full(strength.shape, count), width)
    others = np.abs(r)
    others[first, second] = 0
    rival = np.maximum(others[first].max(1), others[:, second].max(0))
    return Matches(
        first=first.astype(np.int64),
        second=second.astype(np.int64),
        r=r[first, second],
        low=np.maximum(low, 0),
        high=high,
        rival=rival,
        rival_high=spearman_interval(rival, np.full(rival.shape, count), width)[1],
        chance=float(np.tanh(width / np.sqrt(count - 3))),
        comparisons=int(r.size),
    )


def _checked(a: np.ndarray, b: np.ndarray, names: tuple[str, str] = NAMES) -> tuple[np.ndarray, np.ndarray]:
    """Both in double precision about their means."""
    if len(a) != len(b):
        raise ValueError(f"{len(a)} codes are not of the same images as {len(b)}")
    if len(a) < FEWEST:
        raise NotApplicableError(
            f"{count_text(len(a), 'image')} cannot tell how alike two models are", f"Take {FEWEST} images or more"
        )
    a, b = (np.asarray(codes, np.float64) - np.mean(codes, axis=0, dtype=np.float64) for codes in (a, b))
    for codes, name in zip((a, b), names, strict=True):
        if not np.isfinite(codes).all():
            raise NotApplicableError(f"Codes of {name} are not finite numbers")
        if not (np.ptp(codes, axis=0) > 0).any():
            raise NotApplicableError(f"All codes of {name} are in one place: it does not tell these images apart")
    return a, b


def _kernel_alignments(a: np.ndarray, b: np.ndarray, fold: np.ndarray, stop: StopToken) -> tuple[float, np.ndarray]:
    """Linear CKA of all rows, and without each of the tenths (FOLDS,)."""
    if max(a.shape[1], b.shape[1]) > len(a):
        # Fewer numbers the other way round: of images, not of dimensions.
        ours, theirs = a @ a.T, b @ b.T
        left_out = []
        for number in range(FOLDS):
            stop.check()
            kept = np.flatnonzero(fold != number)
            left_out.append(_of_kernels(*(x[np.ix_(kept, kept)] for x in (ours, theirs))))
        return _of_kernels(ours, theirs), np.array(left_out)
    parts = []
    for number in range(FOLDS):
        stop.check()
        parts.append(_Sums.of(a[fold == number], b[fold == number]))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.plus(part, 1)
    return whole.alignment, np.array([whole.plus(part, -1).alignment for part in parts])


@dataclass(frozen=True)
class _Sums:
    """Sums over some images, from which linear CKA is worked out: a tenth is left out by taking its own off."""

    count: int
    a: np.ndarray
    b: np.ndarray
    aa: np.ndarray
    bb: np.ndarray
    ab: np.ndarray

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray) -> _Sums:
        return cls(len(a), a.sum(0), b.sum(0), a.T @ a, b.T @ b, a.T @ b)

    def plus(self, other: _Sums, sign: int) -> _Sums:
        """Together with others, or (-1) without them."""
        return _Sums(*(getattr(self, each.name) + sign * getattr(other, each.name) for each in fields(self)))

    @property
    def alignment(self) -> float:
        aa = self.aa - np.outer(self.a, self.a) / self.count
        bb = self.bb - np.outer(self.b, self.b) / self.count
        ab = self.ab - np.outer(self.a, self.b) / self.count
        return _part(float(np.square(ab).sum()), aa, bb)


def _of_kernels(ours: np.ndarray, theirs: np.ndarray) -> float:
    """CKA of two kernels (N, N), which are centred here."""
    ours, theirs = (x - x.mean(0) - x.mean(1)[:, None] + x.mean() for x in (ours, theirs))
    return _part(float((ours * theirs).sum()), ours, theirs)


def _part(shared: float, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Nought where either has no spread."""
    norms = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    return min(max(shared / norms, 0.0), 1.0) if norms else 0.0


def _chance(a: np.ndarray, b: np.ndarray) -> float:
    """The mean of linear CKA over all pairings of the rows, which are centred."""
    spread = float(np.square(a).sum() * np.square(b).sum())
    smaller = (x.T @ x if x.shape[1] <= len(x) else x @ x.T for x in (a, b))
    norms = float(np.prod([np.linalg.norm(x) for x in smaller]))
    return spread / ((len(a) - 1) * norms)


def _overlap(
    a: np.ndarray, b: np.ndarray, rows: np.ndarray, k: int, stop: StopToken
) -> tuple[np.ndarray, np.ndarray, float]:
    """The part of the nearest that are nearest in both, for some images, and its mean over random pairings; both (Q,).

    Beside them the standard error of the mean of the first. An image counts in it by its own neighbours, and as one of
    others', where it takes the place of the next one; how often that is in both is seen of those that lie about as far
    (influence, Hampel 1974). By the parts alone the error is up to 2.5 times too small.

    Where many are equally near the sets are larger than k: codes in one place do not agree with everything.
    """
    count = len(a)
    shared, chance, beside = np.empty(len(rows)), np.empty(len(rows)), np.zeros(count)
    step = max(1, CELLS // count)
    squares = [np.einsum("nd,nd->n", codes, codes) for codes in (a, b)]
    for start in range(0, len(rows), step):
        some, near, rims = rows[start : start + step], [], []
        for codes, lengths in zip((a, b), squares, strict=True):
            stop.check()
            inside, rim = _nearest(codes, lengths, some, k)
            near.append(inside)
            rims.append(rim)
        sizes = np.stack([each.sum(1) for each in near])
        part, size, both = slice(start, start + len(some)), sizes.max(0), near[0] & near[1]
        shared[part] = both.sum(1) / size
        chance[part] = sizes.min(0) / (count - 1)
        beside += 1 / size @ both
        for rim, own, other in zip(rims, near, near[::-1], strict=True):
            of = rim.sum(1)
            next_ones = np.divide((rim & other).sum(1), of, out=np.full(len(some), 0.5), where=of > 0)
            beside -= next_ones / size @ own
    influence = beside - beside.mean()
    influence[rows] += shared - shared.mean()
    return shared, chance, float(np.sqrt(np.square(influence).sum() * count / (count - 1))) / len(rows)


def _nearest(codes: np.ndarray, squares: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Which images are as near to some as the k-th nearest of theirs, (B, N) bool; none to itself.

    Beside them those that lie about as far as that one, as many nearer as farther (by `RIM` of k each), without it.

    `squares` (N,): the squared norms of the codes.
    """
    squared = squares[rows, None] + squares - 2 * (codes[rows] @ codes.T)
    squared[np.arange(len(rows)), rows] = np.inf
    wide = min(max(int(RIM * k), 1), k - 1)
    places = (k - 1 - wide, k - 1, min(k - 1 + wide, len(codes) - 2))
    first, last, end = np.partition(squared, places, axis=1)[:, places].T[..., None]
    equal = EQUAL * float(squares.max())
    near = squared <= last + equal
    rim = (squared >= first - equal) & (squared <= end + equal) & (np.abs(squared - last) > equal)
    return near, rim


def _ranked(codes: np.ndarray) -> np.ndarray:
    """Ranks of each column (N, D), about nought and of length one; nought for what does not vary."""
    from scipy.stats import rankdata

    ranks = np.asarray(rankdata(codes, axis=0), np.float64)
    ranks -= ranks.mean(0)
    length = np.sqrt(np.square(ranks).sum(0))
    return np.asarray(np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0))
