"""How many pages or frames an image file has, in one walk through it.

Pillow counts those of a GIF and of a TIFF by going to each, which for every page looks through all of those before it
and reads its tags twice; its counts of the others stand in the file, and are believed as far as the file is long.

GIF89a specification, 15 to 26. TIFF 6.0, section 2, and BigTIFF.
"""

from __future__ import annotations

import re
import struct

from latentexplorer.data.readers.opened_image import BoundedFile, OpenedImage

PIECE = 1024 * 1024
FRAME_BYTES = 16
"""No format has frames of fewer bytes."""
_KIND = re.compile(rb"[!,;]")
EXTENSION, PICTURE = b"!"[0], b","[0]


def frames_of(opened: OpenedImage) -> int:
    """The pages or frames of an image file, at least 1. The file asks whether to go on, and stands where it stood."""
    file, before = opened.file, opened.file.tell()
    if opened.image.format == "GIF":
        found = _Gif(file).frames()
    elif opened.image.format == "TIFF":
        found = pages_of(file)
    else:
        found = min(getattr(opened.image, "n_frames", 1), file.size // FRAME_BYTES)
    file.seek(before)
    return max(found, 1)


class _Gif:
    """A walk through the blocks of a GIF, which is read in large pieces."""

    def __init__(self, file: BoundedFile) -> None:
        self._file = file
        self._piece, self._at = b"", 0
        file.seek(0)

    def frames(self) -> int:
        """Those whose pixels begin in the file."""
        head = self._take(13)
        if len(head) == 13:
            self._past_colors(head[10])
        found = 0
        while (kind := self._next()) in (EXTENSION, PICTURE):
            if kind == EXTENSION:
                self._take(1)
            else:
                place = self._take(9)
                if len(place) < 9:
                    break
                self._past_colors(place[8])
                if not self._take(1):
                    break
                found += 1
            self._past_blocks()
        return found

    def _past_colors(self, flags: int) -> None:
        self._at += 3 << ((flags & 7) + 1) if flags & 128 else 0

    def _next(self) -> int:
        """What comes next: an extension, a picture, or something else at the end. What is none of them is passed."""
        while self._at < len(self._piece) or self._more():
            found = _KIND.search(self._piece, self._at)
            if found is not None:
                self._at = found.end()
                return self._piece[found.start()]
            self._at = len(self._piece)
        return 0

    def _take(self, number: int) -> bytes:
        """The next bytes, fewer at the end of the file."""
        taken = b""
        while len(taken) < number and (self._at < len(self._piece) or self._more()):
            some = self._piece[self._at : self._at + number - len(taken)]
            self._at += len(some)
            taken += some
        return taken

    def _past_blocks(self) -> None:
        """Behind a row of blocks, each of which begins with its length; one of none ends it."""
        piece, at = self._piece, self._at
        while True:
            try:
                while size := piece[at]:
                    at += size + 1
            except IndexError:
                self._at = at
                if not self._more():
                    return
                piece, at = self._piece, self._at
            else:
                self._at = at + 1
                return

    def _more(self) -> bool:
        """Read on, from a place at or behind the end of what was read; whether there is more."""
        self._file.seek(self._at - len(self._piece), 1)
        self._piece, self._at = self._file.read(PIECE), 0
        return bool(self._piece)


def pages_of(file: BoundedFile) -> int:
    """The pages of a TIFF: each says where the next one is; one that leads back, or out of the file, is the last."""
    file.seek(0)
    head = file.read(16).ljust(16, b"\0")
    order, big = (">" if head[:2] == b"MM" else "<"), head[2] == 43
    number, place = struct.Struct(order + "HQ"[big]), struct.Struct(order + "IQ"[big])
    tag_bytes = 20 if big else 12
    (at,) = place.unpack_from(head, 8 if big else 4)
    seen: set[int] = set()
    while 0 < at < file.size and at not in seen:
        seen.add(at)
        file.seek(at)
        start = file.read(number.size)
        if len(start) < number.size:
            break
        after = at + number.size + number.unpack(start)[0] * tag_bytes
        if after + place.size > file.size:
            break
        file.seek(after)
        (at,) = place.unpack(file.read(place.size))
    return len(seen)
