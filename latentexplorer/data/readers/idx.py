"""The idx format of MNIST: two zero bytes, a type, the number of axes, their lengths, the numbers; often in gzip.

LeCun, Cortes and Burges, The MNIST database, "File formats".
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit
from latentexplorer.core.paths import reading
from latentexplorer.data import convert
from latentexplorer.data.labels import code_labels, on_one_list
from latentexplorer.data.pixels import NOT_KNOWN, Block, Loaded, Problems
from latentexplorer.data.readers.arrays import pixels_of, sound, whites_of
from latentexplorer.data.readers.folder_walk import counted
from latentexplorer.data.readers.numpy_files import DEFLATE_RATIO, LARGEST_UNPACKED, Readable, fill

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Path, stop: StopToken = NEVER) -> np.ndarray:
    """The array of an idx file: read at once where it is packed, else memory-mapped.

    Raises
    ------
    DataError
        Where the file is no idx file, damaged, or too large to be unpacked.
    """
    try:
        size = path.stat().st_size
        with reading(path) as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        if packed:
            with gzip.open(path) as file:
                dtype, shape, nbytes, _ = _header(file)
                if nbytes > LARGEST_UNPACKED:
                    raise ValueError(f"takes {nbytes / 2**30:.1f} GB unpacked; unpack it with gunzip")
                if nbytes > DEFLATE_RATIO * size + 1024:
                    raise ValueError(f"says it holds {nbytes:,} bytes, which {size:,} packed ones cannot")
                flat = np.empty(math.prod(shape), dtype)
                fill(flat, file, stop)
                return flat.reshape(shape)
        with path.open("rb") as file:
            dtype, shape, nbytes, offset = _header(file)
        if size != offset + nbytes:
            raise ValueError(f"has {size:,} bytes where its header says {offset + nbytes:,}")
        return np.memmap(path, dtype, "r", offset, shape) if nbytes else np.empty(shape, dtype)
    except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} {_one_line(error)}", "Copy or download it again") from None
    except MemoryError:
        raise DataError(f"{path} does not fit in memory", "Unpack it with gunzip; then it is mapped") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def _header(file: Readable) -> tuple[np.dtype[np.generic], tuple[int, ...], int, int]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES or not 1 <= start[3] <= 4:
        raise ValueError("is no idx file")
    lengths = file.read(4 * start[3])
    if len(lengths) < 4 * start[3]:
        raise ValueError("is cut off in its header")
    shape = tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, len(lengths), 4))
    dtype = np.dtype(TYPES[start[2]])
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes >= 2**62:
        raise ValueError("has a damaged header")
    return dtype, shape, nbytes, 4 + len(lengths)


def _one_line(error: Exception) -> str:
    text = str(error)
    return text if isinstance(error, ValueError) else f"is damaged: {text}"


def labels_beside(path: Path) -> Path | None:
    """The label file that belongs to an idx file of images, packed or not, where there is one."""
    name = re.sub(r"idx[34]", "idx1", path.name.removesuffix(".gz").replace("images", "labels"))
    if name == path.name.removesuffix(".gz"):
        return None
    return next((file for end in ("", ".gz") if (file := path.with_name(name + end)).is_file()), None)


def is_one(name: str) -> bool:
    """Whether a file is called as idx files are, of images or of labels."""
    return re.search("(images|labels).*idx[1-4]", name) is not None


def images_in(folder: Path) -> list[tuple[str, Path]]:
    """Idx files of images in a folder, each with its part ("train", or "test" where its name says so); packed ones
    only where they do not lie there unpacked too.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("*images*idx[34]*"), key=lambda path: (path.suffix == ".gz", path.name)):
        found.setdefault(path.name.removesuffix(".gz"), path)
    return [
        ("test" if name.startswith(("t10k", "test")) or "-test-" in name else "train", path)
        for name, path in sorted(found.items())
    ]


def read_folder(
    files: list[tuple[str, Path]], emit: Emit, stop: StopToken, *, every: bool, whites: Mapping[str, float] = NOT_KNOWN
) -> Loaded:
    """The images of the idx files in a folder: the first of each part, or `every` one as a part of its own."""
    chosen: dict[str, Path] = {}
    rest = []
    for part, path in files:
        if part not in chosen:
            chosen[part] = path
        elif every:
            chosen[path.name] = path
        else:
            rest.append(path.name)
    loaded = read_set(chosen, emit, stop, whites)
    note = counted(rest, "file of images is not used", "files of images are not used")
    return replace(loaded, notes=(*loaded.notes, note)) if note else loaded


def read_set(files: dict[str, Path], emit: Emit, stop: StopToken, whites: Mapping[str, float] = NOT_KNOWN) -> Loaded:
    """The images of idx files by part, with the labels beside them; a single part is the one to train on.

    Parameters
    ----------
    whites : mapping
        White values of images that these belong to, by kind of number.
    """
    parts: dict[str, tuple[Block, tuple[str, ...]]] = {}
    notes: list[str] = []
    if "train" not in files:
        files = {"train": next(iter(files.values())), **dict(list(files.items())[1:])}
    # What is trained on comes first, as its classes do: t10k sorts before train.
    files = {"train": files["train"], **files}
    for part, path in files.items():
        problems = Problems()
        what = "" if part == "train" else f"{part}: "
        pixels = pixels_of(read := read_idx(path, stop), what, problems, emit, stop, whites)
        labels, names = None, tuple[str, ...]()
        beside = labels_beside(path)
        if beside is not None:
            labels, names, changes = code_labels(read_idx(beside, stop), len(read), None, problems)
            notes += [*changes, f"labels from {beside.name}"]
        whole = sound(pixels, problems, path)
        parts[part] = Block.of(whole, labels), names
        whites = {**whites_of(whole), **whites}
    first = files["train"]
    for part, (block, _) in parts.items():
        if block.pixels.shape[1:] != parts["train"][0].pixels.shape[1:]:
            raise DataError(f"{first} and {files[part]} hold images of different shapes", "Name one of them")
    convert.share([block.pixels.scales for block, _ in parts.values()])
    blocks, names = on_one_list(parts)
    name = first.name.split("images")[0].strip("-_.") or "images"
    if len(parts) > 1:
        name = first.parent.parent.name if first.parent.name == "raw" else first.parent.name
    train = blocks.pop("train")
    return Loaded(name, train, blocks.pop("test", None), names, tuple(notes), others=blocks)
