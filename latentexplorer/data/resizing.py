"""Images at another size, and what becomes of other proportions: padded, cropped or squashed."""

from __future__ import annotations

import numpy as np
from PIL import Image

from latentexplorer.core.config import Fit
from latentexplorer.core.counting import count_text

DONE = {
    "pad": "padded with the colour of their border",
    "crop": "cropped to their middle",
    "squash": "squashed to other proportions",
}
"""What was done to images of other proportions, for a person."""

LARGEST_SIDE = 512
"""Images stay as large as they are, without being asked, only up to here."""
USUAL_SIDE = 64
"""The longer side of images that are larger: what a first model is trained on in minutes."""
BILINEAR = Image.Resampling.BILINEAR


def usual_size(height: int, width: int) -> tuple[int, int]:
    """The size that images are brought to where nobody chose one: their own, or a smaller one of large images."""
    if max(height, width) <= LARGEST_SIDE:
        return height, width
    scale = USUAL_SIDE / max(height, width)
    return max(2, round(height * scale)), max(2, round(width * scale))


def inner_size(height: int, width: int, target: tuple[int, int]) -> tuple[int, int]:
    """The largest height and width within `target` that keep an image's proportions, to the nearest pixel."""
    scale = min(target[0] / height, target[1] / width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def fitted(image: Image.Image, target: tuple[int, int], fit: Fit) -> Image.Image:
    """An image of mode L or RGB at another (height, width), bilinear; smoothed where it gets smaller.

    Proportions that differ by less than a pixel of the target count as the same.
    """
    height, width = target
    if image.size == (width, height):
        return image
    inner = inner_size(image.height, image.width, target)
    if fit == "squash" or inner == target:
        return image.resize((width, height), BILINEAR)
    if fit == "crop":
        return image.resize((width, height), BILINEAR, _middle(image, target))
    small = image.resize(inner[::-1], BILINEAR)
    out = Image.new(image.mode, (width, height), _border(np.asarray(small), beside=inner[1] < width))
    out.paste(small, ((width - inner[1]) // 2, (height - inner[0]) // 2))
    return out


def _middle(image: Image.Image, target: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest box of the target's proportions in the middle of an image: left, top, right, bottom."""
    scale = min(image.height / target[0], image.width / target[1])
    left, top = (image.width - target[1] * scale) / 2, (image.height - target[0] * scale) / 2
    return max(left, 0.0), max(top, 0.0), min(image.width - left, image.width), min(image.height - top, image.height)


def _border(pixels: np.ndarray, *, beside: bool) -> int | tuple[int, ...]:
    """The colour most like the two edges that the padding touches, left and right or above and below.

    A drawing on white goes on in white and one on black in black, where one colour for all would frame half of them
    with an edge that is not theirs and that a model would learn.
    """
    edges = pixels[:, [0, -1]] if beside else pixels[[0, -1]]
    ordered = np.sort(edges.reshape(-1, *pixels.shape[2:]), axis=0)
    color = ordered[len(ordered) // 2]  # a median that is one of them: between black and white there may be no grey
    return int(color) if color.ndim == 0 else tuple(int(value) for value in color)


def resize(images: np.ndarray, height: int, width: int, fit: Fit) -> np.ndarray:
    """(n, H, W, C) uint8 at another size, see `fitted`."""
    size, target = images.shape[1:3], (height, width)
    if size == target:
        return images
    if fit == "squash" or inner_size(size[0], size[1], target) == target:
        return _stretched(images, height, width)
    out = np.empty((len(images), height, width, images.shape[3]), np.uint8)
    for image, place in zip(images, out, strict=True):
        source = Image.fromarray(np.ascontiguousarray(image[..., 0] if image.shape[2] == 1 else image))
        place[...] = np.asarray(fitted(source, target, fit)).reshape(place.shape)
    return out


def _stretched(images: np.ndarray, height: int, width: int) -> np.ndarray:
    """All images at once, each pixel as `fitted` has it.

    Pillow stretches the rows of an image, each by itself, and then its columns: so for the first images may stand below
    each other, for the second side by side. A call for each of two thousand small images takes thirty times as long.
    """
    count, rows, columns, channels = images.shape
    below = _stretched_one(images.reshape(count * rows, columns, channels), count * rows, width)
    beside = below.reshape(count, rows, width, channels).swapaxes(0, 1).reshape(rows, count * width, channels)
    done = _stretched_one(beside, height, count * width)
    return np.ascontiguousarray(done.reshape(height, count, width, channels).swapaxes(0, 1))


def _stretched_one(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    plain = np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return np.asarray(Image.fromarray(plain).resize((width, height), BILINEAR))


def resize_note(count: int, before: tuple[int, int] | None, after: tuple[int, int], changed: int, fit: Fit) -> str:
    """What resizing did to so many images, heights before widths, and how many of them had other proportions."""
    sizes = " x ".join(map(str, after)) + ("" if after[0] == after[1] else " (height x width)")
    origin = f" from {before[0]} x {before[1]}" if before else ""
    note = f"{count_text(count, 'image')} resized{origin} to {sizes}"
    return f"{note}, {changed:,} of them {DONE[fit]}" if changed else note
