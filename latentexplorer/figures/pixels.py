"""Images as pixels of a figure: of the size that they are shown in, on one scale of grey."""

from __future__ import annotations

import numpy as np
from PIL import Image

from latentexplorer.views.base import Array


def resized(image: Array, size: tuple[int, int], smooth: bool) -> Array:
    """An image as RGBA pixels (height, width, 4) uint8 of another size: black is 0, white is 1, whatever it holds."""
    pixels = as_bytes(image)
    mode = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    picture = Image.fromarray(mode)
    if (picture.height, picture.width) != size:
        smaller = size[0] < picture.height or size[1] < picture.width
        if not (smooth or smaller):
            # Pixels stay sharp and alike: enlarged by a whole factor first, then averaged down to size.
            factor = -(-size[0] // picture.height)
            picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
        how = Image.Resampling.LANCZOS if smooth or smaller else Image.Resampling.BOX
        picture = picture.resize((size[1], size[0]), how)
    return np.asarray(picture.convert("RGB").convert("RGBA"))


def faded(pixels: Array, strength: float) -> Array:
    """RGBA pixels through which so much of the paper shines as `strength` (0..1) leaves."""
    if strength >= 1:
        return pixels
    fainter = pixels.copy()
    fainter[..., 3] = round(255 * max(strength, 0.0))
    return fainter


def as_bytes(image: Array) -> Array:
    """Pixels as uint8: 0..1 becomes 0..255, rounded to the nearest."""
    if image.dtype == np.uint8:
        return image
    return np.asarray(np.rint(np.clip(np.nan_to_num(image), 0, 1) * 255), np.uint8)
