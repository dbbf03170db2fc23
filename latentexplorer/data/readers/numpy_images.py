"""Images in numpy's files: which array of an .npz holds them, and what the others say of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit
from latentexplorer.data import convert
from latentexplorer.data.labels import as_text, code_labels, on_one_list
from latentexplorer.data.pixels import ArrayPixels, Block, Loaded, Problems
from latentexplorer.data.readers.arrays import pixels_of, sound
from latentexplorer.data.readers.numpy_files import NpzFile, map_npy, open_npz

IMAGE_KEYS = ("images", "imgs", "train_images", "x_train")
TEST_KEYS = ("test_images", "x_test")
LABEL_KEYS = {"images": "labels", "imgs": "labels", "train_images": "train_labels", "x_train": "y_train"}
TEST_LABEL_KEYS = {"test_images": "test_labels", "x_test": "y_test"}
MOST_COLUMN_BYTES = 1024
"""An array of an .npz with more bytes per image than this is no column."""


def read_npy(path: Path, emit: Emit, stop: StopToken) -> Loaded:
    """The images of an .npy, memory-mapped, with the labels of a file beside it (NAME_labels.npy)."""
    problems = Problems()
    pixels = pixels_of(map_npy(path), "", problems, emit, stop)
    labels, names, notes = None, tuple[str, ...](), list[str]()
    if pixels is not None and (labels_path := _labels_beside(path)):
        values = np.asarray(map_npy(labels_path))
        labels, names, notes = code_labels(values, pixels.shape[0], None, problems)
        notes.append(f"labels from {labels_path.name}")
    block = Block.of(sound(pixels, problems, path), labels)
    return Loaded(path.stem, block, None, names, tuple(notes))


def read_npz(path: Path, emit: Emit, stop: StopToken) -> Loaded:
    """The images of an .npz, with labels, class names, known factors and other columns where they are there.

    Images are in `images` (or `imgs`, `train_images`, `x_train`, or the only array that can be images), held-out ones
    in `test_images` or `x_test`, labels in `labels` (`train_labels` and so on), names in `class_names`. Other arrays
    with one number or text per image become columns; `latents_classes` with `latents_names`, as in dSprites, known
    factors.
    """
    problems = Problems()
    with open_npz(path, stop) as file:
        key = next((key for key in IMAGE_KEYS if key in file.headers), None) or _only_images(file)
        names = file.read("class_names") if _small(file, "class_names") else None
        pixels = pixels_of(file.read(key), "", problems, emit, stop)
        count = file.headers[key].shape[0] if file.headers[key].shape else 0
        labels, class_names, notes = None, tuple[str, ...](), list[str]()
        label_key = LABEL_KEYS.get(key, "labels")
        if label_key in file.headers:
            labels, class_names, notes = code_labels(_small_read(file, label_key), count, names, problems)
        columns, factor_names = _npz_columns(file, count, {key, label_key, "class_names"})
        test = _npz_test(file, pixels, names, problems, emit, stop) if pixels else None
    train = Block.of(sound(pixels, problems, path), labels, columns)
    if test is None:
        return Loaded(path.stem, train, None, class_names, tuple(notes), factor_names)
    # Columns that only one part has could not be shown for the other.
    train, held_out, class_names = on_one_list(replace(train, columns={}), class_names, *test)
    return Loaded(path.stem, train, held_out, class_names, tuple(notes))


def _only_images(file: NpzFile) -> str:
    could = [name for name, header in file.headers.items() if len(header.shape) in (3, 4)]
    if len(could) == 1:
        return could[0]
    held = ", ".join(f"{as_text(name)} {header.shape}" for name, header in list(file.headers.items())[:8]) or "nothing"
    raise DataError(f"{file.path} has no array named images (it holds {held})", "Save it with images=..., labels=...")


def _small(file: NpzFile, key: str) -> bool:
    return key in file.headers and file.headers[key].nbytes <= 64 * 1024**2


def _small_read(file: NpzFile, key: str) -> np.ndarray:
    header = file.headers[key]
    if header.nbytes > MOST_COLUMN_BYTES * max(header.shape[0] if header.shape else 1, 1):
        raise file.damaged(f"array {key!r} of shape {header.shape} and type {header.dtype} is too large for labels")
    return file.read(key)


def _npz_columns(file: NpzFile, count: int, used: set[str]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    columns: dict[str, np.ndarray] = {}
    factor_names: list[str] = []
    for name, header in file.headers.items():
        plain = header.dtype.kind in "buifUS" and header.dtype.itemsize <= MOST_COLUMN_BYTES
        if name in used or not plain or header.shape[:1] != (count,):
            continue
        if len(header.shape) == 1:
            columns[as_text(name)] = file.read(name)
        elif name == "latents_classes" and len(header.shape) == 2 and header.shape[1] <= 64:
            codes = file.read(name)
            names = file.read("latents_names") if _small(file, "latents_names") else np.arange(codes.shape[1])
            if names.shape == (codes.shape[1],):
                factor_names = [as_text(factor) for factor in names]
                columns |= dict(zip(factor_names, codes.T, strict=True))
    return columns, tuple(dict.fromkeys(factor_names))


def _npz_test(
    file: NpzFile, train: ArrayPixels, names: np.ndarray | None, problems: Problems, emit: Emit, stop: StopToken
) -> tuple[Block, tuple[str, ...]] | None:
    key = next((key for key in TEST_KEYS if key in file.headers), None)
    if key is None:
        return None
    pixels = pixels_of(file.read(key), f"{key}: ", problems, emit, stop)
    if pixels is None:
        return None
    if pixels.shape[1:] != train.shape[1:]:
        problems.add(f"{key} of shape {pixels.shape} does not go with images of shape {train.shape}")
    convert.share([train.scales, pixels.scales])
    labels, class_names = None, tuple[str, ...]()
    if TEST_LABEL_KEYS[key] in file.headers:
        values = _small_read(file, TEST_LABEL_KEYS[key])
        labels, class_names, _ = code_labels(values, pixels.shape[0], names, problems)
    return Block.of(pixels, labels), class_names


def _labels_beside(path: Path) -> Path | None:
    stem = path.stem
    names = [f"{stem}_labels.npy", f"{stem}-labels.npy"]
    if "images" in stem:
        names.append(stem.replace("images", "labels") + ".npy")
    return next((found for name in names if (found := path.with_name(name)).is_file()), None)
