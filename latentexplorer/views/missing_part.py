"""The part of an image that is missing: halves and quadrants by name, or a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from latentexplorer.core.errors import DataError, SettingsError
from latentexplorer.core.paths import expanded, is_file
from latentexplorer.views.base import Array, count_text

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

Part = Literal["left", "right", "top", "bottom", "upper-left", "upper-right", "lower-left", "lower-right", "all"]
PARTS: tuple[str, ...] = get_args(Part)
MOST_BYTES = 20_000_000
EXACT = ("PNG", "BMP", "GIF", "TIFF")
"""Formats of a mask: what loses something of an image may blur its border."""
BRIGHT = 128


def erased_of(trained: Trained, parts: Sequence[str], mask: str = "") -> Array:
    """The pixels (H, W), bool, that are missing: those of all parts, and the bright ones of a mask.

    Raises
    ------
    DataError, SettingsError
        For a mask that cannot be read, or is of another size than the images.
    """
    _, height, width = trained.image_shape
    erased = np.zeros((height, width), bool)
    for part in parts:
        erased |= part_of(part, height, width)
    return erased | _read(trained, mask, height, width) if mask else erased


def part_of(name: str, height: int, width: int) -> Array:
    """A half or a quadrant of an image, (H, W) bool; the middle row or column of an odd size belongs to the second."""
    if name not in PARTS:
        raise SettingsError(f"There is no part {name!r} of an image", f"These are: {', '.join(PARTS)}")
    rows, columns = np.arange(height)[:, None] < height // 2, np.arange(width)[None] < width // 2
    found = np.ones((height, width), bool)
    for word, side in (
        (("top", "upper-left", "upper-right"), rows),
        (("bottom", "lower-left", "lower-right"), ~rows),
        (("left", "upper-left", "lower-left"), columns),
        (("right", "upper-right", "lower-right"), ~columns),
    ):
        if name in word:
            found &= side
    return found


def parts_of(erased: Array) -> tuple[str, ...] | None:
    """The halves or quadrants that make up the pixels (H, W), bool, that are missing; None where none do.

    A part that is all of it stands alone; else they are quadrants.
    """
    height, width = erased.shape
    alone = [name for name in PARTS if np.array_equal(part_of(name, height, width), erased)]
    if alone:
        return (alone[0],)
    quadrants = [name for name in PARTS if "-" in name]
    whole = tuple(name for name in quadrants if erased[part_of(name, height, width)].all())
    made = np.zeros_like(erased)
    for name in whole:
        made |= part_of(name, height, width)
    return whole if np.array_equal(made, erased) else None


def missing_words(erased: Array) -> str:
    """How much is missing, for a person: "196 of 784 pixels erased"."""
    return f"{int(erased.sum()):,} of {count_text(erased.size, 'pixel')} erased"


def _read(trained: Trained, mask: str, height: int, width: int) -> Array:
    """The bright pixels of a picture; one that the run keeps is named within its folder."""
    from latentexplorer.data.readers.image_files import UNREADABLE
    from latentexplorer.data.readers.opened_image import OpenedImage

    path = expanded(mask)
    own = None if path.is_absolute() or trained.path is None else trained.path / path
    if own is not None and is_file(own):
        path = own
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} is too large to be a mask", f"It has to be {width} × {height} pixels")
        with OpenedImage(path, formats=EXACT) as opened:
            image = opened.image
            if image.size != (width, height):
                raise SettingsError(
                    f"The mask {path.name} is {image.size[0]} × {image.size[1]} pixels, the images are "
                    f"{width} × {height}",
                    "Make it as large as the images: bright is erased",
                )
            grey = np.asarray(image.convert("L"))
    except FileNotFoundError as error:
        raise DataError(f"There is no mask at {path}", "Give the path of a PNG file") from error
    except UNREADABLE as error:
        raise DataError(f"{path.name} cannot be read as a mask", "Give a PNG file: bright is erased") from error
    bright: Array = grey >= BRIGHT
    return bright
