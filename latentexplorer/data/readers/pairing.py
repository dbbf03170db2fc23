"""Which row of a table belongs to which image: by the column whose cells name the images, never by order.

A cell names an image by its path below the folder, by the end of that path, or by either without suffix. What is
written otherwise is forgiven, most alike first, as long as it leaves no doubt: case, the form of accents, the slashes,
folders that lead to the folder, another suffix, zeros in front of a number.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.data.readers.csv_table import TODO, Table

FILES = ("file", "files", "filename", "file name", "file_name", "path", "filepath", "image", "image name", "image_name")
"""What columns of file names are called: of two columns that name the images in another order, such a one counts."""
NAMING = (*FILES, "name", "id", "image_id")
"""What may name images: where such a column does not, it is said what it names instead."""
POSITION = ("index", "position", "row")
COUNTING = (*POSITION, "id", "nr", "no", "number", "#", "column 1")
SHOWN = 3
LONGEST_PATH = 4096
"""Letters that a path may have; what is longer names no file."""

HOW = ("", "", " (case aside)", " (suffixes aside)", " (suffixes and zeros in front aside)")


def readable(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 are taken as Latin-1; accents as one letter."""
    if name.isascii():
        return name
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("cp1252", "replace")
    return unicodedata.normalize("NFC", name)


class UnpairedError(DataError):
    """No column of a table names all images.

    Attributes
    ----------
    missing : ndarray, int64
        Positions of the images without a row, in the column that names most of them.
    """

    def __init__(self, what: str, todo: str, missing: np.ndarray) -> None:
        super().__init__(what, todo)
        self.missing = missing


@dataclass(frozen=True)
class Paired:
    """What a column says of N images.

    Attributes
    ----------
    row : ndarray (N,), int64
        The row of each image; -1 where it has none.
    level : int
        How far its cells are from the names: an index into `HOW`.
    parts : ndarray (N,), int64
        Which part of the set each image is in.
    strange : list of int
        Rows that name no image.
    unclear : list of str
        Rows that fit two images, and images that two rows fit: the first few.
    num_unclear : int
        How many there are.
    """

    row: np.ndarray
    level: int
    parts: np.ndarray
    strange: list[int] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    num_unclear: int = 0

    @property
    def missing(self) -> np.ndarray:
        """Images without a row."""
        return np.flatnonzero(self.row < 0)

    @property
    def whole(self) -> bool:
        """Whether every image has a row of its own; but a part of which none has a row does without."""
        none, some = (set(self.parts[rows].tolist()) for rows in (self.row < 0, self.row >= 0))
        return not self.unclear and bool(some) and not none & some


class Names:
    """The names of N images, to be found by what is written of them."""

    def __init__(self, files: Sequence[str], parts: np.ndarray, stop: StopToken) -> None:
        self.files, self.parts = files, parts
        self._whole: list[dict[str, list[int]]] = [{} for _ in HOW]
        self._ends: list[dict[str, list[int]]] = [{} for _ in HOW]
        for number, file in enumerate(files):
            if not number % 1000:
                stop.check()
            inside = _parts(file)
            for level in range(len(HOW)):
                key = _keys("/".join(inside), level)[-1]
                self._whole[level].setdefault(key, []).append(number)
                # Nothing is forgiven at first: only a whole path is as good as a whole path.
                for start in range(len(inside) if level else 1):
                    end = key if not start else _keys("/".join(inside[start:]), level)[-1]
                    self._ends[level].setdefault(end, []).append(number)

    def find(self, cell: str) -> tuple[list[int], int]:
        """The images that a cell can mean, and how far it is from their names."""
        parts = _parts(cell) if len(cell) <= LONGEST_PATH else []
        for start in range(len(parts)):
            there = self._whole if start else self._ends
            path = "/".join(parts[start:])
            # Most cells of most columns name nothing: what is not found where all is forgiven is not where less is.
            if not any(key in there[-1] for key in _keys(path, len(HOW) - 1)):
                continue
            for level in range(len(HOW)):
                for key in _keys(path, level):
                    if key in there[level]:
                        return there[level][key], level
        return [], 0

    def paired(self, cells: Sequence[str], lines: Sequence[int], stop: StopToken = NEVER) -> Paired:
        """What a column of cells says of the images."""
        row = np.full(len(self.files), -1, np.int64)
        strange, unclear, num_unclear, level = [], [], 0, 0
        known: dict[str, tuple[list[int], int]] = {}
        for number, cell in enumerate(cells):
            if not number % 1000:
                stop.check()
            if cell not in known:
                known[cell] = self.find(cell)
            found, how = known[cell]
            if not found:
                strange.append(number)
            elif len(found) == 1 and row[found[0]] < 0:
                row[found[0]] = number
                level = max(level, how)
            else:
                num_unclear += 1
                if num_unclear <= SHOWN:
                    unclear.append(self._unclear(found, cell, lines[number], lines[int(row[found[0]])]))
        return Paired(row, level, self.parts, strange, unclear, num_unclear)

    def _unclear(self, found: Sequence[int], cell: str, line: int, first: int) -> str:
        if len(found) > 1:
            return f"line {line}, {cell!r}, fits {' and '.join(self.files[at] for at in found[:2])}"
        return f"lines {first} and {line} both name {self.files[found[0]]}"


