"""Many pictures: decoded in steps so short that whoever asks for the current code never waits long, and laid out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

STEP_S = 0.012
"""How long a step may take: the most that the current code waits."""
AT_ONCE_S = 0.2
"""A plane that takes no longer is shown when it is whole: coarse pictures in between would only flicker."""
LEAST, MOST = 4, 2048
GAP_PX = 1
"""Between the images of a plane that is one picture."""
WIDEST = 2048
"""Pixels that a row of pictures is decoded for: more than any pane shows of it."""


def as_one(plane: np.ndarray) -> np.ndarray:
    """The images (R, S, H, W, C) of a plane as one picture, uint8."""
    rows, columns, height, width, channels = plane.shape
    picture = np.full((rows * (height + GAP_PX) - GAP_PX, columns * (width + GAP_PX) - GAP_PX, channels), 255, np.uint8)
    pixels = (np.clip(np.nan_to_num(plane), 0, 1) * 255 + 0.5).astype(np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + GAP_PX), column * (width + GAP_PX)
            picture[top : top + height, left : left + width] = pixels[row, column]
    return picture


class Pace:
    """How many codes may be decoded in one step so that whoever is more urgent does not wait: learned while decoding.

    Attributes
    ----------
    tile : int
        Codes that take about `STEP_S`.
    """

    def __init__(self) -> None:
        self.tile = 16

    def record(self, count: int, seconds: float) -> None:
        """Learn from `count` codes that were decoded in `seconds`."""
        if count:
            enough = round(count * STEP_S / max(seconds, 1e-6))
            # One slow step (a busy machine) must not make all the following ones tiny, nor one of few codes huge ones.
            self.tile = int(np.clip(enough, max(self.tile // 2, LEAST), min(max(self.tile, count) * 4, MOST)))


def for_screen(images: np.ndarray, side_by_side: int) -> np.ndarray:
    """Images (B, H, W, C) averaged down by a whole number, so that so many side by side are at most `WIDEST` across.

    Small images, and few, come back as they are. What is shown of a large plane is then a fraction of its pixels, and
    the window's thread need not turn all of them into colours.
    """
    height, width, channels = images.shape[1:]
    factor = -(-side_by_side * width // WIDEST)
    if factor <= 1 or min(height, width) < 2 * factor:
        return images
    rows, columns = height // factor, width // factor
    parts = images[:, : rows * factor, : columns * factor].reshape(-1, rows, factor, columns, factor, channels)
    averaged: np.ndarray = parts.mean((2, 4), dtype=np.float32)
    return averaged


def coarse_first(
    decode: Callable[[np.ndarray], np.ndarray], z: np.ndarray, coarse: int = 4, tile: int = 64
) -> Iterator[np.ndarray | None]:
    """Decode a plane of codes in steps; where that takes long a coarse picture of it comes first.

    Parameters
    ----------
    decode : callable (B, D) -> (B, H, W, C)
    z : ndarray (rows, columns, D)
    coarse : int
        The coarse picture decodes every `coarse`-th row and column and repeats it.
    tile : int
        Codes decoded in one step, which take about `STEP_S`.

    Yields
    ------
    ndarray (rows, columns, H, W, C), float32, or None
        None: a step that shows nothing yet. Planes are whole, the last one exact.
    """
    rows, columns, dim = z.shape
    flat = z.reshape(-1, dim)
    first = decode(flat[:tile])
    whole = np.empty((len(flat), *first.shape[1:]), first.dtype)
    whole[:tile] = first
    if len(flat) / tile * STEP_S > AT_ONCE_S:
        few = decode(z[::coarse, ::coarse].reshape(-1, dim))
        few = few.reshape(-(-rows // coarse), -(-columns // coarse), *few.shape[1:])
        repeated = few.repeat(coarse, 0).repeat(coarse, 1)[:rows, :columns].reshape(whole.shape)
        whole[tile:] = repeated[tile:]
        yield repeated.reshape(rows, columns, *whole.shape[1:])
    for start in range(tile, len(flat), tile):
        yield None
        whole[start : start + tile] = decode(flat[start : start + tile])
    yield whole.reshape(rows, columns, *whole.shape[1:])


MONTAGE_GAP_PX = 2
MONTAGE_WIDE = 1.6
"""Width by height of many pictures on one, about."""


def squarish(count: int, shape: tuple[int, ...], wide: float = 1.0) -> int:
    """Columns of a grid of `count` images: about `wide` times as wide as it is high, few cells left empty."""
    height, width = shape[:2]

    def misfit(columns: int) -> float:
        rows = -(-count // columns)
        return abs(math.log(columns * width / (rows * height) / wide)) + 1.5 * (rows * columns - count) / count

    ideal = math.sqrt(count * wide * height / width)
    near = range(max(1, int(ideal * 0.6)), max(1, min(count, round(ideal * 1.6))) + 1)
    return min(near, key=misfit)


def montage_size(count: int, height: int, width: int, columns: int = 0) -> tuple[int, int]:
    """Height and width, px, of one picture on which so many of that size stand; 0 columns: as many as look well."""
    columns = columns or squarish(count, (height, width), MONTAGE_WIDE)
    gap = MONTAGE_GAP_PX
    return -(-count // columns) * (height + gap) - gap, columns * (width + gap) - gap
