"""The person's own images: a folder, an .npz or .npy array, idx files, or a single image; with columns where wished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig, Fit
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.paths import expanded, is_file, is_folder, is_there, reading
from latentexplorer.data import big_arrays, convert
from latentexplorer.data.image_set import ImageSet, ImageShape
from latentexplorer.data.labels import said_of_parts, with_chosen
from latentexplorer.data.load import image_sets
from latentexplorer.data.pixels import NOT_KNOWN, Block, Loaded, Wanted
from latentexplorer.data.readers import KINDS, folder_walk, idx, image_folder
from latentexplorer.data.readers.csv_columns import csv_beside, with_columns
from latentexplorer.data.readers.image_files import SUFFIXES
from latentexplorer.data.readers.numpy_images import read_npy, read_npz

ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
"""How an .npz begins."""


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """The images at `data.path`, with the columns of `data.columns` and the classes of `data.labels`."""
    columns = expanded(config.columns) if config.columns else None
    path = expanded(config.path or "").absolute()
    return find(path, columns, Wanted.of(config), emit, stop, labels=config.labels)


def read_parts(
    path: Path,
    *,
    like: ImageShape | None = None,
    fit: Fit = "pad",
    skip_unreadable: bool = False,
    every_frame: bool = False,
    whites: Mapping[str, float] | None = None,
    columns: Path | None = None,
    labels: str = "",
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> dict[str, ImageSet]:
    """All images of a person's own file or folder, in order, by part.

    Parameters
    ----------
    path : Path
        A folder (sub-folders are classes), an .npz, .npy or idx file, or one image.
    like : (C, H, W) or None
        Bring the images to this shape, said in `notes`; None: as they are, large ones smaller.
    fit, skip_unreadable, every_frame
        As the settings `data.fit`, `data.skip_unreadable` and `data.frames = all`.
    whites : mapping or None
        White values of the images of a run (`ImageSet.whites`), to scale these as those were, said in `notes`.
    columns : Path or None
        A CSV with one row per image.
    labels : str
        As `data.labels`.

    Returns
    -------
    dict of str to ImageSet
        `train` alone where the images are one list; else also `test` and whatever parts there are besides, as a
        training would tell them apart. `ids` are positions in the list of all files, or in the part's own array.

    Raises
    ------
    DataError
        With everything that is wrong: which file, which value.
    """
    wanted = _wanted(like, fit, skip_unreadable, every_frame, whites)
    loaded = _found(path, columns, wanted, whites, labels, emit, stop)
    blocks = loaded.blocks
    return dict(zip(blocks, image_sets(tuple(blocks.values()), loaded, wanted, emit, stop), strict=True))


def _wanted(
    like: ImageShape | None, fit: Fit, skip_unreadable: bool, every_frame: bool, whites: Mapping[str, float] | None
) -> Wanted:
    size, channels = ((like[1], like[2]), like[0]) if like else (None, None)
    return Wanted(size, channels, fit, skip_unreadable, every_frame, whites or NOT_KNOWN)


def _found(
    path: Path,
    columns: Path | None,
    wanted: Wanted,
    whites: Mapping[str, float] | None,
    labels: str,
    emit: Emit,
    stop: StopToken,
    *,
    explored: bool = False,
) -> Loaded:
    loaded = find(expanded(path), columns, wanted, emit, stop, labels=labels, every=True, explored=explored)
    if len(loaded.train) == 0:
        raise DataError(f"{path} holds no images", f"Name {KINDS}")
    if whites is not None:
        for pixels in {id(block.pixels): block.pixels for block in loaded.blocks.values()}.values():
            convert.adopt(pixels.scales, whites)
    return loaded


def read_images(
    path: Path,
    *,
    like: ImageShape | None = None,
    fit: Fit = "pad",
    skip_unreadable: bool = False,
    every_frame: bool = False,
    columns: Path | None = None,
    whites: Mapping[str, float] | None = None,
    labels: str = "",
    explored: bool = False,
    choose: Callable[[int], np.ndarray] | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> ImageSet:
    """The images of `read_parts` as one set; of several parts, a column `part` says which is which.

    Classes are kept where every part has them, and columns too. `ids` are positions among the images of all parts.

    Parameters
    ----------
    explored : bool
        Whether classes and columns are no reason to refuse images: what does not fit is said and left.
    choose : callable (N) -> positions, or None
        Which of the N images there are are read; None: all.
    """
    wanted = _wanted(like, fit, skip_unreadable, every_frame, whites)
    loaded = _found(path, columns, wanted, whites, labels, emit, stop, explored=explored)
    blocks = loaded.blocks
    if choose is not None:
        blocks = _chosen(blocks, choose(sum(map(len, blocks.values()))))
    sets = image_sets(tuple(blocks.values()), loaded, wanted, emit, stop)
    if len(blocks) == 1:
        return sets[0]
    images = big_arrays.empty((sum(map(len, sets)), *sets[0].images.shape[1:]))
    start = 0
    for part in sets:
        images[start : start + len(part)] = part.images
        start += len(part)
    common = set.intersection(*(set(part.columns) for part in sets))
    joined = {name: np.concatenate([part.columns[name] for part in sets]) for name in sorted(common)}
    joined["part"] = np.repeat(list(blocks), [len(part) for part in sets])
    known = [part.labels for part in sets if part.labels is not None]
    whole = len(known) == len(sets)
    return replace(
        sets[0],
        images=images,
        labels=np.concatenate(known) if whole else None,
        class_names=sets[0].class_names if whole else (),
        columns=joined,
        ids=_places(blocks, sets),
    )


def _chosen(blocks: Mapping[str, Block], picked: np.ndarray) -> dict[str, Block]:
    """Some images of several parts, by their positions in all of them; parts without any are left away."""
    chosen, start = {}, 0
    for name, block in blocks.items():
        mine = picked[(picked >= start) & (picked < start + len(block))] - start
        start += len(block)
        if len(mine):
            chosen[name] = block.take(mine)
    return chosen


def _places(blocks: Mapping[str, Block], sets: Sequence[ImageSet]) -> np.ndarray:
    """Positions among the images of all parts, which may be rows of one list or of an array each."""
    places, start, before = [], 0, None
    for block, part in zip(blocks.values(), sets, strict=True):
        own = np.arange(len(part)) if part.ids is None else part.ids
        start += before.shape[0] if before is not None and before is not block.pixels else 0
        before = block.pixels
        places.append(own + start)
    return np.concatenate(places)


def find(
    path: Path,
    columns: Path | None,
    wanted: Wanted,
    emit: Emit,
    stop: StopToken,
    *,
    labels: str = "",
    every: bool = False,
    explored: bool = False,
) -> Loaded:
    """What is at `path`, by its content.

    Parameters
    ----------
    labels : str
        As `data.labels`.
    every : bool
        Whether parts that are neither trained on nor held out are wanted too.
    explored : bool
        As for `read_images`.
    """
    tables = _tables(path, columns, None)
    if is_folder(path):
        found = folder_walk.find(path, stop, emit)
        tables = _tables(path, columns, found)
        sets = None if found.images else next((folder for folder in found.folders if idx.images_in(folder)), None)
        if sets not in (None, path):
            raise DataError(f"{path} holds no images but idx files in a folder below it", f"Name {sets}")
        files = [] if sets is None else idx.images_in(path)
        if files or found.images:
            _leave_away(found.others, [table.name for table in tables if table.parent == path])
        if files:
            loaded = idx.read_folder(files, emit, stop, every=every, whites=wanted.whites)
            beside = replace(found, others=[name for name in found.others if not idx.is_one(name)])
            loaded = replace(loaded, notes=(*loaded.notes, *beside.notes))
        else:
            loaded = image_folder.read_folder(
                path, found, wanted, emit, stop, every=every, classes=labels in ("", "folders")
            )
    elif not is_there(path):
        raise DataError(f"{path} is not there", f"Name {KINDS}")
    else:
        loaded = _file(path, wanted, emit, stop, every)
    # Of several lists of images nobody can say whose rows a table holds, unless somebody named it for them.
    own = csv_beside(path) is not None and not explored and (loaded.named or len(loaded.blocks) == 1)
    loaded = _with_columns(loaded, tables, stop, must=columns is not None or own)
    loaded = with_chosen(loaded, labels, needed=not explored)
    return replace(loaded, notes=(*loaded.notes, *said_of_parts(loaded)))


def _tables(path: Path, columns: Path | None, found: folder_walk.Listing | None) -> list[Path]:
    """The CSV that is named, or lies beside the images as their own; else those in a folder of image files."""
    own = columns or csv_beside(path)
    if own is not None:
        return [own]
    return sorted(path.glob("*.[cCtT][sS][vV]")) if found is not None and found.images else []


def _leave_away(others: list[str], tables: list[str]) -> None:
    """Take tables out of the files that are ignored: of them more is said."""
    for name in tables:
        if name in others:
            others.remove(name)


def _with_columns(loaded: Loaded, tables: list[Path], stop: StopToken, *, must: bool) -> Loaded:
    """The set with the only one of some tables.

    `must`: whether it is the set's own and has to fit; else it is said why it is left.
    """
    if not tables:
        return loaded
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables[:5])
        return replace(
            loaded, notes=(*loaded.notes, f"{len(tables)} tables are not read: {names}; name one as data.columns")
        )
    try:
        return with_columns(loaded, tables[0], stop)
    except DataError as error:
        if must:
            raise
        return replace(loaded, notes=(*loaded.notes, f"{tables[0].name} is not read: {error.what}"))


def named_as_file(path: Path) -> bool:
    """Whether what is not there any more was called as a file of images; the name of a folder may have a point, too."""
    return path.suffix.lower() in {*SUFFIXES, ".npz", ".npy", ".gz", ".zip"} or idx.is_one(path.name)


def could_hold_images(path: Path) -> bool:
    """Whether images might be read from a path: by its kind alone, without a look at what is in it."""
    if is_folder(path):
        return True
    if not is_file(path):
        return False
    with path.open("rb") as file:
        start = file.read(8)
    return _is_array(start) or path.suffix.lower() in SUFFIXES


def _is_array(start: bytes) -> bool:
    return start.startswith((b"\x93NUMPY", *ZIPPED)) or _is_idx(start)


def _is_idx(start: bytes) -> bool:
    return start.startswith(b"\x1f\x8b") or (start[:2] == b"\0\0" and start[2:3] in {bytes([t]) for t in idx.TYPES})


def _file(path: Path, wanted: Wanted, emit: Emit, stop: StopToken, every: bool) -> Loaded:
    if not is_file(path):
        raise DataError(f"{path} is no file but a pipe or a device", f"Name {KINDS}")
    try:
        with reading(path) as file:
            start = file.read(8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", f"Name {KINDS}") from error
    if start.startswith(b"\x93NUMPY"):
        return read_npy(path, emit, stop, wanted.whites)
    if start.startswith(ZIPPED):
        return read_npz(path, emit, stop, every=every, whites=wanted.whites)
    if _is_idx(start):
        return idx.read_set({"train": path}, emit, stop, wanted.whites)
    if path.suffix.lower() in SUFFIXES:
        return image_folder.read_files([path], path.parent, wanted, path.stem, ["train"], {}, (), [], emit, stop)
    raise DataError(f"{path} is nothing that images are read from", f"Name {KINDS}")
