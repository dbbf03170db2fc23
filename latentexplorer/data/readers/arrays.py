"""What the formats that hold arrays share: an array as pixels, or one error for all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, FileSeen
from latentexplorer.data import convert
from latentexplorer.data.pixels import NOT_KNOWN, ArrayPixels, Problems
from latentexplorer.data.readers import CORRECT, KINDS


def pixels_of(
    values: np.ndarray,
    what: str,
    problems: Problems,
    emit: Emit,
    stop: StopToken,
    whites: Mapping[str, float] = NOT_KNOWN,
) -> ArrayPixels | None:
    """An array as pixels: its axes told apart, its scale found, its values checked.

    Parameters
    ----------
    what : str
        Goes in front of every problem: which array it is, where there are several.
    whites : mapping
        White values of images that these belong to, by kind of number.

    Returns
    -------
    ArrayPixels or None
        None where something is wrong, which is then in `problems`.
    """
    images, note = convert.as_nhwc(values)
    if images is None:
        problems.add(what + note)
        return None
    if len(images) == 0:
        problems.add(what + "there are no images in it")
        return None
    scale, wrong = convert.find_scale(images, emit, stop, white=whites.get(convert.kind_of(images.dtype)))
    for line in wrong:
        problems.add(what + line)
    if scale is None:
        return None
    count, height, width, channels = images.shape
    emit(FileSeen(what, height, width, kind_of(images.dtype, channels), count=count))
    return ArrayPixels(images, scale, [note] if note else [])


def whites_of(pixels: ArrayPixels | None) -> dict[str, float]:
    """What is white in an array, by kind of number: other parts of the same set have the same."""
    return {} if pixels is None else {kind: scale.white for kind, scale in pixels.scales.items()}


def kind_of(dtype: np.dtype[Any], channels: int) -> str:
    """Colours and depth of images in an array, for a person."""
    deep = "float " if dtype.kind == "f" else f"{8 * dtype.itemsize}-bit " if dtype.itemsize > 1 else ""
    return deep + ("grey" if channels == 1 else "colour")


def sound(pixels: ArrayPixels | None, problems: Problems, path: Path) -> ArrayPixels:
    """The pixels, or one error for everything that is wrong with the file."""
    problems.raise_if_any(str(path), CORRECT)
    if pixels is None:
        raise DataError(f"{path} holds no images", f"Name {KINDS}")
    return pixels
