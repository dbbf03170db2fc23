"""What codes can be held against: priors, a Gaussian fitted to codes, and the fitted sampler.

Each answers the same questions: its quantiles and its density along each dimension, draws, and the mean of a Gaussian
kernel over it, from which the maximum mean discrepancy follows without drawing anything. A prior is the same along
every dimension, each on its own, so that the kernel's mean is a product of means in one dimension: a closed form for
the Normal, for the others an integral by Gauss-Legendre quadrature, exact to twelve digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp, ndtri

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.sampler import FittedSampler
from latentexplorer.models.distributions import NormalPrior, Prior

KernelMean = Callable[[np.ndarray], np.ndarray]
"""Mean over a distribution of exp(-|a - x|^2 / (2 width^2)), for points a (n, D); (n,)."""

PANELS_WIDTH, POINTS = 0.5, 12
"""Of the quadrature, in units of the prior: panels this wide, so many points in each."""
TAIL = 1e-15
"""Of a prior is left out at its ends."""
GRID, WING = 1_000, 40
"""Places where the kernel's mean is worked out, at most; it is interpolated between: over the prior, beside it."""
OF_WIDTH = 4
"""So many places in the width of a kernel are close enough: what is between them is right to six digits."""
REFERENCE = 10_000
"""Draws of a fitted sampler that stand for it; fewer where codes have many numbers."""
REFERENCE_NUMBERS = 4_000_000


class Candidate:
    """A distribution of codes of D numbers.

    Attributes
    ----------
    name : str
    title : str
        For a person.
    fitted_to : int
        Codes that it was fitted to; 0 for what was there before them.
    """

    name: str
    title: str
    fitted_to: int = 0

    def draw(self, count: int, seed: int) -> np.ndarray:
        """Draws (count, D), float64. Those of one seed belong together: the same luck under every distribution."""
        raise NotImplementedError

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """The z below which parts `levels` (n,) lie along each dimension, (n, D); (n, 1) where all are alike."""
        raise NotImplementedError

    def density(self, x: np.ndarray) -> np.ndarray:
        """How dense it is along each dimension at x (D, G), ascending; (D, G)."""
        raise NotImplementedError

    def kernel_mean(self, width: float) -> tuple[KernelMean, float] | None:
        """Mean of the kernel over it, and of that again; None where nothing but its draws tells them."""
        return None


@dataclass(eq=False)
class PriorCandidate(Candidate):
    """A prior, where `unit` with its mean moved to nought and its deviation scaled to 1."""

    prior: Prior
    dims: int
    unit: bool = False
    name: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or self.prior.name
        self.title = self.title or self.prior.name
        self._shift, self._scale = (self.prior.mean, self.prior.scale) if self.unit else (0.0, 1.0)
        self._known: dict[float, tuple[KernelMean, float]] = {}

    def of_levels(self, levels: np.ndarray) -> np.ndarray:
        """Quantiles, the shape of `levels`."""
        inside = torch.from_numpy(np.clip(levels, 1e-15, 1 - 1e-15))
        return (np.asarray(self.prior.icdf(inside).numpy(), np.float64) - self._shift) / self._scale

    def draw(self, count: int, seed: int) -> np.ndarray:
        return self.of_levels(luck(count, self.dims, seed))

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        return self.of_levels(levels)[:, None]

    def density(self, x: np.ndarray) -> np.ndarray:
        there = torch.from_numpy(np.ascontiguousarray(x * self._scale + self._shift, np.float64))
        low, high = self.prior.support
        nats = np.asarray(self.prior.log_prob(there).numpy())
        inside = (there.numpy() >= low) & (there.numpy() <= high)
        return np.where(inside, np.exp(nats) * self._scale, 0.0)

    def kernel_mean(self, width: float) -> tuple[KernelMean, float]:
        if isinstance(self.prior, NormalPrior):
            variance = (self.prior.scale / self._scale) ** 2
            return _of_normal(np.full(self.dims, variance), width), _twice_normal(np.full(self.dims, variance), width)
        if width in self._known:
            return self._known[width]
        at, log_weight = self._quadrature()
        log_mean = _LogMean(at, log_weight, width)

        def mean(a: np.ndarray) -> np.ndarray:
            return np.asarray(np.exp(log_mean(a).sum(1)))

        self._known[width] = mean, float(np.exp(self.dims * logsumexp(log_weight + log_mean(at))))
        return self._known[width]

    def _quadrature(self) -> tuple[np.ndarray, np.ndarray]:
        """Places (M,) and logs of weights (M,) that add up to 1."""
        ends = self.of_levels(np.array([TAIL, 1 - TAIL])) * self._scale + self._shift
        low, high = (
            limit if math.isfinite(limit) else float(end) for limit, end in zip(self.prior.support, ends, strict=True)
        )
        # A density may have an edge at nought: panels end there.
        cuts = np.unique(np.concatenate([[low, high], np.arange(math.ceil(low / 0.5), high / 0.5) * PANELS_WIDTH]))
        x, w = np.polynomial.legendre.leggauss(POINTS)
        half, middle = np.diff(cuts)[:, None] / 2, ((cuts[1:] + cuts[:-1]) / 2)[:, None]
        at, weight = (middle + half * x).ravel(), (half * w).ravel()
        nats = np.asarray(self.prior.log_prob(torch.from_numpy(at)).numpy()) + np.log(weight)
        return (at - self._shift) / self._scale, nats - logsumexp(nats)


