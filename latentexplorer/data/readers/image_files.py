"""Image files: looked at first, decoded when wanted, brought to one size and colour."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, FileSeen, Progress, ignore
from latentexplorer.data import convert
from latentexplorer.data.pixels import Problems

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Only these are opened: some of Pillow's readers start other programs."""
SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"}
LARGEST_SIDE = 512
"""Images of different sizes take the most common one without being asked only up to here."""
TODO = "Repair or remove what is named, then load again"
TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap height and width."""


@dataclass(frozen=True)
class Look:
    """What an image file says of itself before it is decoded."""

    height: int
    width: int
    channels: int


class FilePixels:
    """Pixels of image files, decoded when they are read and brought to one size and colour.

    Parameters
    ----------
    files : list of Path
    target : (H, W, C)
    notes : list of str
    emit : callable
        Hears of every file that cannot be decoded.
    """

    def __init__(
        self, files: list[Path], root: Path, target: tuple[int, int, int], notes: list[str], emit: Emit = ignore
    ) -> None:
        self.emit = emit
        self.files = files
        self.root = root
        self.target = target
        self.notes = notes
        self.problems = Problems()
        self._changes: Counter[str] = Counter()

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self.files), *self.target

    def read(self, rows: np.ndarray) -> np.ndarray:
        out = np.zeros((len(rows), *self.target), np.uint8)
        for place, row in zip(out, rows, strict=True):
            path = self.files[row]
            try:
                with quiet_pillow():
                    pixels = self._decode(path)
            except UNREADABLE as error:
                self.problems.add(f"{shown(path, self.root)} cannot be read ({reason(error)})")
                self.emit(FileSeen(shown(path, self.root), problem=reason(error)))
                continue
            height, width, channels = self.target
            place[...] = convert.resize(convert.recolor(pixels[None], channels), height, width)[0]
        return out

    def _decode(self, path: Path) -> np.ndarray:
        with Image.open(path, formats=FORMATS) as image:
            check_size(image)
            if getattr(image, "n_frames", 1) > 1:
                self._changes["only the first frame taken"] += 1
            image.load()
            if image.getexif().get(0x0112, 1) != 1:
                self._changes["turned as the camera was held"] += 1
            upright = ImageOps.exif_transpose(image)
            if upright.mode == "P" or upright.mode == "PA":
                self._changes["palette replaced by its colours"] += 1
            if has_alpha(upright):
                self._changes["transparent pixels shown on white"] += 1
            if upright.mode.startswith(("I", "F")):
                return self._deep(upright)
            flat = on_white(upright)
            grey = flat.mode in ("1", "L") or (upright.mode in ("P", "PA") and is_grey_palette(upright))
            return as_pixels(flat.convert("L" if grey else "RGB"))

    def _deep(self, image: Image.Image) -> np.ndarray:
        """A grey image of 16 or 32 bits or of floats: scaled by its format, not by what it holds."""
        values = np.asarray(image)
        if image.mode.startswith("I;16") or (image.mode == "I" and values.size and 0 <= values.min() <= 65535):
            if values.max(initial=0) > 65535:
                raise ValueError(f"value {values.max()} is above 65535")
            self._changes["16 bits scaled to 8"] += 1
            return convert.Scale(65535).to_uint8(values)[..., None]
        scale, wrong = convert.find_scale(values[None, ..., None])
        if scale is None:
            raise ValueError(wrong[0].replace("image 0, ", ""))
        self._changes[scale.note] += 1
        return scale.to_uint8(values)[..., None]

    def array(self) -> np.ndarray | None:
        return None

    def finish(self) -> None:
        """Names every file that could not be decoded; else notes what was changed."""
        self.problems.raise_if_any(str(self.root), TODO)
        counted = [f"{count:,} images: {what}" for what, count in self._changes.items() if what]
        self.notes = list(dict.fromkeys([*self.notes, *counted]))


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


def look_at(files: list[Path], root: Path, emit: Emit, stop: StopToken) -> list[Look]:
    """Open every file without decoding it.

    Raises
    ------
    DataError
        Naming the files that are no images.
    """
    problems, looks = Problems(), []
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
            problems.add(f"{shown(path, root)} cannot be read ({reason(error)})")
            emit(FileSeen(shown(path, root), problem=reason(error)))
    problems.raise_if_any(str(root), TODO)
    return looks


def common_target(looks: list[Look], size: tuple[int, int] | None) -> tuple[tuple[int, int, int], list[str]]:
    """Height, width and channels for all, with a note where not all are so already.

    Parameters
    ----------
    size : (H, W) or None
        What was asked for; None: the most common size.
    """
    sizes = Counter((look.height, look.width) for look in looks)
    colors = {look.channels for look in looks}
    notes = [f"{sum(look.channels == 1 for look in looks):,} grey images among colour ones"] if len(colors) > 1 else []
    (common, count), *others = sizes.most_common()
    if others and size is None:
        if max(common) > LARGEST_SIDE:
            raise DataError(
                f"The images have {len(sizes)} different sizes, such as {common[0]} x {common[1]}"
                f" and {others[0][0][0]} x {others[0][0][1]}",
                "Set data.size, for example to 64",
            )
        unlike = len(looks) - count
        notes.append(f"{unlike:,} images resized to {common[0]} x {common[1]}, the most common of {len(sizes)} sizes")
    elif others and size is not None:
        notes.append(f"images of {len(sizes)} sizes resized to {size[0]} x {size[1]} (height x width)")
    height, width = size if others and size is not None else common
    if min(height, width) < 2:
        raise DataError(f"Images of {height} x {width} pixels are too small", "Two by two is the least")
    return (height, width, max(colors)), notes


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
    deep = {"I": "32-bit ", "F": "float "}.get(image.mode, "16-bit " if image.mode.startswith("I;16") else "")
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
