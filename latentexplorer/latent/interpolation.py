"""Between two codes: straight, and along the sphere."""

from __future__ import annotations

from typing import Literal

import numpy as np

Way = Literal["linear", "spherical"]

PARALLEL = 1e-4
"""Sine of the angle below which two directions count as parallel, or opposite: the sphere offers no one way then."""


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """The straight line from `a` (t = 0) to `b` (t = 1).

    Parameters
    ----------
    a, b : ndarray (D,)
    t : float or ndarray (n,)

    Returns
    -------
    ndarray (D,) or (n, D), float32; exactly `a` and `b` at the ends
    """
    a64, b64 = np.asarray(a, np.float64), np.asarray(b, np.float64)
    part = np.asarray(t, np.float64)[..., None]
    return np.asarray((1 - part) * a64 + part * b64, np.float32)


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray | float) -> np.ndarray:
    """Along the great circle from `a` to `b`, the length going evenly from the one's to the other's (Shoemake 1985).

    The codes of a wide Gaussian lie near a sphere, whose inside a straight line crosses (White 2016). Where the
    directions are nearly parallel or opposite, or one code is zero, there is no one great circle: the straight line
    is taken.

    Parameters and result as for `lerp`.
    """
    a64, b64 = np.asarray(a, np.float64), np.asarray(b, np.float64)
    length_a, length_b = float(np.linalg.norm(a64)), float(np.linalg.norm(b64))
    if length_a == 0 or length_b == 0:
        return lerp(a, b, t)
    unit_a, unit_b = a64 / length_a, b64 / length_b
    cosine = float(np.clip(unit_a @ unit_b, -1, 1))
    angle = float(np.arccos(cosine))
    if np.sin(angle) < PARALLEL:
        return lerp(a, b, t)
    part = np.asarray(t, np.float64)[..., None]
    direction = (np.sin((1 - part) * angle) * unit_a + np.sin(part * angle) * unit_b) / np.sin(angle)
    return np.asarray(direction * ((1 - part) * length_a + part * length_b), np.float32)


def interpolate(a: np.ndarray, b: np.ndarray, steps: int, way: Way = "linear") -> np.ndarray:
    """`steps` codes evenly from `a` to `b`, both ends included and exact.

    Returns
    -------
    ndarray (steps, D), float32; for one step the middle
    """
    if steps == 1:
        return (lerp if way == "linear" else slerp)(a, b, np.array([0.5]))
    path = (lerp if way == "linear" else slerp)(a, b, np.linspace(0, 1, max(2, steps)))
    path[0], path[-1] = a, b
    return path