class GaussianCandidate(Candidate):
    """A Gaussian with the mean and the covariance of codes (m, D)."""

    name, title = "gaussian", "Fitted Gaussian"

    def __init__(self, codes: np.ndarray) -> None:
        if len(codes) < 2:
            raise NotApplicableError("A Gaussian needs at least two codes to be fitted to")
        self.fitted_to, self.mean = len(codes), codes.mean(0)
        self._axes, self._variances = _axes_of(codes - self.mean)
        self._scale = np.sqrt(np.square(self._axes * np.sqrt(self._variances)[:, None]).sum(0))

    def draw(self, count: int, seed: int) -> np.ndarray:
        normal = ndtri(luck(count, len(self.mean), seed))
        # Its symmetric root keeps to a draw's luck along each dimension as far as dimensions are on their own.
        return np.asarray(self.mean + (normal @ self._axes.T * np.sqrt(self._variances)) @ self._axes)

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        return np.asarray(self.mean + ndtri(levels)[:, None] * self._scale)

    def fitted_anew(self, levels: np.ndarray, count: int, seed: int) -> np.ndarray:
        """Quantiles (n, D) of what would be fitted to so many draws of it, two or more."""
        drawn = self.draw(count, seed)
        return np.asarray(drawn.mean(0) + ndtri(levels)[:, None] * drawn.std(0, ddof=1))

    def density(self, x: np.ndarray) -> np.ndarray:
        scale = np.maximum(self._scale, 1e-12)[:, None]
        away = (x - self.mean[:, None]) / scale
        return np.asarray(np.exp(-0.5 * np.square(away)) / (scale * math.sqrt(2 * math.pi)))

    def kernel_mean(self, width: float) -> tuple[KernelMean, float]:
        of_axes, axes, centre = _of_normal(self._variances, width), self._axes, self.mean

        def mean(a: np.ndarray) -> np.ndarray:
            away = a - centre
            along = away @ axes.T
            beside = np.maximum(np.square(away).sum(1) - np.square(along).sum(1), 0)
            return np.asarray(of_axes(along) * np.exp(-beside / (2 * width**2)))

        return mean, _twice_normal(self._variances, width)


