"""Decoded images as files: an array, or one picture with all of them in a grid."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.paths import replacing

MAX_PIXELS = 100_000_000


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
    gap = 2
    # As near to a square picture as whole images allow.
    columns = max(1, min(count, round(math.sqrt(count * (height + gap) / (width + gap)))))
    rows = math.ceil(count / columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    if shape[0] * shape[1] > MAX_PIXELS:
        raise SettingsError(
            f"{count} images make a picture of {shape[1]} x {shape[0]} pixels", "Write .npz, or fewer images"
        )
    grid = np.full(shape, 255, np.uint8)
    for number, image in enumerate(pixels):
        top, left = number // columns * (height + gap), number % columns * (width + gap)
        grid[top : top + height, left : left + width] = image
    return grid
