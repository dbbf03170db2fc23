"""How far codes are from a distribution, such as their prior: along each dimension, and all together.

Along a dimension the Wasserstein distance is the mean distance of codes to quantiles, both sorted (Villani 2009, eq.
2.47). All together it is the squared maximum mean discrepancy (Gretton et al. 2012, eq. 3): unbiased, so that it may
be a little below nought, with a Gaussian kernel whose means over a prior need no draws.

No finite set of codes is at distance nought. What as many draws from the distribution itself have stands beside each
number: 95 % of them lie from `low` to `high`. A distribution that was fitted to m codes is itself off by the luck of
these, so that its chance counts both: the Gaussian is fitted anew to m draws of it in each set (parametric bootstrap);
the sampler, which follows its codes, differs from them as a second set of m does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.latent.codes import draw_posteriors
from latentexplorer.latent.prior_candidates import (
    Candidate,
    GaussianCandidate,
    KernelMean,
    PriorCandidate,
    SamplerCandidate,
)
from latentexplorer.models import Codes
from latentexplorer.models.distributions import Prior

MOST = 2_000
"""Codes that every pair is looked at of."""
SETS, FITTED_SETS, SMALL = 200, 40, 120
"""Sets of draws that say what chance gives; how many of a fitted distribution; draws in each of those whose pairs are
looked at, of which the discrepancy of any number follows by its rate 1 / n."""
SMALL_FITTED = 500
"""The same of those of a fitted distribution, by the rate 1 / sqrt(n) of a distance."""
FEW, REFITTED = 10, 1_000
"""Draws in such a set at least; draws that a Gaussian is fitted anew to at most, in proportion to those of the set."""
FEW_NUMBERS = 16
"""Of a code, up to which a fitted distribution has as many sets as a prior: few dimensions tell little of a tail."""
INSIDE = (0.025, 0.975)


@dataclass(frozen=True)
class Chance:
    """From where to where 95 % of sets of draws from a distribution itself lie."""

    low: float
    high: float

    @classmethod
    def of(cls, found: np.ndarray) -> Chance:
        """Of what many sets have."""
        return cls(*(float(each) for each in np.quantile(found, INSIDE)))


@dataclass(frozen=True, eq=False)
class Mismatch:
    """Between n codes of D numbers and a distribution.

    Attributes
    ----------
    wasserstein : ndarray (D,), float64
        1-D Wasserstein distance of each dimension, in units of the code.
    chance : Chance
        Of their mean.
    bound : ndarray (D,)
        What the distance of a dimension is below by chance in 97.5 % of cases.
    mmd : float or None
        Squared maximum mean discrepancy, 0 to 2, unbiased; None for fewer than two codes.
    mmd_chance : Chance or None
    count, pairs_of : int
        n, and how many of them the discrepancy is of.
    """

    wasserstein: np.ndarray
    chance: Chance
    bound: np.ndarray
    mmd: float | None
    mmd_chance: Chance | None
    count: int
    pairs_of: int

    @property
    def mean(self) -> float:
        """Of the distances of all dimensions."""
        return float(self.wasserstein.mean())

    @property
    def beyond(self) -> int:
        """Dimensions further away than chance gives; of all, 2.5 % are so by chance."""
        return int((self.wasserstein > self.bound).sum())


@dataclass(frozen=True, eq=False)
class Measured:
    """Codes (n, D) that are held against several distributions with one kernel.

    Attributes
    ----------
    z : ndarray (n, D), float64
        Finite.
    width : float
        Of the kernel exp(-|a - b|^2 / (2 width^2)).
    some : ndarray (m, D)
        Those that every pair is looked at of.
    among : float
        The mean of the kernel over their pairs.
    matched : bool
        Whether their centre and width were made those of the distribution: draws that tell chance are, too.
    """

    z: np.ndarray
    width: float
    some: np.ndarray
    among: float
    matched: bool

    @classmethod
    def of(cls, z: np.ndarray, width: float, matched: bool = False) -> Measured:
        """Codes (n, D); those that are no numbers are left out."""
        z = z[np.isfinite(z).all(1)].astype(np.float64)
        some = z if len(z) <= MOST else z[np.linspace(0, len(z) - 1, MOST).astype(np.int64)]
        return cls(z, width, some, pairs(some, width), matched)


def prior_mismatch(codes: Codes, prior: Prior, *, seed: int = 0) -> Mismatch:
    """How far the codes of images, all together, are from the prior: draws of their posteriors, or they themselves.

    The kernel is as wide as the prior along all dimensions together: its deviation times the root of D.
    """
    z = draw_posteriors(prior, codes, seed)
    width = prior.scale * math.sqrt(z.shape[1])
    return mismatch(Measured.of(z, width), PriorCandidate(prior, z.shape[1]), seed=seed)


def mismatch(codes: Measured, candidate: Candidate, *, seed: int = 0, stop: StopToken = NEVER) -> Mismatch:
    """How far codes are from a distribution, and what chance gives."""
    z, dims = codes.z, codes.z.shape[1]
    distances = wasserstein(z, candidate.quantiles(levels(len(z))))
    if not len(z):
        nothing = Chance(math.nan, math.nan)
        return Mismatch(distances, nothing, np.full(dims, np.nan), None, None, 0, 0)
    stop.check()
    chance, bound = _chance_of_distance(codes, candidate, seed, stop)
    mmd = mmd_chance = None
    if len(codes.some) > 1:
        mmd = _discrepancy(codes.some, codes.among, candidate, codes.width, seed)
        mmd_chance = _chance_of_discrepancy(codes, candidate, seed, stop)
    return Mismatch(distances, chance, bound, mmd, mmd_chance, len(z), len(codes.some))


# -- along a dimension -------------------------------------------------------------------------------------------------


def levels(count: int) -> np.ndarray:
    """Parts (n,) whose quantiles stand for a distribution: the middles of n equal ones."""
    return (np.arange(count) + 0.5) / max(count, 1)


def wasserstein(z: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """1-D Wasserstein distance of each dimension of codes (n, D) to a distribution, given its quantiles (n, D or 1)."""
    if not len(z):
        return np.full(z.shape[1], np.nan)
    return np.asarray(np.abs(np.sort(z, axis=0) - quantiles).mean(0))


def _chance_of_distance(codes: Measured, candidate: Candidate, seed: int, stop: StopToken) -> tuple[Chance, np.ndarray]:
    """Chance of the mean distance, and the bound of each dimension (D,)."""
    count, dims = codes.z.shape
    rng = np.random.default_rng([seed, 2])
    if isinstance(candidate, PriorCandidate):
        # Dimensions are on their own and alike: one stands for all.
        drawn = candidate.of_levels(np.sort(rng.random((SETS, count)), axis=1))
        if codes.matched:
            drawn = _standard(drawn, 1)
        found = np.abs(drawn - candidate.of_levels(levels(count))).mean(1)
        means = np.concatenate([found[rng.integers(SETS, size=(100, dims))].mean(1) for _ in range(10)])
        return Chance.of(means), np.full(dims, np.quantile(found, INSIDE[1]))
    small, again = _in_proportion(candidate, count, SMALL_FITTED)
    quantiles, of_sets = candidate.quantiles(levels(small)), []
    for at in range(SETS if dims <= FEW_NUMBERS else FITTED_SETS):
        stop.check()
        if isinstance(candidate, GaussianCandidate):
            quantiles = candidate.fitted_anew(levels(small), again, int(rng.integers(2**31)))
        of_sets.append(wasserstein(candidate.draw(small, int(rng.integers(2**31)) + at), quantiles))
    found = np.stack(of_sets) * math.sqrt(_rate(candidate, count, small))
    # Distances of dimensions differ in size rather than in shape: all of them tell the tail of each.
    usual = found.mean(0)
    tail = np.quantile(found[:, usual > 0] / usual[usual > 0], INSIDE[1]) if (usual > 0).any() else 1.0
    return Chance.of(found.mean(1)), usual * tail


def _in_proportion(candidate: Candidate, count: int, most: int) -> tuple[int, int]:
    """Draws in a set, and those that a distribution is fitted anew to, in the proportion of the codes of both."""
    small, fitted_to = min(count, most), candidate.fitted_to
    if not isinstance(candidate, GaussianCandidate):
        return small, fitted_to
    small = min(small, max(FEW, REFITTED * count // fitted_to))
    return small, min(max(round(fitted_to * small / count), 2), REFITTED)


def _rate(candidate: Candidate, count: int, small: int) -> float:
    """Variance of `count` codes around a fitted distribution, in that of `small` draws around it."""
    if isinstance(candidate, SamplerCandidate):
        known = 1 / candidate.known_by
        return (1 / count + 1 / candidate.fitted_to + known) / (1 / small + known)
    return small / count


def _standard(drawn: np.ndarray, axis: int) -> np.ndarray:
    """Draws moved and scaled to mean nought and deviation 1, as the codes were."""
    spread = drawn.std(axis, keepdims=True)
    return np.asarray((drawn - drawn.mean(axis, keepdims=True)) / np.where(spread > 0, spread, 1))


# -- all together ------------------------------------------------------------------------------------------------------


def pairs(z: np.ndarray, width: float) -> float:
    """The mean of the kernel over pairs of different codes (n, D); nan for fewer than two."""
    count = len(z)
    if count < 2:
        return math.nan
    norms = np.square(z).sum(1)
    apart = np.maximum(norms[:, None] + norms[None] - 2 * z @ z.T, 0)
    np.fill_diagonal(apart, np.inf)
    return float(np.exp(-apart / (2 * width**2)).sum() / (count * (count - 1)))


def across(a: np.ndarray, b: np.ndarray, width: float) -> float:
    """The mean of the kernel over pairs of one of a (n, D) and one of b (m, D)."""
    apart = np.maximum(np.square(a).sum(1)[:, None] + np.square(b).sum(1)[None] - 2 * a @ b.T, 0)
    return float(np.exp(-apart / (2 * width**2)).mean())


def discrepancy(among: float, some: np.ndarray, known: tuple[KernelMean, float]) -> float:
    """Squared maximum mean discrepancy of codes (n, D), of whose pairs the kernel's mean is `among`; unbiased."""
    of_codes, twice = known
    return among - 2 * float(of_codes(some).mean()) + twice


