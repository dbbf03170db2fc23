"""An image file as Pillow is given it: in no more pieces than its size justifies, and until somebody asks to stop.

Pillow goes through what stands before the pixels, and from frame to frame, by steps of Python's, and a file can be made
of nothing else: markers of four bytes, chunks without content, a remark that is read letter by letter. Each such step
reads, so reads are counted; what is a picture has hundreds of bytes for each.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

# Pillow finds the others that are read here by itself; for one of these it would load all that it has.
from PIL import TiffImagePlugin, WebPImagePlugin  # noqa: F401  # isort: skip

from latentexplorer.core.cancellation import NEVER, StopToken

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Only these are opened: some of Pillow's readers start other programs."""
FEWEST_READS, BYTES_A_READ = 20_000, 64
"""A file, or one of its frames, is read in so many pieces at most, and one more for so many bytes of the file."""
LARGE, LOOK = 65_536, 256
"""Before a piece of so many bytes, and every so many others, it is asked whether to go on."""
FILMS = ("GIF", "PNG", "WEBP")
"""Formats of which a frame is found by way of all those before it."""
SCAN, MOST_SCANNED = b"\xff\xda", 2_000_000_000
"""What begins a scan of a JPEG, and pixels that all of its scans go over at most: twenty scans of the largest picture,
two hundred of nine million pixels. A scan may be of ten bytes and goes over all pixels."""


class BoundedFile(io.BufferedReader):
    """A file that lets itself be read so often and no more."""

    def __init__(self, path: Path, stop: StopToken = NEVER) -> None:
        super().__init__(io.FileIO(path))
        self._stop = stop
        self.size = os.fstat(self.fileno()).st_size
        self._left = 0
        self.renew()

    def renew(self) -> None:
        """What is read from now on is counted anew: another frame."""
        self._left = FEWEST_READS + self.size // BYTES_A_READ

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left % LOOK == 0 or size is None or not 0 <= size < LARGE:
            self._stop.check()
            if self._left < 0:
                raise ValueError("it consists of more pieces than a picture of its size")
        return super().read(size)


class OpenedImage:
    """An image file that is open; raises what Pillow does where it is none.

    Attributes
    ----------
    image : Image
        Not decoded yet.
    file : BoundedFile
    """

    def __init__(self, path: Path, stop: StopToken = NEVER, formats: Sequence[str] = FORMATS) -> None:
        self.file = BoundedFile(path, stop)
        self._stop, self._passed = stop, -1
        try:
            self.image: Image.Image = Image.open(self.file, formats=tuple(formats))
        except BaseException:
            self.file.close()
            raise

    def __enter__(self) -> OpenedImage:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def at(self, frame: int) -> Image.Image:
        """One of its pages or frames, not decoded yet."""
        self.file.renew()
        if self.image.format in FILMS:
            # On the way Pillow itself would not ask whether to go on.
            for between in range(self.image.tell() + 1 if self.image.tell() < frame else 1, frame):
                self._stop.check()
                self.image.seek(between)
        self.image.seek(frame)
        return self.image

    def pass_to(self, frame: int) -> None:
        """Decode what leads to a frame, where going there has not done so: the frames of a WebP before it."""
        if self.image.format != "WEBP" or frame == self._passed:
            return
        for between in range(self._passed + 1 if self._passed < frame else 0, frame):
            self._stop.check()
            self.image.seek(between)
            self.image.load()
        self.image.seek(frame)
        self._passed = frame

    def check_scans(self) -> None:
        """Refuse a JPEG that is made to go over its pixels again and again."""
        if self.image.format not in ("JPEG", "MPO"):
            return
        before = self.file.tell()
        self.file.seek(0)
        scans = self.file.read().count(SCAN)
        self.file.seek(before)
        if scans * self.image.width * self.image.height > MOST_SCANNED:
            raise ValueError(f"it goes over its pixels {scans:,} times")
