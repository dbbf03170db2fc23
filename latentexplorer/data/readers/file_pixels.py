"""Pixels of image files: decoded when they are read, brought to one size and colour; what cannot be read is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median_low

import numpy as np
from PIL import Image

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import DataError, UnreadableError
from latentexplorer.core.events import Emit, FileSeen, Progress, ignore
from latentexplorer.data import convert
from latentexplorer.data.pixels import Problems, Wanted, some
from latentexplorer.data.readers import plain_png
from latentexplorer.data.readers.common_shape import common_shape, shape_notes
from latentexplorer.data.readers.decoding import Decoded, decode_frames
from latentexplorer.data.readers.file_scale import Extremes, judge
from latentexplorer.data.readers.image_files import UNREADABLE, Look, quiet_pillow, reason, shown
from latentexplorer.data.readers.threads import on_all_cores
from latentexplorer.data.resizing import fitted

TODO = (
    "Repair or remove what is named, or leave it out: data.skip_unreadable=true (in the window: Leave out unreadable)"
)
THREADED_PIXELS = 64 * 64
"""Files with fewer pixels are read by one thread: opening them takes the interpreter longer than decoding them."""
FRAMES_AT_ONCE = 256
"""Frames of one file that one thread reads without opening it anew."""
KEPT_BYTES = 256 * 1024**2
"""Images that are decoded to judge their scale are kept for reading where all of them take no more than this."""


def frame_name(file: str, frame: int) -> str:
    """What one of several pages or frames of a file is called, counted from 0."""
    return f"{file}#{frame}"


class FilePixels:
    """Pixels of image files, decoded when they are read.

    Parameters
    ----------
    files : list of Path
    root : Path
        The folder that they are named within.
    looks : list of Look or str
        What each says of itself, or why it cannot be read.
    frames : list of int or None
        Which page or frame of each file; None: the first, and it is said of how many.
    wanted : Wanted
    notes : list of str
    emit : callable
        Hears of every file that cannot be decoded.
    stop : StopToken

    Attributes
    ----------
    readable : ndarray (n,), int64
        Positions of the files that could be looked at, and whose values can be pixels.

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
        stop: StopToken = NEVER,
        *,
        frames: Sequence[int] | None = None,
    ) -> None:
        self.frames = frames
        self.files, self.root, self.wanted, self.emit, self.stop = files, root, wanted, emit, stop
        self._failed: dict[int, str] = {}
        self._changes: Counter[str] = Counter()
        self._kept: dict[int, Decoded] = {}
        self._looks: dict[int, Look] = {}
        self._stacks = {path for path, count in Counter(files).items() if count > 1} if frames else set()
        good = {row: look for row, look in enumerate(looks) if isinstance(look, Look)}
        self._failed |= {row: look for row, look in enumerate(looks) if isinstance(look, str)}
        self._refuse_unless(len(good) > 0)
        self.target, self._why = common_shape(list(good.values()), wanted)
        self.notes, self._looks = notes, good
        self._small = median_low(look.height * look.width for look in good.values()) < THREADED_PIXELS
        with quiet_pillow():
            self.scales = self._scales(good)
        self.readable = np.array([row for row in good if row not in self._failed], np.int64)
        self._refuse_unless(len(self.readable) > 0)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self.files), *self.target

    def _scales(self, good: dict[int, Look]) -> dict[str, convert.Scale]:
        """Which value is white, from all files, not only from those that are wanted: a subset looks the same."""
        deep = [row for row, look in good.items() if look.deep]
        room = sum(4 * look.height * look.width * look.channels for look in good.values() if look.deep)
        work = partial(self._extremes, keep=room <= KEPT_BYTES)
        found: dict[int, Extremes] = {}
        outcomes = chain.from_iterable(on_all_cores(work, self._runs(deep), self.stop))
        for number, (row, outcome) in enumerate(zip(deep, outcomes, strict=True)):
            if number % 100 == 0:
                self.emit(Progress(number, len(deep), "checking images"))
            if isinstance(outcome, str):
                self._fail(row, outcome)
            else:
                found[row] = outcome
        flat = [row for row, look in good.items() if not look.deep]
        scales, wrong = judge(found, lambda: self._flat_high(flat), self.wanted.whites.get("float"))
        for row, why in wrong.items():
            self._fail(row, why)
        return scales

    def _extremes(self, rows: list[int], keep: bool) -> list[Extremes | str]:
        """The lowest and highest value of images of one file, or why they cannot be read."""
        found: list[Extremes | str] = []
        for row, decoded in self._decoded(rows):
            if keep and isinstance(decoded, Decoded):
                self._kept[row] = decoded
            found.append(Extremes.of(decoded.values) if isinstance(decoded, Decoded) else reason(decoded))
        return found

    def _flat_high(self, rows: list[int]) -> float:
        """The highest value of files of 8 bits, or any above 1."""
        high = 0
        for row, decoded in chain.from_iterable(map(self._decoded, self._runs(rows))):
            # What cannot be read is named when it is read.
            if isinstance(decoded, Decoded):
                high = max(high, int(decoded.values.max()))
                if high > 1:
                    self._kept[row] = decoded
                    break
        return high

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.stop.check()
        plain = self._scanlines(rows.tolist())
        if not plain:
            return self._read_each(rows)
        out = np.empty((len(rows), *self.target), np.uint8)
        out[list(plain)] = self.scales["uint8"].to_uint8(plain_png.unfiltered(list(plain.values()), self.target))
        if others := [place for place in range(len(rows)) if place not in plain]:
            out[others] = self._read_each(rows[others])
        return out

    def decodable(self, rows: np.ndarray) -> np.ndarray:
        """Those of some rows that can be decoded; the others count as unreadable from now on."""
        sound = []
        with quiet_pillow():
            for row, decoded in chain.from_iterable(map(self._decoded, self._runs(rows.tolist()))):
                if isinstance(decoded, Decoded):
                    sound.append(row)
                else:
                    self._fail(row, reason(decoded))
        return np.array(sound, np.int64)

    def _scanlines(self, rows: list[int]) -> dict[int, bytes]:
        """Those images, by their place among the rows, whose files are read already and hold the target as it is."""
        found = {}
        for place, row in enumerate(rows):
            look = self._looks.get(row)
            if look is not None and look.content:
                lines = plain_png.scanlines_of(look.content, self.target)
                if lines is not None:
                    found[place] = lines
        return found

    def _read_each(self, rows: np.ndarray) -> np.ndarray:
        out = np.zeros((len(rows), *self.target), np.uint8)
        with quiet_pillow():
            runs = self._runs(rows.tolist())
            first = np.cumsum([0, *map(len, runs)]).tolist()
            work = partial(self._fill, out)
            found = on_all_cores(work, list(zip(runs, first, strict=False)), self.stop, small=self._small)
            outcomes = list(chain.from_iterable(found))
        for row, outcome in zip(rows.tolist(), outcomes, strict=True):
            if isinstance(outcome, str):
                self._fail(row, outcome)
            else:
                self._changes.update(outcome)
        return out

    def _fill(self, out: np.ndarray, run: tuple[list[int], int]) -> list[tuple[str, ...] | str]:
        """Decode images of one file, from a place on; what was done to each, or why it cannot be read."""
        rows, first = run
        outcomes: list[tuple[str, ...] | str] = []
        for place, (_, decoded) in enumerate(self._decoded(rows), first):
            try:
                if not isinstance(decoded, Decoded):
                    raise decoded
                out[place] = self._finished(decoded)
                outcomes.append(decoded.changes)
            except UNREADABLE as error:
                outcomes.append(reason(error))
        return outcomes

    def _runs(self, rows: list[int]) -> list[list[int]]:
        """The rows in their order, those that are frames of one file together."""
        if not self._stacks:
            return [[row] for row in rows]
        runs: list[list[int]] = []
        for row in rows:
            if runs and len(runs[-1]) < FRAMES_AT_ONCE and self.files[runs[-1][-1]] == self.files[row]:
                runs[-1].append(row)
            else:
                runs.append([row])
        return runs

    def _decoded(self, rows: list[int]) -> Iterator[tuple[int, Decoded | BaseException]]:
        """Images of one file, or why they cannot be read."""
        new = [row for row in rows if row not in self._kept]
        read = decode_frames(self.files[rows[0]], [self._frame(row) for row in new], self.stop)
        for row in rows:
            self.stop.check()
            yield row, self._kept[row] if row not in new else next(read)

    def _finished(self, decoded: Decoded) -> np.ndarray:
        """(H, W, C) of the target."""
        values = decoded.values
        pixels = self.scales[convert.kind_of(values.dtype)].to_uint8(values)
        if decoded.inverted:
            pixels = 255 - pixels
        height, width, channels = self.target
        if pixels.shape == ((height, width) if channels == 1 else self.target):
            return pixels.reshape(self.target)
        # Colour last: a small image is turned to grey sooner than a large one.
        image = fitted(Image.fromarray(pixels), (height, width), self.wanted.fit)
        mode = "L" if channels == 1 else "RGB"
        return np.asarray(image if image.mode == mode else image.convert(mode)).reshape(self.target)

    def _fail(self, row: int, why: str) -> None:
        self._failed[row] = why
        self.emit(FileSeen(shown(self.files[row], self.root), problem=why))

    def _frame(self, row: int) -> int:
        return 0 if self.frames is None else self.frames[row]

    def _name(self, row: int) -> str:
        name = shown(self.files[row], self.root)
        return frame_name(name, self._frame(row)) if self._stacks and self.files[row] in self._stacks else name

    def array(self) -> np.ndarray | None:
        return None

    def finish(self) -> dict[int, str]:
        """The files that could not be read, by row, where they are to be left out; else one error that names them."""
        self._kept.clear()
        self._refuse_unless(self.wanted.skip_unreadable or not self._failed)
        sound = {row: look for row, look in self._looks.items() if row not in self._failed}
        self.notes += _depth_notes(sound.values())
        self.notes += shape_notes(sound, self._name, self.target, self._why, self.wanted.fit)
        self.notes += [f"{count_text(count, 'image')}: {what}" for what, count in self._changes.items()]
        stacks = [look.frames for look in sound.values() if look.frames > 1]
        if stacks and self.frames is None:
            left = f"{sum(stacks) - len(stacks):,} more left out (data.frames=all takes them)"
            self.notes.append(f"{count_text(len(stacks), 'image')}: only the first frame taken, {left}")
        failed = {row: f"{self._name(row)} ({self._failed[row]})" for row in sorted(self._failed)}
        if failed:
            count = f"{len(failed):,} of {len(self.files):,} files cannot be read and are left out"
            self.notes.append(f"{count}: {some(list(failed.values()))}")
        return failed

    def _refuse_unless(self, sound: bool) -> None:
        if sound:
            return
        problems = Problems()
        for row, why in sorted(self._failed.items()):
            problems.add(f"{self._name(row)} cannot be read ({why})")
        # Without all of them nothing would be left.
        some_left = len(self._failed) < len(self.files)
        error = partial(UnreadableError, count=len(self._failed)) if some_left else DataError
        problems.raise_if_any(str(self.root), TODO, error)


def _depth_notes(looks: Collection[Look]) -> list[str]:
    """What is said of files of 8 bits beside deeper ones, whose values are scaled."""
    deep = sum(look.deep for look in looks)
    flat = len(looks) - deep
    if not flat or not deep:
        return []
    stay = "stays as it is" if flat == 1 else "stay as they are"
    return [f"{count_text(flat, 'image')} of 8 bits beside {count_text(deep, 'deeper one')} {stay}, 0..255"]
