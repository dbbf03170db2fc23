"""Many pictures on one: what a frame of an animation shows of all classes at once."""

from __future__ import annotations

import numpy as np

from latentexplorer.figures.pixels import as_bytes
from latentexplorer.views.base import Array
from latentexplorer.views.tiling import MONTAGE_GAP_PX, MONTAGE_WIDE, for_screen, montage_size, squarish


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
    columns = squarish(count, (height, width), MONTAGE_WIDE)
    # As many as would stand side by side in a picture of twice that size.
    across = 2 * max(columns, -(-(-(-count // columns) * height) // width))
    tiles = as_bytes(for_screen(images.reshape(-1, height, width, channels), across))
    height, width = tiles.shape[1:3]
    tiles = tiles.reshape(rows, count, height, width, channels)
    whole = np.full((rows, *montage_size(count, height, width, columns), channels), 255, np.uint8)
    for at in range(count):
        top, left = at // columns * (height + MONTAGE_GAP_PX), at % columns * (width + MONTAGE_GAP_PX)
        whole[:, top : top + height, left : left + width] = tiles[:, at]
    return whole
