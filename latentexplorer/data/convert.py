"""Numbers to uint8 pixels: which axis is what, which value is white, grey and colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.data import big_arrays

TOLERANCE = 1e-3
"""How far a float image may leave [0, 1] by rounding and still be one."""


@dataclass(frozen=True)
class Scale:
    """Which value is white; 0 is black.

    Attributes
    ----------
    white : float
        The value that becomes 255.
    note : str
        What that changes, for a person; "" where nothing.
    high : float
        The highest value it was judged from.
    """

    white: float
    note: str = ""
    high: float = math.inf

    def to_uint8(self, values: np.ndarray) -> np.ndarray:
        """Values of any number type as uint8, rounded to the nearest."""
        if values.dtype == np.uint8 and self.white == 255:
            return values
        scaled = np.rint(values.astype(np.float32) * np.float32(255 / self.white))
        pixels: np.ndarray = np.clip(scaled, 0, 255).astype(np.uint8)
        return pixels


AS_IS = Scale(255)


def kind_of(dtype: np.dtype[Any]) -> str:
    """Which numbers share a scale: "bool", "uint8", "whole" (any other whole numbers) or "float"."""
    if dtype == np.uint8:
        return "uint8"
    return {"b": "bool", "f": "float"}.get(dtype.kind, "whole")


def scale_for(high: float, *, whole: bool, white: float | None = None) -> Scale | None:
    """The scale of a set whose highest value is `high`; None where it fits none.

    Which value is white is judged for all images together: one dark image among bright ones is to stay dark.

    Parameters
    ----------
    white : float or None
        What is white in images of such numbers that these belong to. By themselves floats up to 1.5 could be too bright
        for one scale or dark on the other.
    """
    if not whole:
        if high <= 1 + TOLERANCE:
            return Scale(1, "floats in [0, 1] scaled to 0..255", high)
        if 2 < high <= 255 + TOLERANCE or (white == 255 and high <= 2):
            return Scale(255, "floats in [0, 255] rounded to whole numbers", high)
        return None
    if high == 1:
        return Scale(1, "values 0 and 1 became black and white", high)
    if high <= 255:
        return Scale(255, "", high)
    bits = next((bits for bits in (10, 12, 16) if high < 2**bits), None)
    if bits is None:
        return None
    return Scale(2**bits - 1, f"values of {bits} bits (0..{2**bits - 1}) scaled to 0..255", high)


def share(scales: Sequence[dict[str, Scale]]) -> None:
    """Give several parts of one set the same scales: the brightest decides."""
    for kind in {kind for part in scales for kind in part}:
        parts = [part for part in scales if kind in part]
        brightest = max((part[kind] for part in parts), key=lambda scale: scale.white)
        for part in parts:
            part[kind] = brightest


def adopt(scales: dict[str, Scale], whites: Mapping[str, float]) -> None:
    """Scale other images as those of a run were scaled, where their values allow it; says so, or that they do not.

    Parameters
    ----------
    whites : mapping
        White value of the run's images by kind of number, see `kind_of`.
    """
    for kind, own in scales.items():
        white = whites.get(kind)
        # Of images of 8 bits nobody has looked for the highest value.
        high = own.high if math.isfinite(own.high) else own.white
        if white is not None and high <= white * (1 + TOLERANCE):
            note = "" if white == 255 and not own.note else f"0..{white:g} scaled to 0..255, as the run's images were"
            scales[kind] = Scale(white, note, own.high)
        elif white is not None:
            note = f"up to {high:.6g}, which is brighter than white was for the run ({white:g})"
            scales[kind] = replace(own, note=f"{note}: scaled by themselves, 0..{own.white:g} to 0..255")
        elif own.note:
            scales[kind] = replace(own, note=f"{own.note}, judged from these images alone: the run had none like them")


def as_nhwc(array: np.ndarray) -> tuple[np.ndarray | None, str]:
    """A view of `array` as (N, H, W, C), with a note where axes moved; None and what is wrong where it is no such set.

    Accepted are (N, H, W), (N, H, W, 1 or 3) and (N, 1 or 3, H, W).
    """
    shape = "(" + ", ".join(map(str, array.shape)) + ")"
    if array.ndim == 2:
        return None, f"shape {shape} is flat; save it as (N, height, width)"
    if array.ndim == 3 and array.shape[2] <= 4 < array.shape[1]:
        return None, f"shape {shape} looks like one colour image; save it as (1, height, width, channels)"
    note = ""
    if array.ndim == 3:
        array = array[..., None]
    elif array.ndim != 4:
        return None, f"shape {shape} is no set of images; save it as (N, height, width) or (N, height, width, 3)"
    elif array.shape[3] not in (1, 3):
        if array.shape[1] not in (1, 3):
            return None, f"shape {shape} has no axis of 1 or 3 channels; save it as (N, height, width, 1 or 3)"
        array = np.moveaxis(array, 1, 3)
        note = f"shape {shape} read as (N, channels, height, width)"
    if min(array.shape[1:3]) < 2:
        return None, f"images of {array.shape[1]} x {array.shape[2]} pixels are too small; two by two is the least"
    return array, note


def find_scale(
    images: np.ndarray,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
    what: str = "checking images",
    white: float | None = None,
) -> tuple[Scale | None, list[str]]:
    """Which value is white, judged from all values, and what is wrong with them (then the scale is None).

    Parameters
    ----------
    images : ndarray (N, H, W, C)
        Booleans; whole numbers in 0..1, 0..255 or up to 0..65535; floats in [0, 1] or [0, 255].
    white : float or None
        As for `scale_for`.
    """
    kind = images.dtype.kind
    if kind not in "buif":
        return None, [f"values of type {images.dtype} are no pixels; save them as uint8 or float32"]
    if kind == "b":
        return Scale(1, "true and false became white and black", 1), []
    low, high = _Extreme(np.less), _Extreme(np.greater)
    step = big_arrays.per_chunk(math.prod(images.shape[1:]) * images.dtype.itemsize)
    for start in range(0, len(images), step):
        stop.check()
        chunk = np.asarray(images[start : start + step])
        if kind == "f" and not (finite := np.isfinite(chunk)).all():
            where = _first(~finite)
            return None, [f"{chunk[where]} at {_place(where, start)} is no pixel value"]
        low.look(chunk, chunk.argmin(), start)
        high.look(chunk, chunk.argmax(), start)
        if images.dtype == np.uint8 and high.value > 1:
            return Scale(255, "", high.value), []
        emit(Progress(start + len(chunk), len(images), what))
    return _judge(images.dtype, low, high, white)


def _judge(dtype: np.dtype[Any], low: _Extreme, high: _Extreme, white: float | None) -> tuple[Scale | None, list[str]]:
    whole = dtype.kind in "ui"
    problems = []
    if low.value < (0 if whole else -TOLERANCE):
        problems.append(f"{low} is below 0; shift the values to [0, 1], for example (x - low) / (high - low)")
    scale = scale_for(high.value, whole=whole, white=white)
    if scale is None and whole:
        problems.append(f"{high} is above 65535; save the images as uint8 or uint16")
    elif scale is None:
        problems.append(f"{high} fits neither [0, 1] nor [0, 255]; scale or clip the values")
    return (None if problems else scale), problems


class _Extreme:
    """The smallest or largest value seen so far, and where."""

    def __init__(self, better: np.ufunc) -> None:
        self.better = better
        self.value: float = math.nan
        self.place = ""

    def look(self, chunk: np.ndarray, position: np.intp, start: int) -> None:
        where = tuple(int(axis) for axis in np.unravel_index(int(position), chunk.shape))
        value = chunk[where].item()
        if math.isnan(self.value) or self.better(value, self.value):
            self.value, self.place = value, _place(where, start)

    def __str__(self) -> str:
        return f"{self.value:.6g} at {self.place}"


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(axis) for axis in np.unravel_index(int(mask.argmax()), mask.shape))


def _place(where: tuple[int, ...], start: int) -> str:
    image, row, column = where[0] + start, where[1], where[2]
    return f"image {image}, row {row}, column {column}"


def recolor(images: np.ndarray, channels: int) -> np.ndarray:
    """(n, H, W, C) uint8 with 1 or 3 channels: grey repeated, colour weighted as the eye does (ITU-R BT.601)."""
    if images.shape[3] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=3)
    # Fixed-point weights and rounding of Pillow's own conversion, so that files and arrays come out alike.
    weights = np.array([19595, 38470, 7471], np.uint32)
    grey: np.ndarray = ((images.astype(np.uint32) @ weights + 0x8000) >> 16).astype(np.uint8)
    return grey[..., None]
