"""Many pictures on one: what a frame of an animation shows of all classes at once."""

from __future__ import annotations

import numpy as np

from latentexplorer.figures.grid import squarish
from latentexplorer.figures.pixels import as_bytes
from latentexplorer.views.base import Array
from latentexplorer.views.tiling import for_screen

GAP_PX = 2
WIDE = 1.6
"""Width by height that a montage has, about."""


def montages(images: Array) -> Array:
    """One picture of each row of pictures, side by side and below each other in their order.

    Parameters
    ----------
    images : ndarray (R, M, H, W, C)
        Float in [0, 1] or uint8.

    Returns
    -------
    ndarray (R, H', W', C), uint8
        At most about a thousand pixels wide and high: larger pictures come smaller, by a whole number.
    """
    rows, count, height, width, channels = images.shape
    columns, lines = _layout(count, height, width)
    # As many as would stand side by side in a picture of twice that size.
    across = 2 * max(columns, -(-lines * height // width))
    tiles = as_bytes(for_screen(images.reshape(-1, height, width, channels), across))
    height, width = tiles.shape[1:3]
    tiles = tiles.reshape(rows, count, height, width, channels)
    whole = np.full((rows, *_size(columns, lines, height, width), channels), 255, np.uint8)
    for at in range(count):
        top, left = at // columns * (height + GAP_PX), at % columns * (width + GAP_PX)
        whole[:, top : top + height, left : left + width] = tiles[:, at]
    return whole


def montage_size(count: int, height: int, width: int) -> tuple[int, int]:
    """Height and width of the montage of so many pictures of that size, before it is made smaller."""
    return _size(*_layout(count, height, width), height, width)


def _layout(count: int, height: int, width: int) -> tuple[int, int]:
    columns = squarish(count, (height, width), WIDE)
    return columns, -(-count // columns)


def _size(columns: int, lines: int, height: int, width: int) -> tuple[int, int]:
    return lines * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX
