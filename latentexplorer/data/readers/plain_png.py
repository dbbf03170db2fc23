"""PNG files that are nothing but grey or red, green and blue: read in less time than opening them as images takes.

Thumbnails are unpacked one by one and their filters undone many at a time, as rows of one tall image with a row of
zeros between two: each PNG begins as if zeros stood above it.

PNG specification, third edition, 5 and 11. What is not plain, and all that is damaged, is left to Pillow, which knows
every kind and says what is wrong.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
START_BYTES = 4096
"""Enough for all that stands before the pixels of a plain file, and for the whole of most thumbnails."""
FILTERS = 5
LARGE_PIXELS = 8_000_000
"""Files of more pixels are left to who decodes one of them at a time."""
FIRST_CHUNK = 33
"""Where the chunk after the header begins."""
HARMLESS = {b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD", b"tIME"}
"""What may stand before the pixels without changing them: no transparency, orientation or animation."""


@dataclass(frozen=True)
class Header:
    """What a plain PNG says at its start.

    Attributes
    ----------
    channels : 1 or 3
    bits : int
        Of each number.
    data : int
        Where the first chunk of pixels begins.
    """

    height: int
    width: int
    channels: int
    bits: int
    data: int


def header_of(start: bytes) -> Header | None:
    """The header of a plain PNG, from its first `START_BYTES`; None for any other file."""
    if start[:8] != SIGNATURE or start[12:16] != b"IHDR" or len(start) < FIRST_CHUNK:
        return None
    width, height, bits, color, _, _, interlaced = struct.unpack(">IIBBBBB", start[16:29])
    if color not in (0, 2) or interlaced or not 0 < width * height <= LARGE_PIXELS:
        return None
    position = FIRST_CHUNK
    while (kind := start[position + 4 : position + 8]) != b"IDAT":
        if kind not in HARMLESS:
            return None
        position += 12 + int.from_bytes(start[position : position + 4], "big")
    return Header(height, width, 1 if color == 0 else 3, bits, position)


def pixels_of(content: bytes) -> np.ndarray | None:
    """The pixels (H, W) or (H, W, 3), uint8, of a plain and sound PNG of 8 bits; None for any other file."""
    header = header_of(content[:START_BYTES])
    packed = _packed(content, header) if header is not None and header.bits == 8 else None
    if header is None or packed is None:
        return None
    mode = "L" if header.channels == 1 else "RGB"
    try:
        return np.asarray(Image.frombytes(mode, (header.width, header.height), packed, "zip", mode))
    except (ValueError, OSError):
        return None


def scanlines_of(content: bytes, shape: tuple[int, int, int]) -> bytes | None:
    """The rows of a plain and sound PNG of 8 bits and this shape, filtered as in the file; None for any other file.

    Parameters
    ----------
    shape : (H, W, C)
    """
    header = header_of(content[:START_BYTES])
    if header is None or header.bits != 8 or (header.height, header.width, header.channels) != shape:
        return None
    packed = _packed(content, header)
    try:
        lines = zlib.decompress(packed or b"")
    except zlib.error:
        return None
    row = 1 + header.width * header.channels
    return lines if len(lines) == row * header.height and max(lines[::row]) < FILTERS else None


def unfiltered(scanlines: Sequence[bytes], shape: tuple[int, int, int]) -> np.ndarray:
    """The pixels (N, H, W, C), uint8, of what `scanlines_of` gave for N files of one shape, at least one."""
    height, width, channels = shape
    mode = "L" if channels == 1 else "RGB"
    between = bytes(1 + width * channels)
    tall = (width, len(scanlines) * (height + 1))
    packed = zlib.compress(between.join(scanlines) + between, 0)
    rows = np.asarray(Image.frombytes(mode, tall, packed, "zip", mode))
    return rows.reshape(len(scanlines), height + 1, width, channels)[:, :height]


def _packed(content: bytes, header: Header) -> bytes | None:
    """The chunks of pixels, still packed; None where something else stands among or after them."""
    position, packed = header.data, []
    while (kind := content[position + 4 : position + 8]) == b"IDAT":
        end = position + 8 + int.from_bytes(content[position : position + 4], "big")
        packed.append(content[position + 8 : end])
        position = end + 4
    return b"".join(packed) if kind == b"IEND" else None
