"""How far codes are from the prior: along each dimension, and all together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.latent.codes import draw_posteriors
from latentexplorer.models import Codes
from latentexplorer.models.distributions import NormalPrior, Prior

MOST = 2_000
"""Codes that every pair is looked at of."""


@dataclass(frozen=True)
class Mismatch:
    """Between draws of the posteriors of N codes (the codes themselves where they are points) and the prior.

    Attributes
    ----------
    wasserstein : ndarray (D,), float64
        1-D Wasserstein distance of each dimension, in units of the code.
    chance : float
        What as many draws from the prior itself have, about: nothing is nearer but by chance.
    mmd : float or None
        Squared maximum mean discrepancy in units of the prior's width, unbiased, so that it may be a little below
        nought; None where the prior is not Normal, as there is no closed form.
    count : int
        N.
    """

    wasserstein: np.ndarray
    chance: float
    mmd: float | None
    count: int


def prior_mismatch(codes: Codes, prior: Prior, *, seed: int = 0) -> Mismatch:
    """How far the codes of images, all together, are from the prior."""
    z = draw_posteriors(prior, codes, seed).astype(np.float64)
    z = z[np.isfinite(z).all(1)]
    quantiles = _quantiles(prior, len(z))
    some = z if len(z) <= MOST else z[np.linspace(0, len(z) - 1, MOST).astype(np.int64)]
    own = np.sort(_quantiles(prior, 10 * len(z))[np.random.default_rng(seed).integers(0, 10 * len(z), len(z))])
    return Mismatch(
        wasserstein(z, quantiles),
        float(np.abs(own - quantiles).mean()) if len(z) else float("nan"),
        mmd_to_normal(some / prior.scale) if isinstance(prior, NormalPrior) and len(some) > 1 else None,
        len(z),
    )


def _quantiles(prior: Prior, count: int) -> np.ndarray:
    import torch

    levels = (torch.arange(count, dtype=torch.float64) + 0.5) / max(count, 1)
    return np.asarray(prior.icdf(levels).numpy(), np.float64)


def wasserstein(z: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """1-D Wasserstein distance of each dimension of codes (N, D) to a distribution, given its quantiles (N,); (D,).

    It is the mean distance of the two sets, both sorted: of N codes to the quantiles at (i + 1/2) / N.
    """
    if not len(z):
        return np.full(z.shape[1], np.nan)
    return np.asarray(np.abs(np.sort(z, axis=0) - quantiles[:, None]).mean(0))


def mmd_to_normal(z: np.ndarray, width: float | None = None) -> float:
    """Squared maximum mean discrepancy of codes (N, D) to a standard Normal, unbiased (Gretton et al. 2012, eq. 3).

    The kernel is exp(-|a - b|^2 / (2 width^2)), whose means over the Normal have a closed form, so that nothing is
    drawn; the width is the root of D where none is given, which is how far draws are apart but for a factor.
    """
    count, dims = z.shape
    square = float(dims if width is None else width**2)
    norms = np.square(z).sum(1)
    apart = np.maximum(norms[:, None] + norms[None] - 2 * z @ z.T, 0)
    among = (np.exp(-apart / (2 * square)).sum() - count) / (count * (count - 1))
    cross = (square / (square + 1)) ** (dims / 2) * np.exp(-norms / (2 * (square + 1))).mean()
    normal = (square / (square + 2)) ** (dims / 2)
    return float(among - 2 * cross + normal)
