"""A direction from one group of codes to another, and what is known of it: how well it tells, what else it changes.

The step from group A to group B is the difference of their mean codes, d = mean(B) - mean(A): an attribute vector
(Larsen et al. 2016; of word codes Mikolov et al. 2013). The place of a code z along it,

    t(z) = (z - mean(A)) . d / (d . d),

is 0 on average in A and 1 in B, and a code is told to be of B where t > 1/2. How often that is right is asked of images
that the direction was not made of, as the mean of both groups' shares, so that chance is one half however large they
are; its interval puts two score intervals together (Wilson 1927; Zou & Donner 2008). The discriminant beside it,
inv(S) d with the shrunk covariance S within groups (Ledoit & Wolf 2004), says whether another direction would tell
better; one does not step along it, as it is a filter and no pattern (Haufe et al. 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.correlation import FEWEST, LEVEL, MOST_GROUPS, Groups

Decode = Callable[[np.ndarray, np.ndarray | None], np.ndarray]
"""Images (B, H, W, C) of codes (B, D) and their classes (B,), as the decoder gives them."""

CHANCE = 0.5
FOLDS = 5
MOST_NUMBERS = 512
"""Numbers of a code up to which the discriminant is worked out: its covariance has the square of that."""
NOUGHT = 1e-9
SHORTEST = 1e-60
"""Square of the length of a step, as what keeps directions asks."""
TILE = 64


@dataclass(frozen=True, eq=False)
class Direction:
    """The step from group A to group B.

    Attributes
    ----------
    step : ndarray (D,), float64
        From the mean code of A to that of B.
    offset : float
        Where A's mean lies along it, mean(A) . d / (d . d).
    counts : (int, int)
        Codes of A and of B that it was made of.
    """

    step: np.ndarray
    offset: float
    counts: tuple[int, int]

    @classmethod
    def between(cls, a: np.ndarray, b: np.ndarray) -> Direction:
        """From codes (N, D) to others (M, D).

        Raises
        ------
        NotApplicableError
            Where a group is empty, or both have the same mean code, as where a posterior has collapsed.
        """
        if not len(a) or not len(b):
            raise NotApplicableError("A group has no images", "Choose one that has some")
        first, last = a.mean(0, dtype=np.float64), b.mean(0, dtype=np.float64)
        step = last - first
        size = float(step @ step)
        spread = float(np.square(np.concatenate([a, b]).std(0, dtype=np.float64)).sum())
        if size < SHORTEST or not size > NOUGHT * max(spread, NOUGHT * float(first @ first), 1e-300):
            raise NotApplicableError(
                "Both groups have the same mean code, so no direction leads from one to the other",
                "Choose other groups; a collapsed posterior has none",
            )
        return cls(step, float(first @ step) / size, (len(a), len(b)))

    def places(self, codes: np.ndarray) -> np.ndarray:
        """How far along codes (N, D) lie, (N,): A's mean at 0, B's at 1."""
        return places(self.step, self.offset, codes)


def places(step: np.ndarray, offset: float, codes: np.ndarray) -> np.ndarray:
    """See `Direction.places`."""
    return np.asarray(codes.astype(np.float64) @ step / (step @ step) - offset)


def moved(step: np.ndarray, codes: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """Codes (N, D) moved by amounts (S,) of a step (D,); (N, S, D) float32. 1 is the whole way from A to B."""
    return np.asarray(codes[:, None] + np.asarray(amounts, np.float64)[:, None] * step, np.float32)


# -- how well it tells ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """How often the groups of images are told right.

    Attributes
    ----------
    value, low, high : float, 0..1
        Mean of both groups' shares that are told right, and the ends of its 95 % interval.
    counts : (int, int)
        Images of A and of B that were asked.
    discriminant : float or None
        The same of the shrunk discriminant, which uses all directions at once; None where codes have too many numbers.
    """

    value: float
    low: float
    high: float
    counts: tuple[int, int]
    discriminant: float | None


def told(a: np.ndarray, b: np.ndarray, asked_a: np.ndarray, asked_b: np.ndarray) -> Told | None:
    """How well the direction between codes (N, D) tells the groups of others; None where a group has none to ask."""
    if not len(asked_a) or not len(asked_b):
        return None
    right = _right_of_means(a, b, asked_a, asked_b)
    other = _right_of_discriminant(a, b, asked_a, asked_b)
    return _told(right, other)


def told_apart(a: np.ndarray, b: np.ndarray, *, seed: int = 0, stop: StopToken = NEVER) -> Told | None:
    """The same without others: each fifth of both groups by the direction that the remaining ones make.

    None where a group has fewer than two codes.
    """
    folds = min(FOLDS, len(a), len(b))
    if folds < 2:
        return None
    rng = np.random.default_rng(seed)
    parts = [np.array_split(rng.permutation(len(group)), folds) for group in (a, b)]
    rights: list[tuple[np.ndarray, np.ndarray]] = []
    others: list[tuple[np.ndarray, np.ndarray] | None] = []
    for out_a, out_b in zip(*parts, strict=True):
        stop.check()
        kept = np.delete(a, out_a, axis=0), np.delete(b, out_b, axis=0)
        rights.append(_right_of_means(*kept, a[out_a], b[out_b]))
        others.append(_right_of_discriminant(*kept, a[out_a], b[out_b]))
    known = [other for other in others if other is not None]
    # Shares of parts that were told by nearly the same codes vary more than those of as many images (Nadeau & Bengio).
    return _told(_together(rights), _together(known) if len(known) == folds else None, 1 + folds / (folds - 1))


def _together(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    first, second = zip(*parts, strict=True)
    return np.concatenate(first), np.concatenate(second)


def _told(
    right: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray] | None, wider: float = 1.0
) -> Told:
    """`wider`: by how much the variance is larger than that of as many independent images."""
    counts = len(right[0]), len(right[1])
    value, low, high = mean_share(
        (float(right[0].sum()) / wider, float(right[1].sum()) / wider), (counts[0] / wider, counts[1] / wider)
    )
    return Told(value, low, high, counts, None if other is None else float(other[0].mean() + other[1].mean()) / 2)


def mean_share(hits: tuple[float, float], counts: tuple[float, float]) -> tuple[float, float, float]:
    """Mean of two shares, and its 95 % interval from their score intervals (Wilson 1927; Zou & Donner 2008, eq. 7)."""
    p = np.array(hits) / np.array(counts)
    low, high = wilson(np.array(hits), np.array(counts))
    value = float(p.mean())
    return (
        value,
        max(value - float(np.sqrt(np.square(p - low).sum())) / 2, 0.0),
        min(value + float(np.sqrt(np.square(high - p).sum())) / 2, 1.0),
    )


def wilson(hits: np.ndarray, counts: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Score interval of shares."""
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    p, n = hits / counts, counts
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.minimum(middle - half, p), np.maximum(middle + half, p)


