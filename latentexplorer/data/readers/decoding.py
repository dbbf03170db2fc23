"""One image file as numbers, upright and on white."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import PHOTOMETRIC_INTERPRETATION, TiffImageFile

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.data.readers import plain_png
from latentexplorer.data.readers.image_files import (
    OTHER_BYTES,
    TURNED,
    UNREADABLE,
    check_size,
    has_alpha,
    is_deep,
    is_grey,
    orientation,
    raw_mode,
)
from latentexplorer.data.readers.opened_image import OpenedImage

STRIP_PIXELS = 1_000_000
"""So many pixels of an image are brought to white and to its colours at a time."""
UPRIGHT = {
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}
"""What makes an image upright, by its EXIF orientation: rows for columns, then downwards and rightwards, or back.

Exif 2.32, tag 274."""
_one_at_a_time = threading.Lock()
"""Of images with more pixels than that one is decoded at a time: all cores at once would take some gigabytes."""


@dataclass(frozen=True)
class Decoded:
    """An image as its file holds it.

    Attributes
    ----------
    values : ndarray (H, W) or (H, W, 3)
        uint8, or deeper numbers that are still to be scaled.
    changes : tuple of str
        What was done to it, for a person.
    inverted : bool
        Whether 0 is white. Only of deeper numbers: of others Pillow sees to it.
    """

    values: np.ndarray
    changes: tuple[str, ...] = ()
    inverted: bool = False


def decode(path: Path, frame: int = 0, stop: StopToken = NEVER) -> Decoded:
    """Read an image, or one of several frames; raises one of `image_files.UNREADABLE` where it cannot be."""
    if frame == 0 and path.name.endswith((".png", ".PNG")):
        with path.open("rb", buffering=0) as file:
            plain = plain_png.pixels_of(file.read())
        if plain is not None:
            return Decoded(plain)
    with OpenedImage(path, stop) as opened:
        return _decoded(opened, path, frame, stop)


def decode_frames(path: Path, frames: Sequence[int], stop: StopToken = NEVER) -> Iterator[Decoded | BaseException]:
    """Read several frames of a file that is opened once; what is wrong with one is handed over in its place.

    Finding a frame costs as many steps as there are frames before it, from the last one that was read. Behind a frame
    of a WebP that cannot be decoded there are none: each would begin anew, only to end there.
    """
    if len(frames) == 1:
        yield _or_why(partial(decode, path, frames[0], stop))
        return
    try:
        opened = OpenedImage(path, stop)
    except UNREADABLE as error:
        yield from [error] * len(frames)
        return
    with opened:
        lost: BaseException | None = None
        for frame in frames:
            found = lost or _or_why(partial(_decoded, opened, path, frame, stop))
            if isinstance(found, BaseException) and opened.image.format == "WEBP":
                lost = found
            yield found


def _or_why(decoding: Callable[[], Decoded]) -> Decoded | BaseException:
    try:
        return decoding()
    except UNREADABLE as error:
        return error


def _decoded(opened: OpenedImage, path: Path, frame: int, stop: StopToken) -> Decoded:
    """A frame of an open image."""
    image = opened.at(frame)
    check_size(image)
    opened.check_scans()
    opened.pass_to(frame)
    if image.width * image.height > plain_png.LARGE_PIXELS:
        with _one_at_a_time:
            return _values(image, path, frame, stop)
    return _values(image, path, frame, stop)


def _values(image: Image.Image, path: Path, frame: int, stop: StopToken) -> Decoded:
    # Asked before it is loaded: afterwards it does not know any more.
    raw, deep, grey = raw_mode(image), is_deep(image), is_grey(image)
    declared = _declared_white(image)
    changes = []
    image.load()
    held = orientation(image)
    if held in UPRIGHT:
        changes.append("turned as the camera was held")
    if not deep:
        changes += _converted(image, raw)
        return Decoded(_flat(image, grey, held), tuple(changes))
    values = np.asarray(image)
    if raw in OTHER_BYTES and values.ndim == 3:
        values = (values.astype(np.uint16) << 8) | np.asarray(_lower_bytes(path, raw, frame, stop))
    if declared is not None:
        values = np.rint(values * (declared / 65535)).astype(np.uint16)
    return Decoded(_upright(values, held), tuple(changes), _zero_is_white(image))


def _upright(values: np.ndarray, held: int) -> np.ndarray:
    """(H, W) or (H, W, 3) as it is seen, from how it stands in the file; a view."""
    swapped, down, right = UPRIGHT.get(held, (False, 1, 1))
    return (values.swapaxes(0, 1) if swapped else values)[::down, ::right]


def _as_in_file(values: np.ndarray, held: int) -> np.ndarray:
    """How it stands in the file, from as it is seen; a view."""
    swapped, down, right = UPRIGHT.get(held, (False, 1, 1))
    turned = values[::down, ::right]
    return turned.swapaxes(0, 1) if swapped else turned


def _converted(image: Image.Image, raw: str) -> list[str]:
    changes = []
    if image.mode in ("P", "PA"):
        changes.append("palette replaced by its colours")
    if has_alpha(image):
        changes.append("transparent pixels shown on white")
    if ";16" in raw:
        changes.append("of 16 bits only the upper 8 read, as they have transparency or inks")
    return changes


def _lower_bytes(path: Path, raw: str, frame: int, stop: StopToken) -> Image.Image:
    with OpenedImage(path, stop) as opened:
        image = opened.at(frame)
        check_size(image)
        image.tile = [
            tile._replace(args=OTHER_BYTES[raw] if isinstance(tile.args, str) else (OTHER_BYTES[raw], *tile.args[1:]))
            for tile in image.tile
        ]
        image.load()
        return image.copy()


def _declared_white(image: Image.Image) -> int | None:
    """White as a PGM declares it, where Pillow scales its numbers up to 65535: they are wanted as they stand."""
    tile = image.tile[0] if image.format == "PPM" and image.mode == "I" else None
    white = tile.args[1] if tile is not None and isinstance(tile.args, tuple) else None
    return white if isinstance(white, int) and 255 < white < 65535 else None


def _zero_is_white(image: Image.Image) -> bool:
    return isinstance(image, TiffImageFile) and image.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == 0


def _flat(image: Image.Image, grey: bool, held: int) -> np.ndarray:
    """(H, W) or (H, W, 3) uint8, upright and on white.

    A large one in strips: whole it would be held several times over, and twice while it is turned.
    """
    width, height = image.size
    rows = max(STRIP_PIXELS // width, 1)
    if height <= rows:
        return np.ascontiguousarray(_upright(_strip(image, grey), held))
    first = _strip(image.crop((0, 0, width, rows)), grey)
    shape = (width, height) if held in TURNED else (height, width)
    out = np.empty((*shape, *first.shape[2:]), np.uint8)
    lines = _as_in_file(out, held)
    lines[:rows] = first
    for top in range(rows, height, rows):
        lines[top : top + rows] = _strip(image.crop((0, top, width, min(top + rows, height))), grey)
    return out


def _strip(image: Image.Image, grey: bool) -> np.ndarray:
    flat = _on_white(image)
    mode = "L" if grey or flat.mode in ("1", "L") else "RGB"
    return np.asarray(flat if flat.mode == mode else flat.convert(mode))


def _on_white(image: Image.Image) -> Image.Image:
    """The image without transparency, as most viewers show it."""
    if not has_alpha(image):
        return image
    picture = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture).convert("RGB")
