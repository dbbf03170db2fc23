"""The person's own images: a folder, an .npz or .npy array, idx files, or a single image; with columns where wished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig, Fit
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import expanded
from latentexplorer.data import convert
from latentexplorer.data.image_set import ImageSet, ImageShape
from latentexplorer.data.load import image_sets
from latentexplorer.data.pixels import Loaded, Wanted
from latentexplorer.data.readers import KINDS, idx, image_folder
from latentexplorer.data.readers.csv_columns import csv_beside, with_columns
from latentexplorer.data.readers.image_files import SUFFIXES
from latentexplorer.data.readers.numpy_images import read_npy, read_npz

ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
"""How an .npz begins."""


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """The images at `data.path`, with the columns of `data.columns`."""
    columns = expanded(config.columns) if config.columns else None
    return find(expanded(config.path or "").absolute(), columns, Wanted.of(config), emit, stop)


def read_images(
    path: Path,
    *,
    like: ImageShape | None = None,
    fit: Fit = "pad",
    skip_unreadable: bool = False,
    whites: Mapping[str, float] | None = None,
    columns: Path | None = None,
    choose: Callable[[int], np.ndarray] | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> ImageSet:
    """All images of a person's own file or folder, in order.

    Parameters
    ----------
    path : Path
        A folder (sub-folders are classes), an .npz, .npy or idx file, or one image.
    like : (C, H, W) or None
        Bring the images to this shape, said in `notes`; None: as they are, large ones smaller.
    fit, skip_unreadable
        As the settings `data.fit` and `data.skip_unreadable`.
    whites : mapping or None
        White values of the images of a run (`ImageSet.whites`), to scale these as those were, said in `notes`.
    columns : Path or None
        A CSV with one row per image.
    choose : callable (N) -> positions, or None
        Which of the N images there are are read; None: all.

    Raises
    ------
    DataError
        With everything that is wrong: which file, which value.
    """
    size, channels = ((like[1], like[2]), like[0]) if like else (None, None)
    wanted = Wanted(size, channels, fit, skip_unreadable)
    loaded = find(expanded(path), columns, wanted, emit, stop, whole=True)
    if len(loaded.train) == 0:
        raise DataError(f"{path} holds no images", f"Name {KINDS}")
    if whites is not None:
        convert.adopt(loaded.train.pixels.scales, whites)
    block = loaded.train if choose is None else loaded.train.take(choose(len(loaded.train)))
    return image_sets((block,), loaded, wanted, [], emit, stop)[0]


def find(
    path: Path,
    columns: Path | None,
    wanted: Wanted,
    emit: Emit,
    stop: StopToken,
    *,
    whole: bool = False,
) -> Loaded:
    """What is at `path`, by its content; `whole`: sub-folders train and test are classes like others."""
    if path.is_dir():
        found = image_folder.find(path, stop, emit)
        files = {} if found[0] else idx.images_in(path)
        if files:
            loaded = idx.read_set(files, emit, stop)
        else:
            loaded = image_folder.read_folder(path, found, wanted, emit, stop, whole)
    elif not path.exists():
        raise DataError(f"{path} is not there", f"Name {KINDS}")
    else:
        loaded = _file(path, wanted, emit, stop)
    beside = columns or csv_beside(path)
    return with_columns(loaded, beside, path) if beside else loaded


def could_hold_images(path: Path) -> bool:
    """Whether images might be read from a path: by its kind alone, without a look at what is in it."""
    if path.is_dir():
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(8)
    return _is_array(start) or path.suffix.lower() in SUFFIXES


def _is_array(start: bytes) -> bool:
    return start.startswith((b"\x93NUMPY", *ZIPPED)) or _is_idx(start)


def _is_idx(start: bytes) -> bool:
    return start.startswith(b"\x1f\x8b") or (start[:2] == b"\0\0" and start[2:3] in {bytes([t]) for t in idx.TYPES})


def _file(path: Path, wanted: Wanted, emit: Emit, stop: StopToken) -> Loaded:
    if not path.is_file():
        raise DataError(f"{path} is no file but a pipe or a device", f"Name {KINDS}")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", f"Name {KINDS}") from error
    if start.startswith(b"\x93NUMPY"):
        return read_npy(path, emit, stop)
    if start.startswith(ZIPPED):
        return read_npz(path, emit, stop)
    if _is_idx(start):
        return idx.read_set({"train": path}, emit, stop)
    if path.suffix.lower() in SUFFIXES:
        return image_folder.read_files([path], path.parent, wanted, path.stem, None, [], emit, stop)
    raise DataError(f"{path} is nothing that images are read from", f"Name {KINDS}")
