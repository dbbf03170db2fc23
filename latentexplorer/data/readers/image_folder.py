"""A folder of image files: what is in it, the classes that its sub-folders name, and which of it is held out."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, FilesFound, Progress, ignore
from latentexplorer.data.labels import as_text, without_empty
from latentexplorer.data.pixels import Block, Loaded, Wanted
from latentexplorer.data.readers import KINDS
from latentexplorer.data.readers.file_pixels import FilePixels
from latentexplorer.data.readers.image_files import SUFFIXES, look_at

HELD_OUT_FOLDERS = ("test", "testing", "val", "valid", "validation")
TRAIN_FOLDERS = ("train", "training")


Listing = tuple[list[Path], list[str]]
"""Image files in order of their paths, and the names of files that are none."""


def find(folder: Path, stop: StopToken, emit: Emit = ignore) -> Listing:
    """All image files below a folder, in order of their paths, and the names of files that are none."""
    images: list[Path] = []
    others: list[Path] = []
    for where, folders, names in os.walk(folder):
        stop.check()
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in names:
            if not name.startswith("."):
                is_image = Path(name).suffix.lower() in SUFFIXES
                (images if is_image else others).append(Path(where) / name)
        emit(Progress(len(images), 0, "finding images"))
    return sorted(images, key=natural), sorted(path.name for path in others)


def natural(path: Path) -> tuple[tuple[tuple[int, str], ...], ...]:
    """A key that sorts image-2 before image-10."""
    return tuple(
        tuple((int(piece) if k % 2 else 0, piece) for k, piece in enumerate(re.split(r"([0-9]{1,18})", name)))
        for name in path.parts
    )


def read_folder(path: Path, found: Listing, wanted: Wanted, emit: Emit, stop: StopToken, whole: bool) -> Loaded:
    """The images below a folder: sub-folders are classes, or `train` and `test` with classes below them.

    Parameters
    ----------
    found : Listing
        What `find` has found below it.
    wanted : Wanted
    whole : bool
        Sub-folders `train` and `test` are classes like others.
    """
    files, others = found
    if not files:
        held = f"only {', '.join(others[:5])}" if others else "no files"
        raise DataError(f"{path} holds no images, {held}", f"Name {KINDS}")
    notes = []
    if others:
        notes.append(
            f"{len(others):,} other files ignored: {', '.join(others[:5])}{', ...' if len(others) > 5 else ''}"
        )
    tops = {file.relative_to(path).parts[0] for file in files if len(file.relative_to(path).parts) > 1}
    train = next((top for top in tops if top.lower() in TRAIN_FOLDERS), None)
    held_out = [top for name in HELD_OUT_FOLDERS for top in tops if top.lower() == name]
    if whole or train is None or not held_out or len(tops) != 1 + len(held_out):
        return read_files(files, path, wanted, path.name, None, notes, emit, stop)
    if held_out[1:]:
        notes.append(f"held out is {held_out[0]}; {', '.join(held_out[1:])} not used")
    chosen = [file for file in files if file.relative_to(path).parts[0] in (train, held_out[0])]
    return read_files(chosen, path, wanted, path.name, (train, held_out[0]), notes, emit, stop)


def read_files(
    files: list[Path],
    root: Path,
    wanted: Wanted,
    name: str,
    split: tuple[str, str] | None,
    notes: list[str],
    emit: Emit,
    stop: StopToken,
) -> Loaded:
    """Image files as one set, or as two where the first folder of each path below `root` is one of `split`.

    Rows are positions among all files; those that say of themselves that they cannot be read are not in the blocks.
    """
    inside = [file.relative_to(root).parts for file in files]
    labels, class_names = _folder_classes(root, inside, 1 if split else 0)
    relative = np.array(["/".join(parts) for parts in inside])
    classes = () if labels is None else tuple(class_names[label] for label in labels)
    emit(FilesFound(tuple(relative.tolist()), classes))
    pixels = FilePixels(files, root, look_at(files, root, emit, stop), wanted, notes, emit, stop)
    everything = Block.of(pixels, labels, {"file": relative})
    block = everything.take(pixels.readable)
    (block,), class_names = without_empty([block], [everything], class_names)
    emit(Progress(len(files), len(files), "looking at images"))
    if split is None:
        return Loaded(name, block, None, class_names)
    of_train = np.array([inside[row][0] == split[0] for row in block.rows])
    return Loaded(name, block.take(np.flatnonzero(of_train)), block.take(np.flatnonzero(~of_train)), class_names)


def _folder_classes(root: Path, inside: list[tuple[str, ...]], level: int) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Class of each file: the sub-folder at `level` of its path; deeper folders belong to it."""
    loose = [parts for parts in inside if len(parts) == level + 1]
    if len(loose) == len(inside):
        return None, ()
    if loose:
        first = "/".join(loose[0])
        raise DataError(
            f"{root}: {len(loose):,} images lie beside the sub-folders, such as {first}, and so have no class",
            "Put them into a sub-folder of their class, or all images into one folder",
        )
    found = {parts[level] for parts in inside}
    names = sorted(found, key=lambda name: natural(Path(name)))
    place = {name: k for k, name in enumerate(names)}
    labels = np.array([place[parts[level]] for parts in inside], np.int64)
    return labels, tuple(as_text(name) for name in names)