def _discrepancy(some: np.ndarray, among: float, candidate: Candidate, width: float, seed: int) -> float:
    known = candidate.kernel_mean(width)
    if known is not None:
        return discrepancy(among, some, known)
    drawn = candidate.draw(len(some), seed + 1)
    return among - 2 * across(some, drawn, width) + pairs(drawn, width)


def _chance_of_discrepancy(codes: Measured, candidate: Candidate, seed: int, stop: StopToken) -> Chance:
    count, width = len(codes.some), codes.width
    small, again = _in_proportion(candidate, count, SMALL)
    rng = np.random.default_rng([seed, 3])
    known = candidate.kernel_mean(width)
    found = []
    for _ in range(SETS if known is not None else FITTED_SETS):
        stop.check()
        drawn = candidate.draw(small, int(rng.integers(2**31)))
        if codes.matched and isinstance(candidate, PriorCandidate):
            drawn = _standard(drawn, 0)
        among = pairs(drawn, width)
        if isinstance(candidate, GaussianCandidate):
            refitted = GaussianCandidate(candidate.draw(again, int(rng.integers(2**31))))
            found.append(discrepancy(among, drawn, refitted.kernel_mean(width)))
        elif known is not None:
            found.append(discrepancy(among, drawn, known))
        else:
            found.append(_discrepancy(drawn, among, candidate, width, int(rng.integers(2**31))))
    of_sets = np.array(found) * small / count
    if isinstance(candidate, SamplerCandidate):
        # Draws stand for it: of variance 2 / n between both, to which its codes add 1 / m, and as much in the mean.
        apart = 1 - pairs(candidate.draw(min(REFITTED, candidate.known_by), seed), width)
        of_sets = of_sets * (1 + count / (2 * candidate.fitted_to)) + apart / candidate.fitted_to
    return Chance.of(of_sets)
