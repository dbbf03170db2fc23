"""One latent dimension at a time: how important each is, its range, and the codes of a strip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.core.errors import SettingsError


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


def importance(codes: np.ndarray, kl_per_dim: np.ndarray | None = None) -> Importance:
    """Dimensions sorted by their KL where the model has one, else by the variance of the codes (N, D)."""
    if kl_per_dim is not None:
        value, measure = np.asarray(kl_per_dim, np.float64), "KL, nats"
    else:
        value, measure = np.var(np.asarray(codes, np.float64), axis=0), "variance of the codes"
    return Importance(np.argsort(-value, kind="stable"), value, measure)


def code_ranges(codes: np.ndarray, *, cover: float = 0.98) -> np.ndarray:
    """From where to where each dimension of codes (N, D) goes: the middle `cover` of them; (D, 2), never empty."""
    low, high = np.quantile(np.asarray(codes, np.float64), [(1 - cover) / 2, (1 + cover) / 2], axis=0)
    flat = ~(low < high)
    return np.stack([np.where(flat, low - 0.5, low), np.where(flat, high + 0.5, high)], axis=1)


def strip(base: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """The code `base` (D,) with one dimension set to each of `values` (n,): (n, D), float32."""
    if not 0 <= dimension < len(base):
        raise SettingsError(f"There is no latent dimension {dimension}", f"Choose from 0 to {len(base) - 1}")
    codes = np.repeat(np.asarray(base, np.float32)[None], len(values), axis=0)
    codes[:, dimension] = values
    return codes
