"""One latent dimension at a time: how important each is, and the codes of a strip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.core.errors import SettingsError

DEAD_NATS = 0.01
"""A dimension with less KL than this carries nothing (as in the collapse notice of training)."""
DEAD_SHARE = 1e-3
"""And one whose codes vary less than this part of what the most varied one does."""


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
    """

    order: np.ndarray
    value: np.ndarray
    measure: str

    @property
    def unused(self) -> np.ndarray:
        """Dimensions that carry nothing (D,), bool: hardly any KL, or hardly any variance beside the others."""
        if self.measure.startswith("KL"):
            return np.asarray(self.value < DEAD_NATS)
        return np.asarray(self.value < DEAD_SHARE * np.nanmax(self.value, initial=0.0))


def importance(codes: np.ndarray, kl_per_dim: np.ndarray | None = None) -> Importance:
    """Dimensions sorted by their KL where the model has one, else by the variance of the codes (N, D)."""
    if kl_per_dim is not None:
        value, measure = np.asarray(kl_per_dim, np.float64), "KL, nats"
    else:
        value, measure = np.var(np.asarray(codes, np.float64), axis=0), "variance of the codes"
    return Importance(np.argsort(-value, kind="stable"), value, measure)


def strip(base: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """The code `base` (D,) with one dimension set to each of `values` (n,): (n, D), float32."""
    if not 0 <= dimension < len(base):
        raise SettingsError(f"There is no latent dimension {dimension}", f"Choose from 0 to {len(base) - 1}")
    codes = np.repeat(np.asarray(base, np.float32)[None], len(values), axis=0)
    codes[:, dimension] = values
    return codes
