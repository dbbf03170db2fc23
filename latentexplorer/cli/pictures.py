"""Decoded images as files: an array, or one picture with all of them in a grid."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import replacing

GAP = 2
"""Pixels between images."""
MAX_PIXELS = 100_000_000
MAX_BYTES = 8 * 2**30
"""Of decoded images held at once."""


def check_room(path: Path, count: int, shape: tuple[int, int, int]) -> None:
    """Refuse what `write_images` could not write, or memory not hold, before `count` images (C, H, W) are decoded."""
    channels, height, width = shape
    if path.suffix.lower() == ".npz":
        if 4 * count * channels * height * width > MAX_BYTES:
            raise SettingsError(f"{count:,} images of {width} x {height} are too many at once", "Write fewer images")
        return
    if count == 0:
        raise SettingsError("There are no codes, and a picture of no images is none", "Write .npz, or give codes")
    _layout(count, height, width)


def write_images(path: Path, images: np.ndarray[Any, Any]) -> None:
    """Write images as `.npz` (`images`, uint8) or as one grid in a `.png`.

    Parameters
    ----------
    images : ndarray (N, H, W, C), float, [0, 1]
    """
    pixels = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    if path.suffix.lower() == ".npz":
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, images=pixels)
        return
    from PIL import Image

    grid = _grid(pixels)
    with replacing(path) as temporary:
        Image.fromarray(grid[..., 0] if grid.shape[2] == 1 else grid).save(temporary, format="PNG")


def _grid(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    count, height, width, channels = pixels.shape
    columns, *shape = _layout(count, height, width)
    grid = np.full((*shape, channels), 255, np.uint8)
    for number, image in enumerate(pixels):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        grid[top : top + height, left : left + width] = image
    return grid


def _layout(count: int, height: int, width: int) -> tuple[int, int, int]:
    """Columns of the grid, and its height and width in pixels."""
    # As near to a square picture as whole images allow.
    columns = max(1, min(count, round(math.sqrt(count * (height + GAP) / (width + GAP)))))
    rows = math.ceil(count / columns)
    tall, wide = rows * (height + GAP) - GAP, columns * (width + GAP) - GAP
    if tall * wide > MAX_PIXELS:
        raise SettingsError(f"{count} images make a picture of {wide} x {tall} pixels", "Write .npz, or fewer images")
    return columns, tall, wide
