"""Images in numpy's files: which array of an .npz holds them, and what the others say of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit
from latentexplorer.data import convert
from latentexplorer.data.labels import as_column, as_text
from latentexplorer.data.pixels import NOT_KNOWN, ArrayPixels, Block, Loaded, Problems
from latentexplorer.data.readers.arrays import pixels_of, sound, whites_of
from latentexplorer.data.readers.folder_walk import counted
from latentexplorer.data.readers.label_arrays import Columns, LabelArrays
from latentexplorer.data.readers.npz_names import CLASS_NAMES, IMAGES, LABELS, image_arrays, labels_of, part_and_rest
from latentexplorer.data.readers.numpy_files import NpzFile, map_npy, open_npz

MOST_COLUMN_BYTES = 1024
"""An array of an .npz with more bytes per image than this is no column."""


def read_npy(path: Path, emit: Emit, stop: StopToken, whites: Mapping[str, float] = NOT_KNOWN) -> Loaded:
    """The images of an .npy, memory-mapped, with the labels of a file beside it (NAME_labels.npy).

    Parameters
    ----------
    whites : mapping
        White values of images that these belong to, by kind of number.
    """
    problems = Problems()
    values = map_npy(path)
    pixels = pixels_of(values, "", problems, emit, stop, whites)
    arrays, notes = {}, []
    if labels_path := _labels_beside(path):
        arrays["train"] = labels_path.stem, np.asarray(map_npy(labels_path))
        notes.append(f"labels from {labels_path.name}")
    said = LabelArrays(arrays, None, {"train": len(values) if values.ndim else 0}, problems)
    blocks, names = said.onto({"train": Block.of(sound(pixels, problems, path))})
    return Loaded(path.stem, blocks["train"], None, names, (*said.notes, *notes))


def read_npz(
    path: Path, emit: Emit, stop: StopToken, *, every: bool = False, whites: Mapping[str, float] = NOT_KNOWN
) -> Loaded:
    """The images of an .npz, with labels, class names, known factors and other columns where they are there.

    Images are in `images` (or `imgs`, `train_images`, `x_train`, or the only array that can be images), held-out ones
    in `test_images`, `x_test` and so on, labels in `labels`, `label`, `y` or `target` (`train_labels`, `y_train`, ...),
    names in `class_names`. A table of labels (N, K) becomes K columns. Other arrays with one number or text per image
    become columns; `latents_classes` with `latents_names`, as in dSprites, known factors.

    Parameters
    ----------
    every : bool
        Whether validation images beside test images are wanted too.
    whites : mapping
        White values of images that these belong to, by kind of number.
    """
    problems = Problems()
    with open_npz(path, stop) as file:
        arrays, unused, notes = _parts(file, every)
        pixels: dict[str, ArrayPixels | None] = {}
        for part, name in arrays.items():
            what = "" if part == "train" else f"{name}: "
            known = {**whites_of(pixels.get("train")), **whites}
            pixels[part] = pixels_of(file.read(name), what, problems, emit, stop, known)
        counts = {part: (file.headers[name].shape or (0,))[0] for part, name in arrays.items()}
        for part, of_part in pixels.items():
            if of_part and pixels["train"] and of_part.shape[1:] != pixels["train"].shape[1:]:
                shape = pixels["train"].shape
                problems.add(f"{arrays[part]} of shape {of_part.shape} does not go with images of shape {shape}")
        labels, names = _labels(file, arrays)
        said = LabelArrays(labels, names, counts, problems)
        used = {*arrays.values(), *unused, *(name for name, _ in labels.values()), *CLASS_NAMES}
        columns, factor_names, unread = _columns(file, arrays, counts, used)
        others = file.others
    blocks = {part: Block.of(sound(of_part, problems, path), columns=columns[part]) for part, of_part in pixels.items()}
    convert.share([block.pixels.scales for block in blocks.values()])
    blocks, class_names = said.onto(blocks)
    left = (
        counted(unread, "array is not read", "arrays are not read"),
        counted([as_text(name) for name in others], "file in it is no array", "files in it are no arrays"),
    )
    notes += [*said.notes, *filter(None, left)]
    train = blocks.pop("train")
    return Loaded(path.stem, train, blocks.pop("test", None), class_names, tuple(notes), factor_names, others=blocks)


def _parts(file: NpzFile, every: bool) -> tuple[dict[str, str], list[str], list[str]]:
    """The array of images of each part that is wanted, the one to train on first; others; what is said of them."""
    found = image_arrays({name: header.shape for name, header in file.headers.items()})
    train = found.pop("", None) or found.pop("train", None)
    if train is None:
        train = _only_images(file)
        found = {part: name for part, name in found.items() if name != train}
    arrays, notes = {"train": train}, list[str]()
    held_out = next((part for part in ("test", "val") if part in found), None)
    if held_out is not None:
        arrays["test"] = found.pop(held_out)
    if every:
        return arrays | found, [], notes
    if found:
        used = f"held out is {arrays['test']}" if held_out else f"images are {train}"
        notes.append(f"{used}; {', '.join(found.values())} not used")
    return arrays, list(found.values()), notes


def _only_images(file: NpzFile) -> str:
    could = [name for name, header in file.headers.items() if len(header.shape) in (3, 4)]
    if len(could) == 1:
        return could[0]
    if not file.headers and file.others:
        count = counted([as_text(name) for name in file.others], "file that is no array", "files that are no arrays")
        raise DataError(f"{file.path} holds {count}", "Unpack it, and name the folder that it was unpacked into")
    held = ", ".join(f"{as_text(name)} {header.shape}" for name, header in list(file.headers.items())[:8]) or "nothing"
    raise DataError(f"{file.path} has no array named images (it holds {held})", "Save it with images=..., labels=...")


def _labels(file: NpzFile, arrays: dict[str, str]) -> tuple[dict[str, tuple[str, np.ndarray]], np.ndarray | None]:
    """The array of labels of each part, and the names of the classes."""
    labels = {}
    for part, images in arrays.items():
        said, _ = part_and_rest(images)
        name = labels_of(said, file.headers)
        if name is None and part == "train":
            name = labels_of("" if said else "train", file.headers)
        if name is not None:
            labels[part] = name, _small_read(file, name)
    key = next((name for name in CLASS_NAMES if _small(file, name)), None)
    return labels, None if key is None else file.read(key)


def _small(file: NpzFile, key: str) -> bool:
    return key in file.headers and file.headers[key].nbytes <= 64 * 1024**2


def _small_read(file: NpzFile, key: str) -> np.ndarray:
    header = file.headers[key]
    if header.nbytes > MOST_COLUMN_BYTES * max(header.shape[0] if header.shape else 1, 1):
        raise file.damaged(f"array {key!r} of shape {header.shape} and type {header.dtype} is too large for labels")
    return file.read(key)


def _columns(
    file: NpzFile, arrays: dict[str, str], counts: dict[str, int], used: set[str]
) -> tuple[dict[str, Columns], tuple[str, ...], list[str]]:
    """Columns of each part, the names of known factors, and the arrays that are neither."""
    columns: dict[str, Columns] = {part: {} for part in arrays}
    factor_names: list[str] = []
    unread: list[str] = []
    part_of = {part_and_rest(name)[0]: part for part, name in arrays.items()}
    for name, header in file.headers.items():
        if name in used or name == "latents_names":
            continue
        plain = header.dtype.kind in "buifUS" and header.dtype.itemsize <= MOST_COLUMN_BYTES
        said, rest = part_and_rest(name)
        # Whose it is, its name says; one without a part in its name belongs to the images without one, or to train on.
        part = part_of.get(said, "" if said else "train")
        fits = plain and bool(part) and header.shape[:1] == (counts[part],)
        if fits and len(header.shape) == 1:
            columns[part][as_text(rest if said else name)] = as_column(file.read(name))
        elif fits and name == "latents_classes" and len(header.shape) == 2 and header.shape[1] <= 64:
            codes = file.read(name)
            names = file.read("latents_names") if _small(file, "latents_names") else np.arange(codes.shape[1])
            if names.shape == (codes.shape[1],):
                factor_names = [as_text(factor) for factor in names]
                columns[part] |= dict(zip(factor_names, codes.T, strict=True))
        else:
            unread.append(f"{as_text(name)} {header.shape}")
    return columns, tuple(dict.fromkeys(factor_names)), unread


def _labels_beside(path: Path) -> Path | None:
    stem = path.stem
    names = [f"{stem}_labels.npy", f"{stem}-labels.npy"]
    part, rest = part_and_rest(stem)
    for base in LABELS:
        if "images" in stem and base in ("labels", "label"):
            names.append(stem.replace("images", base) + ".npy")
        if rest in IMAGES:
            names += [f"{base}_{part}.npy", f"{part}_{base}.npy"] if part else [f"{base}.npy"]
    return next((found for name in names if (found := path.with_name(name)).is_file() and found != path), None)