def _axes_of(away: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal axes (M, D) and variances (M,) along them of codes (n, D) about their mean."""
    count, dims = away.shape
    if count > dims:
        # A tenth of the time of a decomposition of the codes themselves, which a hundred refits each wait for.
        variances, axes = np.linalg.eigh(away.T @ away / (count - 1))
        return axes.T, np.maximum(variances, 0)
    _, lengths, axes = np.linalg.svd(away, full_matrices=False)
    return axes, np.square(lengths) / (count - 1)


class SamplerCandidate(Candidate):
    """The fitted sampler, known by its draws.

    Parameters
    ----------
    sampler : FittedSampler
    centre, spread : ndarray (D,)
        Its draws are told less the centre, in units of the spread.

    Attributes
    ----------
    known_by : int
        Draws that stand for it.
    """

    name, title = "sampler", "Fitted sampler"

    def __init__(self, sampler: FittedSampler, centre: np.ndarray, spread: np.ndarray, seed: int) -> None:
        self.sampler, self._centre, self._spread = sampler, centre, spread
        self.fitted_to = sum(len(each.points) for each in sampler.densities.values())
        self.known_by = max(min(REFERENCE, REFERENCE_NUMBERS // len(centre)), 2)
        self._sorted = np.sort(self.draw(self.known_by, seed), axis=0)

    def draw(self, count: int, seed: int) -> np.ndarray:
        drawn = self.sampler.sample(count, seed, alone=True)[0].astype(np.float64)
        return np.asarray((drawn - self._centre) / self._spread)

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        at = levels * len(self._sorted) - 0.5
        low = np.clip(np.floor(at).astype(np.int64), 0, len(self._sorted) - 2)
        part = np.clip(at - low, 0, 1)[:, None]
        return np.asarray((1 - part) * self._sorted[low] + part * self._sorted[low + 1])

    def density(self, x: np.ndarray) -> np.ndarray:
        found = np.zeros(x.shape)
        for dim, row in enumerate(x):
            half = max(float(row[-1] - row[0]) / len(row), 1e-12) * 2
            ends = [np.searchsorted(self._sorted[:, dim], row + way * half) for way in (1, -1)]
            found[dim] = (ends[0] - ends[1]) / (len(self._sorted) * 2 * half)
        return found


def luck(count: int, dims: int, seed: int) -> np.ndarray:
    """What draws of a seed are made of: uniform numbers (count, D) in (0, 1)."""
    return np.clip(np.random.default_rng(seed).random((count, dims)), 1e-12, 1 - 1e-12)


class _LogMean:
    """Log of the kernel's mean over a prior in one dimension, worked out at some places and interpolated between them.

    Parameters
    ----------
    at, log_weight : ndarray (M,)
        Of a quadrature.
    """

    def __init__(self, at: np.ndarray, log_weight: np.ndarray, width: float) -> None:
        self._at, self._log_weight, self._width = at, log_weight, width
        self._count = int(np.clip(OF_WIDTH * (at[-1] - at[0]) / width, 100, GRID))
        self._reach(float(at[0]), float(at[-1]))

    def exactly(self, a: np.ndarray) -> np.ndarray:
        """At places a (n,)."""
        parts = np.array_split(a, max(-(-len(a) // 500), 1))
        square = 2 * self._width**2
        return np.concatenate(
            [logsumexp(self._log_weight - np.square(part[:, None] - self._at) / square, axis=1) for part in parts]
        )

    def __call__(self, a: np.ndarray) -> np.ndarray:
        """At places a of any shape, none of them infinite."""
        if a.size and (a.min() < self._low or a.max() > self._high):
            self._reach(min(float(a.min()), self._low), max(float(a.max()), self._high))
        return np.asarray(self._spline(a))

    def _reach(self, low: float, high: float) -> None:
        first, last = float(self._at[0]), float(self._at[-1])
        # Beside the prior it is all but a parabola: few places tell it.
        places = [np.linspace(low, first, WING), np.linspace(first, last, self._count), np.linspace(last, high, WING)]
        grid = np.unique(np.concatenate(places))
        self._low, self._high = float(grid[0]), float(grid[-1])
        self._spline = CubicSpline(grid, self.exactly(grid))


def _of_normal(variances: np.ndarray, width: float) -> KernelMean:
    """The mean of the kernel over independent Normals of mean nought and these variances (D,)."""
    wide = width**2 + variances
    log_height = 0.5 * np.log(width**2 / wide).sum()

    def mean(a: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(log_height - (np.square(a) / (2 * wide)).sum(1)))

    return mean


def _twice_normal(variances: np.ndarray, width: float) -> float:
    return float(np.exp(0.5 * np.log(width**2 / (width**2 + 2 * variances)).sum()))
