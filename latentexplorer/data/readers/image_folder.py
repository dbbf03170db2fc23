"""A folder of image files: the classes that its sub-folders name, and which of it is held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, FilesFound, Progress
from latentexplorer.data.labels import as_text, merged, without_empty
from latentexplorer.data.pixels import Block, Loaded, Wanted
from latentexplorer.data.readers import KINDS
from latentexplorer.data.readers.file_pixels import FilePixels, frame_name
from latentexplorer.data.readers.folder_walk import Listing, counted, natural
from latentexplorer.data.readers.image_files import Look, below, look_at, look_at_frames
from latentexplorer.data.readers.pairing import readable

HELD_OUT_FOLDERS = ("test", "testing", "val", "valid", "validation")
TRAIN_FOLDERS = ("train", "training")

Inside = list[tuple[str, ...]]
"""The parts of each file's path below the folder."""


def read_folder(
    path: Path, found: Listing, wanted: Wanted, emit: Emit, stop: StopToken, *, every: bool, classes: bool
) -> Loaded:
    """The images below a folder: sub-folders are classes, or `train` and `test` with classes below them.

    Parameters
    ----------
    found : Listing
        What lies below it.
    wanted : Wanted
    every : bool
        Whether parts that are neither trained on nor held out are wanted too.
    classes : bool
        Whether sub-folders are classes; else they are the column `folder`.
    """
    files = found.images
    if not files:
        raise DataError(f"{path} holds no images, {_held(found)}", _instead(path, found))
    notes = found.notes
    inside = [_readable(below(file, path)) for file in files]
    level = _common_folders(inside)
    if level:
        notes.append(f"all images lie below {'/'.join(inside[0][:level])}: the sub-folders there count")
    parts = _parts(inside, level, notes)
    if parts and not every and (rest := [top for top, part in parts.items() if part not in ("train", "test")]):
        held_out = next((top for top, part in parts.items() if part == "test"), "nothing")
        notes.append(f"held out is {held_out}; {', '.join(rest)} not used")
        kept = [k for k, names in enumerate(inside) if names[level] not in rest]
        files, inside = [files[k] for k in kept], [inside[k] for k in kept]
    which = [parts[names[level]] for names in inside] if parts else ["train"] * len(inside)
    labels, names, trouble = _classes(inside, which, level + bool(parts), path, notes) if classes else ({}, (), "")
    if names:
        notes += _deeper(inside, level + bool(parts) + 1)
        used = {folder.relative_to(path).parts for folder in found.folders}
        empty = {readable(each[-1]) for each in used if len(each) == level + bool(parts) + 1} - {
            each[level + bool(parts)] for each in inside
        }
        said = counted(
            sorted(empty), "sub-folder holds no images and is no class", "sub-folders hold no images and are no classes"
        )
        notes += [said] if said else []
    loaded = read_files(files, path, wanted, path.name, which, labels, names, notes, emit, stop)
    return replace(loaded, no_classes=trouble)


def read_files(
    files: list[Path],
    root: Path,
    wanted: Wanted,
    name: str,
    which: Sequence[str],
    labels: dict[str, np.ndarray],
    class_names: tuple[str, ...],
    notes: list[str],
    emit: Emit,
    stop: StopToken,
) -> Loaded:
    """Image files as one set.

    Rows are positions among all files; those that say of themselves that they cannot be read are not in the blocks.

    Parameters
    ----------
    which : list of str
        The part that each file is in.
    labels : dict of ndarray
        By part: of its files, in order; none of a part without classes.
    """
    said = np.full(len(files), -1, np.int64)
    part = np.array(which)
    for each, of_part in labels.items():
        said[part == each] = of_part
    inside = [below(file, root) for file in files]
    classes = tuple(class_names[k] if k >= 0 else "" for k in said) if labels else ()
    emit(FilesFound(tuple(map("/".join, inside)), classes))
    looks = look_at(files, root, emit, stop, every_frame=wanted.every_frame)
    source, frames, looks = _frames(files, looks, wanted, stop)
    pixels = FilePixels([files[k] for k in source], root, looks, wanted, notes, emit, stop, frames=frames)
    emit(Progress(len(files), len(files), "looking at images"))
    columns = _columns([_readable(inside[k]) for k in source.tolist()], frames, folders=not labels)
    rows = {each: np.flatnonzero(part[source] == each) for each in dict.fromkeys(which)}
    every = {
        each: Block(
            pixels,
            at,
            said[source][at] if each in labels else None,
            {name: values[at] for name, values in columns.items()},
        )
        for each, at in rows.items()
    }
    left = [block.take(np.flatnonzero(np.isin(block.rows, pixels.readable))) for block in every.values()]
    left, class_names = without_empty(left, list(every.values()), class_names)
    blocks = dict(zip(every, left, strict=True))
    train = blocks.pop("train")
    return Loaded(name, train, blocks.pop("test", None), class_names, others=blocks)


def _frames(
    files: list[Path], looks: list[Look | str], wanted: Wanted, stop: StopToken
) -> tuple[np.ndarray, list[int] | None, list[Look | str]]:
    """The file, the frame and the look of each image: the first of each file, or every one."""
    counts = [look.frames if isinstance(look, Look) else 1 for look in looks]
    if not wanted.every_frame or max(counts) == 1:
        return np.arange(len(files)), [0] * len(files) if wanted.every_frame else None, looks
    each: list[Look | str] = []
    for file, look, count in zip(files, looks, counts, strict=True):
        each += [look] if count == 1 else look_at_frames(file, count, stop)
    return np.repeat(np.arange(len(files)), counts), [k for count in counts for k in range(count)], each


def _readable(parts: tuple[str, ...]) -> tuple[str, ...]:
    return parts if "".join(parts).isascii() else tuple(map(readable, parts))


def _columns(inside: Inside, frames: list[int] | None, folders: bool) -> dict[str, np.ndarray]:
    """What is known of each image by its file: its name, the folder where that is no class, and the frame."""
    names = list(map("/".join, inside))
    columns = {}
    if folders and any(len(parts) > 1 for parts in inside):
        columns["folder"] = np.array(["/".join(parts[:-1]) for parts in inside])
    if frames is not None and any(frames):
        columns["stack"], columns["frame"] = np.array(names), np.array(frames, np.int64)
        counts = Counter(names)
        names = [frame_name(name, at) if counts[name] > 1 else name for name, at in zip(names, frames, strict=True)]
    return {"file": np.array(names), **columns}


def _deeper(inside: Inside, level: int) -> list[str]:
    """That images in folders below a class are of that class."""
    deep = [parts for parts in inside if len(parts) > level + 1]
    if not deep:
        return []
    lies = "1 image lies" if len(deep) == 1 else f"{len(deep):,} images lie"
    return [f"{lies} in folders below their class's, such as {'/'.join(deep[0])}, and belong to the class above"]


def _held(found: Listing) -> str:
    held = f"only {', '.join(found.others[:5])}" if found.others else "no files"
    rest = [note for note in found.notes if "ignored" not in note and "beside the images" not in note]
    return "; ".join([held, *rest])


def _instead(path: Path, found: Listing) -> str:
    arrays = [name for name in found.others if name.lower().endswith((".npz", ".npy"))]
    return f"Name {path / arrays[0]}, for example" if arrays else f"Name {KINDS}"


def _common_folders(inside: Inside) -> int:
    """How many folders all files have in common before there are sub-folders to tell them apart."""
    level = 0
    while len({parts[level] for parts in inside}) == 1 and all(len(parts) > level + 2 for parts in inside):
        if inside[0][level].lower() in TRAIN_FOLDERS:
            break
        level += 1
    return level


def _parts(inside: Inside, level: int, notes: list[str]) -> dict[str, str]:
    """The part that each folder at a level stands for, where there is one to train on; none where all are classes."""
    tops = list(dict.fromkeys(parts[level] for parts in inside if len(parts) > level + 1))
    train = [top for name in TRAIN_FOLDERS for top in tops if top.lower() == name]
    held_out = [top for name in HELD_OUT_FOLDERS for top in tops if top.lower() == name]
    if not train:
        if held_out and len(held_out) == len(tops):
            notes.append(f"{' and '.join(held_out)} are folders like others, because there is no train beside them")
        return {}
    beside = [top for top in tops if top not in (train[0], *held_out)]
    beside += ["/".join(parts) for parts in inside if len(parts) == level + 1][:1]
    if beside:
        if held_out:
            notes.append(f"{train[0]} and {held_out[0]} are classes like others, because {beside[0]} lies beside them")
        return {}
    return {train[0]: "train", **{top: top.lower() if k else "test" for k, top in enumerate(held_out)}}


def _classes(
    inside: Inside, which: list[str], level: int, root: Path, notes: list[str]
) -> tuple[dict[str, np.ndarray], tuple[str, ...], str]:
    """By part the classes of its files, from the sub-folder at `level` of their paths; deeper folders belong to it.

    Returns
    -------
    labels : dict of ndarray
        None of parts whose files lie in no sub-folders.
    class_names : tuple of str
    trouble : str
        Why there are no classes, where some files lie in sub-folders and some beside them.
    """
    labelled: dict[str, list[str]] = {}
    for part in dict.fromkeys(which):
        mine = [parts for parts, each in zip(inside, which, strict=True) if each == part]
        loose = [parts for parts in mine if len(parts) == level + 1]
        if loose and len(loose) < len(mine):
            count, first = len(loose), "/".join(loose[0])
            lie, have = ("image lies", "has") if count == 1 else ("images lie", "have")
            return {}, (), f"{root}: {count:,} {lie} beside the sub-folders, such as {first}, and so {have} no class"
        if not loose:
            labelled[part] = [parts[level] for parts in mine]
    if not labelled:
        return {}, (), ""
    folders = sorted({name for names in labelled.values() for name in names}, key=lambda name: natural(Path(name)))
    place = {name: k for k, name in enumerate(folders)}
    codes = np.array([place[name] for names in labelled.values() for name in names], np.int64)
    labels, class_names, said = merged(codes, tuple(as_text(name) for name in folders), folders)
    notes += said
    ends = np.cumsum([len(names) for names in labelled.values()])
    return dict(zip(labelled, np.split(labels, ends[:-1]), strict=True)), class_names, ""
