"""Pixels of image files: decoded when they are read, brought to one size and colour; what cannot be read is named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from latentexplorer.core.events import Emit, FileSeen, ignore
from latentexplorer.data import convert
from latentexplorer.data.pixels import Problems, Wanted, some
from latentexplorer.data.readers.common_shape import common_shape
from latentexplorer.data.readers.image_files import (
    FORMATS,
    UNREADABLE,
    Look,
    check_size,
    has_alpha,
    is_grey_palette,
    on_white,
    quiet_pillow,
    reason,
    shown,
)
from latentexplorer.data.resizing import fitted

TODO = (
    "Repair or remove what is named, or leave it out: data.skip_unreadable=true (in the window: Leave out unreadable)"
)


class FilePixels:
    """Pixels of image files, decoded when they are read.

    Parameters
    ----------
    files : list of Path
    root : Path
        The folder that they are named within.
    looks : list of Look or str
        What each says of itself, or why it cannot be read.
    wanted : Wanted
    notes : list of str
    emit : callable
        Hears of every file that cannot be decoded.

    Attributes
    ----------
    readable : ndarray (n,), int64
        Positions of the files that could be looked at.

    Raises
    ------
    DataError
        If there are none of them.
    """

    def __init__(
        self,
        files: list[Path],
        root: Path,
        looks: list[Look | str],
        wanted: Wanted,
        notes: list[str],
        emit: Emit = ignore,
    ) -> None:
        self.files, self.root, self.wanted, self.emit = files, root, wanted, emit
        self._failed: dict[int, str] = {}
        self._changes: Counter[str] = Counter()
        good: list[tuple[int, Look]] = []
        for row, look in enumerate(looks):
            if isinstance(look, str):
                self._fail(row, look)
            else:
                good.append((row, look))
        self.readable = np.array([row for row, _ in good], np.int64)
        if not good:
            self._refuse()
        names = [shown(files[row], root) for row, _ in good]
        self.target, changes = common_shape([look for _, look in good], names, wanted)
        self.notes = [*notes, *changes]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self.files), *self.target

    def read(self, rows: np.ndarray) -> np.ndarray:
        out = np.zeros((len(rows), *self.target), np.uint8)
        for place, row in zip(out, rows, strict=True):
            try:
                with quiet_pillow():
                    place[...] = self._decoded(self.files[row])
            except UNREADABLE as error:
                self._fail(int(row), reason(error))
                self.emit(FileSeen(shown(self.files[row], self.root), problem=reason(error)))
        return out

    def _fail(self, row: int, why: str) -> None:
        self._failed[row] = why

    def _decoded(self, path: Path) -> np.ndarray:
        """(H, W, C) of the target."""
        height, width, channels = self.target
        # Colour last: a small image is turned to grey sooner than a large one.
        image = fitted(self._decode(path), (height, width), self.wanted.fit)
        mode = "L" if channels == 1 else "RGB"
        return np.asarray(image if image.mode == mode else image.convert(mode)).reshape(self.target)

    def _decode(self, path: Path) -> Image.Image:
        """The image upright, of mode L or RGB."""
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
                return Image.fromarray(self._deep(upright))
            flat = on_white(upright)
            grey = flat.mode in ("1", "L") or (upright.mode in ("P", "PA") and is_grey_palette(upright))
            return flat.convert("L" if grey else "RGB")

    def _deep(self, image: Image.Image) -> np.ndarray:
        """A grey image of 16 or 32 bits or of floats: scaled by its format, not by what it holds."""
        values = np.asarray(image)
        if image.mode.startswith("I;16") or (image.mode == "I" and values.size and 0 <= values.min() <= 65535):
            if values.max(initial=0) > 65535:
                raise ValueError(f"value {values.max()} is above 65535")
            self._changes["16 bits scaled to 8"] += 1
            return convert.Scale(65535).to_uint8(values)
        scale, wrong = convert.find_scale(values[None, ..., None])
        if scale is None:
            raise ValueError(wrong[0].replace("image 0, ", ""))
        self._changes[scale.note] += 1
        return scale.to_uint8(values)

    def array(self) -> np.ndarray | None:
        return None

    def finish(self) -> dict[int, str]:
        """The files that could not be read, by row, where they are to be left out; else one error that names them."""
        if self._failed and not self.wanted.skip_unreadable:
            self._refuse()
        self.notes += [f"{count:,} images: {what}" for what, count in self._changes.items() if what]
        failed = {row: f"{shown(self.files[row], self.root)} ({self._failed[row]})" for row in sorted(self._failed)}
        if failed:
            count = f"{len(failed):,} of {len(self.files):,} files cannot be read and are left out"
            self.notes.append(f"{count}: {some(list(failed.values()))}")
        return failed

    def _refuse(self) -> None:
        problems = Problems()
        for row, why in sorted(self._failed.items()):
            problems.add(f"{shown(self.files[row], self.root)} cannot be read ({why})")
        problems.raise_if_any(str(self.root), TODO)
