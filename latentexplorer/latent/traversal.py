"""One latent dimension at a time: how important each is, and the codes of a strip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.measures import ACTIVE_VARIANCE

DEAD_SHARE = 1e-3
"""Without posteriors a dimension carries nothing if its codes vary less than this part of what the widest does."""


@dataclass(frozen=True)
class Importance:
    """How important each latent dimension is.

    Attributes
    ----------
    order : ndarray (D,), int64
        Dimensions, the most important first.
    value : ndarray (D,)
        By dimension, not by order.
    measure : str
        "KL, nats" or "variance of the codes".
    unused : ndarray (D,), bool
        Dimensions that tell no image from another. With posteriors: those that are not active units, whatever their KL;
        without: hardly any variance beside the others.
    """

    order: np.ndarray
    value: np.ndarray
    measure: str
    unused: np.ndarray


def importance(codes: np.ndarray, kl_per_dim: np.ndarray | None = None) -> Importance:
    """Dimensions sorted by their KL where the model has one, else by the variance of the codes (N, D)."""
    varies = np.var(np.asarray(codes, np.float64), axis=0)
    if kl_per_dim is not None:
        value, measure = np.asarray(kl_per_dim, np.float64), "KL, nats"
    else:
        value, measure = varies, "variance of the codes"
    return Importance(np.argsort(-value, kind="stable"), value, measure, ~in_use(varies, kl_per_dim is not None))


def in_use(variance: np.ndarray, variational: bool) -> np.ndarray:
    """Which dimensions tell images apart, by the variance of their codes (..., D): bool of the same shape.

    `variational`: codes have posteriors, of whose means it is the variance; else it is held against the widest's.
    """
    if variational:
        return np.asarray(~(variance <= ACTIVE_VARIANCE))
    return np.asarray(~(variance <= DEAD_SHARE * np.nanmax(variance, axis=-1, keepdims=True, initial=0.0)))


def strip(base: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """The code `base` (D,) with one dimension set to each of `values` (n,): (n, D), float32."""
    if not 0 <= dimension < len(base):
        raise SettingsError(f"There is no latent dimension {dimension}", f"Choose from 0 to {len(base) - 1}")
    codes = np.repeat(np.asarray(base, np.float32)[None], len(values), axis=0)
    codes[:, dimension] = values
    return codes
