"""Which latent dimensions carry something: their KL, how much their codes vary, and in which epoch one died."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.measures import ACTIVE_VARIANCE
from latentexplorer.latent.traversal import importance, in_use

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.models.distributions import Prior

ALIVE, NEVER = -1, 0
"""In place of the epoch in which a dimension died: it has not; it has never been active."""


@dataclass(frozen=True)
class DimensionFacts:
    """What N codes say of each of their D dimensions.

    Attributes
    ----------
    kl : ndarray (D,) or None
        Mean KL to the prior, nats; None where codes have no posterior.
    variance : ndarray (D,)
        Of the posterior means; of the codes themselves where they are points.
    active : ndarray (D,), bool
        With posteriors: active units (Burda et al. 2016, section 4). Without: whether it varies by a thousandth of
        what the widest does at least.
    count : int
        N.
    """

    kl: np.ndarray | None
    variance: np.ndarray
    active: np.ndarray
    count: int


def dimension_facts(codes: Codes, prior: Prior | None) -> DimensionFacts:
    """What codes say of their dimensions."""
    from latentexplorer.latent.codes import kl_per_dim

    kl = kl_per_dim(prior, codes)
    variance = np.var(np.asarray(codes.loc, np.float64), axis=0)
    return DimensionFacts(kl, variance, ~importance(codes.loc, kl).unused, len(codes))


def died_in(epochs: np.ndarray, variance: np.ndarray, variational: bool) -> np.ndarray:
    """In which epoch each dimension was no longer active for good.

    Parameters
    ----------
    epochs : ndarray (E,)
        Rising.
    variance : ndarray (E, D)
        Of the posterior means, or of the codes, in these epochs; NaN where it is not known.
    variational : bool
        Whether codes have posteriors.

    Returns
    -------
    ndarray (D,), int64
        The first of `epochs` from which on it was not active any more; `ALIVE` where it still is in the last one, or
        nothing is known; `NEVER` where it has not been active in any.
    """
    dims = variance.shape[1]
    known = np.isfinite(variance).all(axis=1) if dims else np.zeros(len(variance), bool)
    epochs, variance = epochs[known], variance[known]
    if not len(epochs):
        return np.full(dims, ALIVE, np.int64)
    active = in_use(variance, variational)
    last = len(epochs) - 1 - active[::-1].argmax(axis=0)
    died = np.append(epochs, 0)[last + 1]
    return np.where(~active.any(axis=0), NEVER, np.where(active[-1], ALIVE, died)).astype(np.int64)


def criterion(variational: bool) -> str:
    """When a dimension counts as active, in words, what matters first; no full stop."""
    if variational:
        return f"variance above {ACTIVE_VARIANCE:g} (of the posterior means; Burda et al. 2016)"
    return "variance at least a thousandth of the widest dimension's (of the codes)"
