"""Nearest codes and nearest images: exact, in blocks that fit in memory, so that memory-mapped sets work too."""

from __future__ import annotations

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError

BLOCK = 8_192
"""Known points compared at once."""
CELLS = 8_000_000
"""Distances held at once."""
MARGIN = 8
"""More candidates than asked for: single precision may swap near ties, which double precision then puts right."""


def nearest(
    query: np.ndarray, known: np.ndarray, k: int = 1, *, stop: StopToken = NEVER
) -> tuple[np.ndarray, np.ndarray]:
    """The `k` known points nearest to each query, by Euclidean distance, nearest first, ties by position.

    Parameters
    ----------
    query : ndarray (Q, D)
    known : ndarray (N, D)
        Any numeric type; may be a memory map.
    k : int
        Lowered to N where there are fewer known points.

    Returns
    -------
    index : ndarray (Q, k), int64
    distance : ndarray (Q, k), float32

    Raises
    ------
    NotApplicableError
        If there are no known points.
    """
    if not len(known):
        raise NotApplicableError("There is nothing to find neighbours among")
    k = min(k, len(known))
    keep = min(k + MARGIN, len(known))
    query = np.asarray(query, dtype=np.float32).reshape(len(query), -1)
    index = np.empty((len(query), k), dtype=np.int64)
    distance = np.empty((len(query), k), dtype=np.float32)
    rows = max(1, CELLS // min(BLOCK, len(known)))
    for start in range(0, len(query), rows):
        part = slice(start, start + rows)
        candidates = _candidates(query[part], known, keep, stop)
        index[part], distance[part] = _exact(query[part], known, candidates, k)
    return index, distance


def neighbour_graph(points: np.ndarray, k: int, *, stop: StopToken = NEVER) -> tuple[np.ndarray, np.ndarray]:
    """The `k` nearest other points of every point; as `nearest`, but no point is its own neighbour.

    Parameters
    ----------
    points : ndarray (N, D), N >= 2
    """
    if len(points) < 2:
        raise NotApplicableError("A single point has no neighbours")
    k = min(k, len(points) - 1)
    index, distance = nearest(points, points, k + 1, stop=stop)
    itself = index == np.arange(len(points))[:, None]
    # Among many equal points a point may not find itself: then its farthest neighbour is left out instead.
    itself[~itself.any(1), -1] = True
    others = ~itself
    return index[others].reshape(-1, k), distance[others].reshape(-1, k)


def nearest_images(
    images: np.ndarray, known: np.ndarray, k: int = 4, *, stop: StopToken = NEVER
) -> tuple[np.ndarray, np.ndarray]:
    """The known images nearest to each image, pixel by pixel.

    Parameters
    ----------
    images : ndarray (Q, H, W, C)
        float in [0, 1], or uint8.
    known : ndarray (N, H, W, C), uint8

    Returns
    -------
    index : ndarray (Q, k), int64
    rmse : ndarray (Q, k), float32
        Root mean squared difference on [0, 1].
    """
    if images.shape[1:] != known.shape[1:]:
        raise NotApplicableError(f"Images of {images.shape[1:]} cannot be compared with images of {known.shape[1:]}")
    scale = np.float32(1 if images.dtype == np.uint8 else 255)
    flat = images.reshape(len(images), -1).astype(np.float32) * scale
    index, distance = nearest(flat, known.reshape(len(known), -1), k, stop=stop)
    return index, distance / np.float32(255 * np.sqrt(flat.shape[1]))


def _candidates(query: np.ndarray, known: np.ndarray, keep: int, stop: StopToken) -> np.ndarray:
    """Positions (Q, keep) of the nearest known points, unordered, by single-precision matrix products."""
    # Distances are the same from any origin, and their rounding is smallest near the middle of the points.
    centre = np.asarray(known[: min(len(known), BLOCK)], dtype=np.float32).mean(0)
    shifted = query - centre
    best: np.ndarray | None = None
    found: np.ndarray | None = None
    for start in range(0, len(known), BLOCK):
        stop.check()
        block = np.asarray(known[start : start + BLOCK], dtype=np.float32) - centre
        # OpenBLAS may call the product of one row invalid for what lies beside it in memory: its numbers are right.
        with np.errstate(invalid="ignore"):
            products = shifted @ block.T
        squared = np.einsum("nd,nd->n", block, block) - 2 * products
        take = min(keep, len(block))
        here = np.argpartition(squared, take - 1, axis=1)[:, :take] if take < len(block) else _all(squared)
        value = np.take_along_axis(squared, here, 1)
        position = here + start
        if best is not None and found is not None:
            value, position = np.hstack([best, value]), np.hstack([found, position])
            if value.shape[1] > keep:
                here = np.argpartition(value, keep - 1, axis=1)[:, :keep]
                value, position = np.take_along_axis(value, here, 1), np.take_along_axis(position, here, 1)
        best, found = value, position
    if found is None:
        raise NotApplicableError("There is nothing to find neighbours among")
    return found


def _all(squared: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.arange(squared.shape[1]), squared.shape)


def _exact(query: np.ndarray, known: np.ndarray, candidates: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    candidates = np.sort(candidates, axis=1)
    squared = np.empty(candidates.shape)
    rows = max(1, CELLS // (candidates.shape[1] * query.shape[1] + 1))
    for start in range(0, len(query), rows):
        part = slice(start, start + rows)
        away = np.asarray(known[candidates[part].ravel()], dtype=np.float64).reshape(*candidates[part].shape, -1)
        away -= query[part][:, None]
        squared[part] = np.einsum("qkd,qkd->qk", away, away)
    order = np.argsort(squared, axis=1, kind="stable")[:, :k]
    distance = np.sqrt(np.take_along_axis(squared, order, 1)).astype(np.float32)
    return np.take_along_axis(candidates, order, 1), distance
