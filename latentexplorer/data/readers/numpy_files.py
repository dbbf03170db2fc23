"""Arrays in .npy and .npz files, their headers checked before memory is taken. Nothing is ever unpickled."""

from __future__ import annotations

import ast
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import reading

LARGEST_UNPACKED = 4 * 1024**3
"""Bytes of a compressed array at most: it has to fit in memory."""
LARGEST_HEADER = 10_000
MOST_MEMBERS = 1000
DEFLATE_RATIO = 1032
"""Deflate cannot make anything smaller than this; a file that says so is damaged or made to fill the memory."""

_TYPE = re.compile(r"[<>|=]?([bufic]\d{1,2}|\?|[US]\d{1,6})")


class Readable(Protocol):
    """An open file, packed or not."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Header:
    """What stands before the numbers of a .npy file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    offset: int

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(file: Readable) -> Header:
    """Read and check a .npy header.

    Raises
    ------
    ValueError
        With one line that says what is wrong.
    """
    start = file.read(8)
    if len(start) < 8 or start[:6] != b"\x93NUMPY" or start[6] not in (1, 2, 3):
        raise ValueError("is no numpy array")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if length > LARGEST_HEADER:
        raise ValueError("has a damaged header")
    text = file.read(length)
    try:
        fields = ast.literal_eval(text.decode("utf-8" if start[6] == 3 else "latin1").strip())
        descr, fortran, shape = fields["descr"], fields["fortran_order"], fields["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError):
        raise ValueError("has a damaged header") from None
    if isinstance(descr, str) and "O" in descr:
        raise ValueError("holds Python objects, which are not read because they could run code")
    whole = isinstance(shape, tuple) and all(type(n) is int and 0 <= n < 2**48 for n in shape)
    if not whole or len(shape) > 8 or not isinstance(fortran, bool):
        raise ValueError("has a damaged header")
    if not isinstance(descr, str) or not _TYPE.fullmatch(descr):
        raise ValueError(f"has values of type {str(descr)[:40]}, which are no numbers or text")
    try:
        dtype = np.dtype(descr)
    except TypeError:
        raise ValueError(f"has values of type {descr}, which are no numbers or text") from None
    if not dtype.itemsize:
        # Of texts without letters any number takes no room in the file, and room in memory.
        raise ValueError("has texts without letters")
    return Header(dtype, shape, fortran, 8 + width + length)


def map_npy(path: Path) -> np.ndarray:
    """The array of a .npy file as a read-only memory map."""
    try:
        with reading(path) as file:
            header = read_header(file)
        size = path.stat().st_size
        if size < header.offset + header.nbytes:
            raise ValueError(f"is cut off: {size:,} of {header.offset + header.nbytes:,} bytes are there")
        if header.nbytes == 0:
            return np.empty(header.shape, header.dtype)
        order = "F" if header.fortran else "C"
        return np.memmap(path, header.dtype, "r", header.offset, header.shape, order)  # type: ignore[call-overload,no-any-return]
    except ValueError as error:
        raise DataError(f"{path} {error}", "Save the images again with numpy.save, as uint8 (N, H, W, C)") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


class NpzFile:
    """The arrays of an .npz file by name; each is read when asked for, after its size has been checked.

    Attributes
    ----------
    headers : dict of str to Header
        Of all arrays.
    others : list of str
        Names of what is no array.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, stop: StopToken) -> None:
        self.path = path
        self.headers: dict[str, Header] = {}
        self.others: list[str] = []
        self._archive = archive
        self._stop = stop
        members = archive.infolist()
        if sum(member.filename.endswith(".npy") for member in members) > MOST_MEMBERS:
            raise self.damaged(f"holds more than {MOST_MEMBERS} arrays")
        for member in members:
            if member.filename.endswith(".npy"):
                with archive.open(member) as file:
                    name = member.filename.removesuffix(".npy")
                    self.headers[name] = self._checked(name, member, file)
            elif not member.filename.endswith("/"):
                self.others.append(member.filename)

    def _checked(self, name: str, member: zipfile.ZipInfo, file: Readable) -> Header:
        try:
            header = read_header(file)
        except ValueError as error:
            raise self.damaged(f"array {name!r} {error}") from None
        if header.offset + header.nbytes != member.file_size:
            raise self.damaged(f"array {name!r}: {member.file_size:,} bytes for shape {header.shape} {header.dtype}")
        if member.file_size > DEFLATE_RATIO * member.compress_size + 1024:
            raise self.damaged(
                f"array {name!r} says {member.file_size:,} bytes of {member.compress_size:,} packed ones"
            )
        return header

    def damaged(self, what: str) -> DataError:
        """The error for something wrong in this file."""
        return DataError(f"{self.path}: {what[:300]}", "Save it again with numpy.savez (numbers and text only)")

    def read(self, name: str) -> np.ndarray:
        """One array."""
        header = self.headers[name]
        if header.nbytes > LARGEST_UNPACKED:
            raise DataError(
                f"{self.path}: array {name!r} takes {header.nbytes / 2**30:.1f} GB unpacked",
                "Save it with numpy.save as .npy, which is mapped, with labels beside it as NAME_labels.npy",
            )
        flat = np.empty(math.prod(header.shape), header.dtype)
        with self._archive.open(name + ".npy") as file:
            file.read(header.offset)
            fill(flat, file, self._stop)
        return flat.reshape(header.shape[::-1]).T if header.fortran else flat.reshape(header.shape)


def fill(flat: np.ndarray, file: Readable, stop: StopToken) -> None:
    """Read exactly the bytes of a one-dimensional array; EOFError where the file ends before or goes on after."""
    view = flat.view(np.uint8)
    done = 0
    while done < view.size:
        stop.check()
        piece = file.read(min(4 * 1024**2, view.size - done))
        if not piece:
            raise EOFError(f"cut off after {done:,} of {view.size:,} bytes")
        view[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    if file.read(1):
        raise EOFError("longer than its header says")


@contextmanager
def open_npz(path: Path, stop: StopToken = NEVER) -> Iterator[NpzFile]:
    """Open an .npz file for reading.

    Raises
    ------
    DataError
        Where the file is damaged, also while the block reads from it.
    """
    try:
        with reading(path) as file, zipfile.ZipFile(file) as archive:
            yield NpzFile(path, archive, stop)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        # RuntimeError: an encrypted member; NotImplementedError: a packing nobody uses.
        raise DataError(f"{path} is damaged: {str(error)[:150]}", "Copy or save it again") from None
    except MemoryError:
        raise DataError(f"{path} does not fit in memory", "Save the images as .npy; that is mapped") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
