"""Generated sets: every image is one combination of factors, each with a few evenly spaced values."""

from __future__ import annotations

import colorsys
import math

import numpy as np

from latentexplorer.core.errors import DataError

HUES = {
    "red": 0.0,
    "orange": 0.08,
    "yellow": 0.155,
    "green": 0.33,
    "cyan": 0.5,
    "blue": 0.61,
    "violet": 0.75,
    "pink": 0.9,
}
"""Names of the colours of generated images, by hue in turns."""


def palette() -> np.ndarray:
    """(8, 3) float32 in [0, 1], in the order of `HUES`."""
    return np.array([colorsys.hsv_to_rgb(hue, 0.75, 1.0) for hue in HUES.values()], np.float32)


def draw_combinations(sizes: tuple[int, ...], count: int, seed: int) -> tuple[np.ndarray, str]:
    """Random combinations of factor values.

    Parameters
    ----------
    sizes : tuple of int
        How many values each factor has.

    Returns
    -------
    codes : ndarray (count, len(sizes)), int64
        No combination comes twice unless there are more images than combinations; then the note says so.
    note : str
    """
    combinations = math.prod(sizes)
    generator = np.random.default_rng(seed)
    repeats = -(-count // combinations)
    flat = np.concatenate([generator.permutation(combinations) for _ in range(repeats)])[:count]
    note = f"only {combinations:,} images differ: some held-out images repeat training images" if repeats > 1 else ""
    return np.stack(np.unravel_index(flat, sizes), axis=1).astype(np.int64), note


def images_wanted(
    count: int | None, default: int, classes: int, per_class: tuple[int | None, int | None], fraction: float
) -> int:
    """How many images to generate: as asked, else the default or as many as the subsets asked for need."""
    if count is not None:
        if count < 1:
            raise DataError("data.count is below 1")
        return count
    train, test = (classes * (n or 0) for n in per_class)
    # Drawn at random, classes come out uneven: one in ten more.
    needed = max(train / (1 - fraction), test / fraction) * 1.1 + 10 * classes if train or test else 0
    return min(max(default, math.ceil(needed)), 1_000_000)


def paint(coverage: np.ndarray, colors: np.ndarray | None) -> np.ndarray:
    """Ink on black: (n, H, W) coverage in [0, 1] and (n, 3) colours, or None for white, to (n, H, W, C) uint8."""
    grey = coverage[..., None]
    painted: np.ndarray = grey if colors is None else grey * colors[:, None, None, :]
    pixels: np.ndarray = np.rint(painted * 255).astype(np.uint8)
    return pixels
