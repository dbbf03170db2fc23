"""Room for images that were changed on loading: memory while they are few, a file mapped into memory beyond that."""

from __future__ import annotations

import math
import os
import shutil
import tempfile

import numpy as np

from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import cache_dir

IN_MEMORY_BYTES = 512 * 1024**2
"""Images of one part of the data larger than this are kept in a file."""

READ_BYTES = 16 * 1024**2
"""Images are read, checked and converted in pieces of about this size."""


def per_chunk(bytes_per_image: int) -> int:
    """How many images make one piece."""
    return max(1, READ_BYTES // max(bytes_per_image, 1))


def empty(shape: tuple[int, ...]) -> np.ndarray:
    """An uninitialised uint8 array, in memory or in a nameless file that goes away with the array.

    Raises
    ------
    DataError
        If the disk has not enough room.
    """
    size = math.prod(shape)
    if size <= IN_MEMORY_BYTES:
        return np.empty(shape, np.uint8)
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < size:
            raise _no_room(size)
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                # A mapped file that the disk turns out to have no room for ends the process when it is written to.
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype=np.uint8, mode="w+", shape=shape)
    except OSError as error:
        raise _no_room(size) from error


def gather(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`images[rows]`: a view where the rows are a range, else a copy made with little memory."""
    if len(rows) == 0:
        return images[:0]
    first = int(rows[0])
    if np.array_equal(rows, np.arange(first, first + len(rows))):
        return images[first : first + len(rows)]
    out = empty((len(rows), *images.shape[1:]))
    step = per_chunk(math.prod(images.shape[1:]))
    for start in range(0, len(rows), step):
        out[start : start + step] = images[rows[start : start + step]]
    return out


def _no_room(size: int) -> DataError:
    return DataError(
        f"The images need {size / 2**30:.1f} GB on the disk of {cache_dir()}, which has not enough room",
        "Lower data.limit or data.size, or point LATENTEXPLORER_HOME to a larger disk",
    )
