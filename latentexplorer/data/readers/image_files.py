"""Image files: which are opened, what each says of itself, and why one cannot be read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Emit, FileSeen, Progress

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Only these are opened: some of Pillow's readers start other programs."""
SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"}
TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap height and width."""


@dataclass(frozen=True)
class Look:
    """What an image file says of itself before it is decoded."""

    height: int
    width: int
    channels: int


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


def look_at(files: list[Path], root: Path, emit: Emit, stop: StopToken) -> list[Look | str]:
    """What each file says of itself, without decoding it, or why it cannot be read."""
    looks: list[Look | str] = []
    for number, path in enumerate(files):
        if number % 200 == 0:
            stop.check()
            emit(Progress(number, len(files), "looking at images"))
        try:
            with quiet_pillow(), Image.open(path, formats=FORMATS) as image:
                check_size(image)
                turned = image.getexif().get(0x0112, 1) in TURNED
                width, height = image.size[::-1] if turned else image.size
                looks.append(Look(height, width, 1 if is_grey(image) else 3))
                emit(FileSeen(shown(path, root), height, width, kind_of(image)))
        except UNREADABLE as error:
            looks.append(reason(error))
            emit(FileSeen(shown(path, root), problem=reason(error)))
    return looks


def check_size(image: Image.Image) -> None:
    """Refuse an image before it is decoded if it is larger than Pillow holds to be safe."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise ValueError(f"{image.height} x {image.width} pixels are too many")
    if image.width < 1 or image.height < 1:
        raise ValueError("it has no pixels")


def is_grey(image: Image.Image) -> bool:
    """Whether an image has no colour, by its kind alone."""
    if image.mode in ("P", "PA"):
        return is_grey_palette(image)
    return image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")


def kind_of(image: Image.Image) -> str:
    """Colours and depth of an image, for a person."""
    deep = {"I": ", 32 bits", "F": ", floats"}.get(image.mode, ", 16 bits" if image.mode.startswith("I;16") else "")
    colors = "grey" if is_grey(image) else image.mode if image.mode in ("CMYK", "LAB", "HSV", "YCbCr") else "colour"
    return colors + deep + (", transparent" if has_alpha(image) else "")


def is_grey_palette(image: Image.Image) -> bool:
    """Whether a palette holds nothing but greys."""
    flat = image.getpalette("RGB") or []
    colors = np.array(flat[: len(flat) // 3 * 3]).reshape(-1, 3)
    return bool((colors == colors[:, :1]).all())


def has_alpha(image: Image.Image) -> bool:
    """Whether some pixels may be transparent."""
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def on_white(image: Image.Image) -> Image.Image:
    """The image without transparency, as most viewers show it."""
    if not has_alpha(image):
        return image
    grey = is_grey(image)
    picture = image.convert("RGBA")
    white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, picture).convert("L" if grey else "RGB")


def as_pixels(image: Image.Image) -> np.ndarray:
    """(H, W, C) uint8 of an image of mode L or RGB."""
    pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def shown(path: Path, root: Path) -> str:
    """A file's path within the folder, for a person."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) and path != root else path.name


def reason(error: BaseException) -> str:
    """One short line on why."""
    if isinstance(error, UnidentifiedImageError):
        return "no image, or damaged at its start"
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(text.split())[:120]
