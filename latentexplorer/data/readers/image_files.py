"""Image files: which are opened, what each says of itself, and why one cannot be read."""

from __future__ import annotations

import os
import stat
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Emit, FileSeen, Progress
from latentexplorer.data.readers import plain_png
from latentexplorer.data.readers.frame_counts import frames_of
from latentexplorer.data.readers.opened_image import FILMS, OpenedImage

SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"}
_LOWER = "RGB;16B" if sys.byteorder == "little" else "RGB;16L"
OTHER_BYTES = {"RGB;16B": "RGB;16L", "RGB;16L": "RGB;16B", "RGB;16N": _LOWER}
"""Of a colour image of 16 bits Pillow keeps the upper byte of each number: how to have it read the lower ones."""
TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap height and width."""
READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
MOST_FAILED = 20
"""Frames of a file in a row that cannot be gone to: what comes after them is not looked for, for each takes as long as
all frames before it."""
MOST_PIXELS = 60_000_000
"""Of an image: each takes eight bytes while it is decoded."""
MOST_SIDE = 100_000
"""Pixels of a side: an image of one row cannot be taken strip by strip."""
MOST_OF = {"GIF": 36_000_000, "WEBP": 24_000_000}
"""Where each takes more, as frames are laid on each other: up to twelve, and twenty."""
WEBP_SIDE = 16_384
"""Pixels of a side: the format has 14 bits for them, and 24 for those of the canvas that frames are laid on, so that a
file of a thousand bytes could ask for tens of millions in each of its frames."""
MOST_IN_FILM, PIXELS_A_BYTE = 2_000, 100
"""How many frames a film may have where each of them is an image, and how many pixels more than one picture for each
byte of the file: a frame of a few bytes still takes as long as all of its pixels do."""
KEPT_BYTES = 128 * 1024**2
"""So much of what was read while looking is kept for decoding."""


@dataclass(frozen=True)
class Look:
    """What an image file says of itself before it is decoded."""

    height: int
    width: int
    channels: int
    kind: str = ""
    """Its colours and depth, for a person."""
    deep: bool = False
    """Whether its values are more than 8 bits, and so judged with those of the whole set."""
    frames: int = 1
    """Pages or frames in the file."""
    content: bytes = field(default=b"", repr=False, compare=False)
    """The whole of a thumbnail's plain PNG, so that it need not be opened twice; else nothing."""


UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises on damaged files. Its readers promise no single kind of error."""


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Pillow warns of odd files it can still read; of images too large to decode it is to raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def look_at(
    files: list[Path], root: Path, emit: Emit, stop: StopToken, *, every_frame: bool = False
) -> list[Look | str]:
    """What each file says of itself, without decoding it, or why it cannot be read.

    Parameters
    ----------
    every_frame : bool
        Whether a file is as many images as it has frames, in what is emitted; a film of very many is refused then.
    """
    looks: list[Look | str] = []
    kept = 0
    with quiet_pillow():
        for number, path in enumerate(files):
            if number % 200 == 0:
                stop.check()
                emit(Progress(number, len(files), "looking at images"))
            look = _look(path, kept < KEPT_BYTES, every_frame, stop)
            looks.append(look)
            kept += 0 if isinstance(look, str) else len(look.content)
            name = shown(path, root)
            seen = (
                FileSeen(name, problem=look)
                if isinstance(look, str)
                else FileSeen(name, look.height, look.width, look.kind, count=look.frames if every_frame else 1)
            )
            emit(seen)
    return looks


def _look(path: Path, keep: bool, every_frame: bool, stop: StopToken) -> Look | str:
    try:
        start = _start_of(path)
        plain = plain_png.header_of(start)
        if plain is not None:
            kind = ("16-bit " if plain.bits == 16 else "") + ("grey" if plain.channels == 1 else "colour")
            whole = start if keep and len(start) < plain_png.START_BYTES else b""
            return Look(plain.height, plain.width, plain.channels, kind, plain.bits == 16, content=whole)
        with OpenedImage(path, stop) as opened:
            frames = frames_of(opened)
            if every_frame and frames > 1 and opened.image.format in FILMS:
                _check_film(opened, frames)
            return _look_of(opened.image, frames)
    except UNREADABLE as error:
        return reason(error)


def _check_film(opened: OpenedImage, frames: int) -> None:
    """Refuse a film that has very many frames, or very many pixels for its bytes."""
    if frames > MOST_IN_FILM:
        raise ValueError(f"a film of {frames:,} frames, {MOST_IN_FILM:,} at most: save them as files")
    image, most = opened.image, MOST_PIXELS + PIXELS_A_BYTE * opened.file.size
    # Of colours of 16 bits the lower ones are read by going through the film again, for each frame.
    passes = frames if raw_mode(image) in OTHER_BYTES else 1
    if image.width * image.height * frames * passes > most:
        what = f"a film of {frames:,} frames of {image.height} x {image.width} pixels"
        raise ValueError(f"{what} takes too long for its size: save them as files")


def _start_of(path: Path) -> bytes:
    """The first bytes of a file. What is no file is not even opened: a pipe would be waited for."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is no file but a pipe, a device or a folder")
    # Not by Python's own files: they take three times as long, and sixty thousand thumbnails are asked.
    file = os.open(path, READ)
    try:
        return os.read(file, plain_png.START_BYTES)
    finally:
        os.close(file)