def by_name(table: Table, files: Sequence[str], parts: np.ndarray, stop: StopToken = NEVER) -> tuple[Paired, int, str]:
    """The rows of a table for images that have names.

    Parameters
    ----------
    files : list of N str
        Paths within the folder.
    parts : ndarray (N,), int64
        Which part of the set each of them is in: rows may name the images of one part only.

    Returns
    -------
    paired : Paired
    column : int
        The one that names the images.
    note : str

    Raises
    ------
    DataError
        Naming both sides where they do not fit.
    Stopped
        If `stop` was requested.
    """
    names = Names(files, parts, stop)
    # What names the images of a part has as many different cells at least: of most columns no cell need be looked up.
    least = np.unique(parts, return_counts=True)[1].min(initial=len(files))
    could = [k for k in range(len(table.names)) if len(set(table.column(k))) >= least]
    found = {k: names.paired(table.column(k), table.lines, stop) for k in could}
    fitting = {k: paired for k, paired in found.items() if paired.whole}
    if not fitting:
        every = {k: found.get(k) or names.paired(table.column(k), table.lines, stop) for k in range(len(table.names))}
        raise _unpaired(table, names, every)
    column = min(fitting, key=lambda k: _rank(table.names[k], fitting[k]))
    rival = next(
        (
            k
            for k, paired in fitting.items()
            if not np.array_equal(paired.row, fitting[column].row)
            and _rank(table.names[k], paired) == _rank(table.names[column], fitting[column])
        ),
        None,
    )
    if rival is not None:
        raise DataError(
            f"{table.path}: columns {table.names[column]!r} and {table.names[rival]!r} both name all images, but not"
            " the same ones in a row",
            "Call the one that counts 'file'",
        )
    paired = fitting[column]
    note = f"rows of {table.path.name} go with the files named in its column {table.names[column]!r}{HOW[paired.level]}"
    if paired.strange:
        cells = [table.rows[row][column] for row in paired.strange]
        name = "1 row names" if len(cells) == 1 else f"{len(cells):,} rows name"
        note += f"; {name} no image: {_some(cells)}"
    return paired, column, note


def _rank(name: str, paired: Paired) -> tuple[bool, int]:
    return name.casefold() not in FILES, paired.level


def _unpaired(table: Table, names: Names, found: dict[int, Paired]) -> DataError:
    """Why no column names all images: both sides of the one that names most of them."""

    files = names.files

    def worth(k: int) -> tuple[int, bool]:
        return len(files) - len(found[k].missing), table.names[k].casefold() in NAMING

    best = max(found, key=worth)
    named, known = worth(best)
    header = names.paired(table.names, [1] * len(table.names))
    if len(header.missing) < len(files):
        return DataError(f"{table.path} begins with a row of an image and not with column names", TODO)
    if not named and not known:
        shown = ", ".join(table.names)[:200]
        return DataError(
            f"{table.path}: no column names the images, which are called {_some(files)}; looked at {shown}",
            "Add a column 'file' with the names of the files",
        )
    paired, wrong = found[best], list(found[best].unclear)
    if paired.num_unclear > SHOWN:
        wrong.append(f"{paired.num_unclear - SHOWN:,} more such rows")
    if len(paired.missing):
        without = _some(files[k] for k in paired.missing)
        wrong.append(f"no row for {without} ({len(paired.missing):,} of {len(files):,} files)")
    if paired.strange:
        cells = [table.rows[row][best] for row in paired.strange]
        wrong.append(f"no file for {_some(cells)} ({len(cells):,} of {len(table.rows):,} rows)")
    return UnpairedError(
        f"{table.path}, column {table.names[best]!r}: {'; '.join(wrong)}",
        "Write the files' paths within the folder, one row each",
        paired.missing,
    )


def by_position(table: Table, count: int) -> tuple[np.ndarray, str]:
    """The row of each of `count` images that have no names: by a column that counts them, else in order; with a note.

    Raises
    ------
    DataError
        Where there is not one row for each.
    """
    if len(table.rows) != count:
        more = ", or does its first line hold no column names?" if len(table.rows) == count - 1 else ""
        raise DataError(f"{table.path} has {len(table.rows):,} rows for {count:,} images{more}", TODO)
    for k, name in enumerate(table.names):
        if name.casefold() not in COUNTING:
            continue
        cells = table.column(k)
        if all(re.fullmatch("0|[1-9][0-9]{0,12}", cell) for cell in cells):
            places = np.array([int(cell) for cell in cells])
            for first in (0, 1):
                if np.array_equal(np.sort(places), np.arange(first, first + count)):
                    return np.argsort(places), f"rows of {table.path.name} go by its column {name!r}, from {first}"
        if name.casefold() in POSITION:
            raise DataError(
                f"{table.path}: column {name!r} does not count the images, from 0 to {count - 1} or 1 to {count}",
                "Correct or rename it",
            )
    return np.arange(count), f"rows of {table.path.name} are taken in order, which is that of the images"


def _some(names: Iterable[str]) -> str:
    """`a, b, c, ...`"""
    shown = [name[:80] or "(empty)" for _, name in zip(range(SHOWN + 1), names, strict=False)]
    return ", ".join(shown[:SHOWN]) + (", ..." if len(shown) > SHOWN else "")


def _parts(text: str) -> list[str]:
    """The folders and the name of a path, however it is written."""
    return [part for part in readable(text.strip()).replace("\\", "/").split("/") if part not in ("", ".")]


def _keys(path: str, level: int) -> list[str]:
    """How a path is compared at a level of `HOW`. A stem may hold a point itself: as it is first, then shortened."""
    if level < 2:
        return [path]
    folded = path.casefold()
    if level == 2:
        return [folded]
    stems = list(dict.fromkeys((folded, re.sub(r"\.[a-z][a-z0-9]{0,4}$", "", folded))))
    return stems if level == 3 else [_without_zeros(stem) for stem in stems]


def _without_zeros(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return folder + slash + ((name.lstrip("0") or "0") if name.isascii() and name.isdecimal() else name)