def _right_of_means(
    a: np.ndarray, b: np.ndarray, asked_a: np.ndarray, asked_b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the asked codes are told right, group by group."""
    try:
        direction = Direction.between(a, b)
    except NotApplicableError:
        # Of a part of the codes there may be none although of all there is: that tells by chance.
        return _by_chance(asked_a, asked_b)
    return direction.places(asked_a) < 0.5, direction.places(asked_b) > 0.5


def _by_chance(asked_a: np.ndarray, asked_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(len(asked_a), bool), np.ones(len(asked_b), bool)


def _right_of_discriminant(
    a: np.ndarray, b: np.ndarray, asked_a: np.ndarray, asked_b: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    if a.shape[1] > MOST_NUMBERS or len(a) + len(b) < 4:
        return None
    from latentexplorer.core.imports import one_at_a_time

    with one_at_a_time():
        from sklearn.covariance import ledoit_wolf

    first, last = a.mean(0, dtype=np.float64), b.mean(0, dtype=np.float64)
    within, _ = ledoit_wolf(np.concatenate([a - first, b - last]), assume_centered=True)
    weights = np.linalg.lstsq(within, last - first, rcond=1e-9)[0]
    middle = float(weights @ (first + last)) / 2
    return asked_a @ weights < middle, asked_b @ weights > middle


# -- what else it changes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """What is known of images against the place of their codes along a direction.

    Attributes
    ----------
    name : str
        `class = Shirt`, `size`.
    group : bool
        Whether it is one value of names; else a column of numbers.
    count : int
        Images it is known of, or images of the group.
    value, low, high : float
        Of a group: its mean place, A's mean at 0 and B's at 1. Of numbers: by how many of their standard deviations
        they rise from place 0 to place 1. With an interval; all of them hold together with probability `LEVEL`.
    against : float
        What it would be if nothing went with it: the mean place of all images, or nought.
    """

    name: str
    group: bool
    count: int
    value: float
    low: float
    high: float
    against: float

    @property
    def way(self) -> int:
        """1 where it surely goes along, -1 where it surely goes against, else 0."""
        return int(self.low > self.against) - int(self.high < self.against)


def beside(
    at: np.ndarray, numbers: Mapping[str, np.ndarray], groups: Mapping[str, Groups]
) -> tuple[tuple[Beside, ...], tuple[str, ...]]:
    """What goes with the places (N,) of codes along a direction, and what was left out, and why.

    Parameters
    ----------
    numbers, groups
        As those of `latentexplorer.latent.correlation.correlations`.

    Returns
    -------
    Beside, str
        Intervals are Student's, of slopes with the standard error HC3 (MacKinnon & White 1985), by Bonferroni.
    """
    rows: list[tuple[str, bool, int, float, float, int]] = []
    left_out: list[str] = []
    for name, values in numbers.items():
        known = np.isfinite(values)
        count = int(known.sum())
        if count < FEWEST or np.ptp(values[known]) == 0:
            left_out.append(f"{name} ({'the same everywhere' if count >= FEWEST else f'known of {count}'})")
            continue
        rows.append((name, False, count, *_slope(at[known], values[known]), count - 2))
    for name, (names, which) in groups.items():
        sizes = np.bincount(which[which >= 0], minlength=len(names))
        usable = np.flatnonzero(sizes >= FEWEST)
        kept = np.sort(usable[np.argsort(-sizes[usable], kind="stable")][:MOST_GROUPS])
        if missed := int((sizes > 0).sum()) - len(kept):
            left_out.append(f"{name} ({count_text(missed, 'value')} of few images)")
        for group in kept.tolist():
            inside = at[which == group]
            error = float(inside.std(ddof=1)) / np.sqrt(len(inside))
            rows.append((f"{name} = {names[group]}", True, len(inside), float(inside.mean()), error, len(inside) - 1))
    return _with_intervals(rows, float(at.mean()) if len(at) else 0.0), tuple(left_out)


def _slope(at: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Rise of values (N,) in their standard deviations from place 0 to place 1, and its standard error."""
    x = at - at.mean()
    y = (values - values.mean()) / values.std()
    size = float(x @ x)
    if not size > 0:
        return 0.0, np.inf
    slope = float(x @ y) / size
    share = np.minimum(1 / len(x) + np.square(x) / size, 1 - 1e-9)
    left = (y - slope * x) / (1 - share)
    return slope, float(np.sqrt(np.square(x * left).sum())) / size


def _with_intervals(rows: list[tuple[str, bool, int, float, float, int]], middle: float) -> tuple[Beside, ...]:
    if not rows:
        return ()
    from scipy.stats import t

    found = []
    for name, group, count, value, error, freedom in rows:
        away = float(t.ppf(1 - (1 - LEVEL) / (2 * len(rows)), max(freedom, 1))) * error
        away = min(away, 1e6)
        found.append(Beside(name, group, count, value, value - away, value + away, middle if group else 0.0))
    return tuple(found)


# -- how far pixels change --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PixelChange:
    """How far one step changes the images of some codes.

    Attributes
    ----------
    step : float
        Root mean squared difference on [0, 1] between the decode of a code and of the same one step further, mean.
    between : float
        The same between decodes of a code of A and one of B.
    within : float or None
        The same between decodes of two codes of one group, mean of both: what `between` would be of groups that are
        alike. None where a group has one code only.
    codes : int
        Codes of A that were moved.
    """

    step: float
    between: float
    within: float | None
    codes: int


def pixel_change(
    decode: Decode,
    step: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    classes: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
) -> PixelChange:
    """Move at most `TILE` codes of A (N, D), evenly spread, and hold as many of B (M, D) against them.

    `classes`: what codes of A and of B are decoded with, for conditional models; moved ones keep their own.
    """
    count = min(len(a), TILE)
    rows = np.linspace(0, len(a) - 1, count).astype(np.int64)
    others = np.linspace(0, len(b) - 1, count).astype(np.int64)
    own, theirs = (None if y is None else y[at] for y, at in zip(classes, (rows, others), strict=True))
    before = np.clip(decode(a[rows], own), 0, 1)
    after = np.clip(decode(moved(step, a[rows], np.ones(1))[:, 0], own), 0, 1)
    target = np.clip(decode(b[others], theirs), 0, 1)
    # Of few codes of B some are there several times.
    groups = before, target[np.unique(others, return_index=True)[1]]
    apart = [_rmse(images - np.roll(images, len(images) // 2, axis=0)) for images in groups]
    within = sum(apart) / 2 if min(map(len, groups)) > 1 else None
    return PixelChange(_rmse(after - before), _rmse(target - before), within, count)


def _rmse(difference: np.ndarray) -> float:
    return float(np.sqrt(np.square(difference.astype(np.float64)).mean((1, 2, 3))).mean())