def _look_of(image: Image.Image, frames: int = 1) -> Look:
    check_size(image)
    # Of a TIFF newer editions of Pillow say the size as it is seen, and turn it when it is loaded.
    seen = hasattr(image, "_tile_size")
    width, height = image.size[::-1] if not seen and orientation(image) in TURNED else image.size
    return Look(height, width, 1 if is_grey(image) else 3, kind_of(image), is_deep(image), frames)


def look_at_frames(path: Path, count: int, stop: StopToken) -> list[Look | str]:
    """What each of `count` pages or frames says of itself: they may be of different sizes."""
    looks: list[Look | str] = []
    failed, why = 0, ""
    try:
        with quiet_pillow(), OpenedImage(path, stop) as opened:
            while len(looks) < count and failed < MOST_FAILED:
                stop.check()
                try:
                    looks.append(_look_of(opened.at(len(looks))))
                    failed = 0
                except UNREADABLE as error:
                    looks.append(why := reason(error))
                    failed += 1
    except UNREADABLE as error:
        why = reason(error)
    return looks + [why] * (count - len(looks))


def check_size(image: Image.Image) -> None:
    """Refuse an image before it is decoded if that would take too much memory."""
    most = MOST_OF.get(image.format or "", MOST_PIXELS)
    if image.width * image.height > most:
        raise ValueError(f"{image.height} x {image.width} pixels are too many, {most // 10**6} million at most")
    if max(image.size) > MOST_SIDE:
        raise ValueError(f"{image.height} x {image.width} pixels are no picture: {MOST_SIDE:,} of a side at most")
    if image.format == "WEBP" and max(image.size) > WEBP_SIDE:
        raise ValueError(f"{image.height} x {image.width} pixels are more than a WebP can have a side")
    if image.width < 1 or image.height < 1:
        raise ValueError("it has no pixels")


def orientation(image: Image.Image) -> int:
    """How the camera was held, as EXIF says it; 1 is upright. Cheap where nothing says anything."""
    said = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")
    if image.format != "TIFF" and not any(key in image.info for key in said):
        return 1
    turned: int = image.getexif().get(0x0112, 1)
    return turned


def raw_mode(image: Image.Image) -> str:
    """How numbers stand in a file that is not yet decoded, in Pillow's words."""
    args = image.tile[0].args if isinstance(image, ImageFile.ImageFile) and image.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def is_deep(image: Image.Image) -> bool:
    """Whether an image that is not yet decoded holds more than 8 bits of grey or of red, green and blue."""
    if image.mode == "RGB":
        return raw_mode(image) in OTHER_BYTES and not has_alpha(image)
    mode: str = image.mode
    return mode.startswith(("I", "F"))


def is_grey(image: Image.Image) -> bool:
    """Whether an image has no colour, by its kind alone."""
    if image.mode in ("P", "PA"):
        return is_grey_palette(image)
    if raw_mode(image).startswith("LA"):
        return True
    return image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")


def kind_of(image: Image.Image) -> str:
    """Colours and depth of an image, for a person."""
    sixteen = "16-bit " if ";16" in raw_mode(image) or image.mode.startswith("I;16") else ""
    deep = {"I": "32-bit ", "F": "float "}.get(image.mode, sixteen)
    colors = "grey" if is_grey(image) else image.mode if image.mode in ("CMYK", "LAB", "HSV", "YCbCr") else "colour"
    return deep + colors + (" with transparency" if has_alpha(image) else "")


def is_grey_palette(image: Image.Image) -> bool:
    """Whether a palette holds nothing but greys."""
    flat = image.getpalette("RGB") or []
    colors = np.array(flat[: len(flat) // 3 * 3]).reshape(-1, 3)
    return bool((colors == colors[:, :1]).all())


def has_alpha(image: Image.Image) -> bool:
    """Whether some pixels may be transparent."""
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def below(path: Path, root: Path) -> tuple[str, ...]:
    """The parts of a path that was found below a folder. As `relative_to`, which parses both again for every file."""
    text, start = str(path), f"{str(root).rstrip(os.sep)}{os.sep}"
    if not text.startswith(start):
        return path.relative_to(root).parts
    return tuple(text[len(start) :].replace(os.sep, "/").split("/"))


def shown(path: Path, root: Path) -> str:
    """A file's path within the folder, for a person."""
    text, start = str(path), f"{root}{os.sep}"
    return text[len(start) :].replace(os.sep, "/") if text.startswith(start) else path.name


def reason(error: BaseException) -> str:
    """One short line on why."""
    if isinstance(error, UnidentifiedImageError):
        return "no image, or damaged at its start"
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())[:120]
