"""The person's own images: a folder, an .npz or .npy array, idx files, or a single image; with columns where wished."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.core.paths import expanded
from latentexplorer.data import convert
from latentexplorer.data.image_set import ImageSet, ImageShape
from latentexplorer.data.labels import as_text, code_labels
from latentexplorer.data.load import image_set
from latentexplorer.data.pixels import ArrayPixels, Loaded, Part, Problems
from latentexplorer.data.readers import idx, image_folder
from latentexplorer.data.readers.csv_columns import LABEL_COLUMNS, read_columns
from latentexplorer.data.readers.numpy_files import NpzFile, map_npy, open_npz

KINDS = "a folder of images, an .npz, .npy or idx file, or an image"
IMAGE_KEYS = ("images", "imgs", "train_images", "x_train")
TEST_KEYS = ("test_images", "x_test")
LABEL_KEYS = {"images": "labels", "imgs": "labels", "train_images": "train_labels", "x_train": "y_train"}
TEST_LABEL_KEYS = {"test_images": "test_labels", "x_test": "y_test"}
HELD_OUT_FOLDERS = ("test", "testing", "val", "valid", "validation")
TRAIN_FOLDERS = ("train", "training")
MOST_COLUMN_BYTES = 1024
"""An array of an .npz with more bytes per image than this is no column."""
TODO = "Correct what is named, then load again"


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """The images at `data.path`, with the columns of `data.readers.csv_columns`."""
    columns = expanded(config.columns) if config.columns else None
    return find(expanded(config.path or ""), columns, config.size_px, emit, stop)


def read_images(
    path: Path,
    *,
    like: ImageShape | None = None,
    columns: Path | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> ImageSet:
    """All images of a person's own file or folder, in order.

    Parameters
    ----------
    path : Path
        A folder (sub-folders are classes), an .npz, .npy or idx file, or one image.
    like : (C, H, W) or None
        Bring the images to this shape, said in `notes`; None: as they are.
    columns : Path or None
        A CSV with one row per image.

    Raises
    ------
    DataError
        With everything that is wrong: which file, which value.
    """
    size = (like[1], like[2]) if like else None
    loaded = find(expanded(path), columns, size, emit, stop, whole=True)
    if len(loaded.train) == 0:
        raise DataError(f"{path} holds no images", f"Name {KINDS}")
    return image_set(loaded.train, loaded, size, like[0] if like else None, [], emit, stop)


def find(
    path: Path,
    columns: Path | None,
    size: tuple[int, int] | None,
    emit: Emit,
    stop: StopToken,
    *,
    whole: bool = False,
) -> Loaded:
    """What is at `path`, by its content; `whole`: sub-folders train and test are classes like others."""
    if path.is_dir():
        files = {} if image_folder.find(path, stop)[0] else idx.images_in(path)
        loaded = _idx(files, stop, emit) if files else _folder(path, size, emit, stop, whole)
    elif not path.exists():
        raise DataError(f"{path} is not there", f"Name {KINDS}")
    else:
        loaded = _file(path, size, emit, stop)
    beside = columns or _csv_beside(path)
    return _with_columns(loaded, beside, path) if beside else loaded


def _file(path: Path, size: tuple[int, int] | None, emit: Emit, stop: StopToken) -> Loaded:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", f"Name {KINDS}") from error
    if start.startswith(b"\x93NUMPY"):
        return _npy(path, emit, stop)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return read_npz(path, emit, stop)
    if start.startswith(b"\x1f\x8b") or (start[:2] == b"\0\0" and start[2:3] in {bytes([t]) for t in idx.TYPES}):
        return _idx({"train": path}, stop, emit)
    if path.suffix.lower() in image_folder.SUFFIXES:
        return _files([path], path.parent, size, path.stem, None, [], emit, stop)
    raise DataError(f"{path} is nothing that images are read from", f"Name {KINDS}")


# arrays


def _npy(path: Path, emit: Emit, stop: StopToken) -> Loaded:
    problems = Problems()
    pixels = _pixels(map_npy(path), "", problems, emit, stop)
    labels, names, notes = None, tuple[str, ...](), list[str]()
    if pixels is not None and (labels_path := _labels_beside(path)):
        values = np.asarray(map_npy(labels_path))
        labels, names, notes = code_labels(values, pixels.shape[0], None, problems)
        notes.append(f"labels from {labels_path.name}")
    part = Part.of(_sound(pixels, problems, path), labels)
    return Loaded(path.stem, part, None, names, tuple(notes))


def _pixels(values: np.ndarray, what: str, problems: Problems, emit: Emit, stop: StopToken) -> ArrayPixels | None:
    images, note = convert.as_nhwc(values)
    if images is None:
        problems.add(what + note)
        return None
    if len(images) == 0:
        problems.add(what + "there are no images in it")
        return None
    scale, wrong = convert.find_scale(images, emit, stop)
    for line in wrong:
        problems.add(what + line)
    return ArrayPixels(images, scale, [note] if note else []) if scale else None


def _sound(pixels: ArrayPixels | None, problems: Problems, path: Path) -> ArrayPixels:
    """The pixels, or one error for everything that is wrong with the file."""
    problems.raise_if_any(str(path), TODO)
    if pixels is None:
        raise DataError(f"{path} holds no images", f"Name {KINDS}")
    return pixels


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
        pixels = _pixels(file.read(key), "", problems, emit, stop)
        count = file.headers[key].shape[0] if file.headers[key].shape else 0
        labels, class_names, notes = None, tuple[str, ...](), list[str]()
        label_key = LABEL_KEYS.get(key, "labels")
        if label_key in file.headers:
            labels, class_names, notes = code_labels(_small_read(file, label_key), count, names, problems)
        columns, factor_names = _npz_columns(file, count, {key, label_key, "class_names"})
        test = _npz_test(file, pixels, names, problems, emit, stop) if pixels else None
    train = Part.of(_sound(pixels, problems, path), labels, columns)
    if test is None:
        return Loaded(path.stem, train, None, class_names, tuple(notes), factor_names)
    # Columns that only one part has could not be shown for the other.
    train, held_out, class_names = _one_naming(replace(train, columns={}), class_names, *test)
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
) -> tuple[Part, tuple[str, ...]] | None:
    key = next((key for key in TEST_KEYS if key in file.headers), None)
    if key is None:
        return None
    pixels = _pixels(file.read(key), f"{key}: ", problems, emit, stop)
    if pixels is None:
        return None
    if pixels.shape[1:] != train.shape[1:]:
        problems.add(f"{key} of shape {pixels.shape} does not go with images of shape {train.shape}")
    labels, class_names = None, tuple[str, ...]()
    if TEST_LABEL_KEYS[key] in file.headers:
        values = _small_read(file, TEST_LABEL_KEYS[key])
        labels, class_names, _ = code_labels(values, pixels.shape[0], names, problems)
    return Part.of(pixels, labels), class_names


def _one_naming(
    train: Part, train_names: tuple[str, ...], test: Part, test_names: tuple[str, ...]
) -> tuple[Part, Part, tuple[str, ...]]:
    """The labels of two parts on one list of classes; none where only one part has labels."""
    if train.labels is None or test.labels is None:
        return replace(train, labels=None), replace(test, labels=None), ()
    names = train_names + tuple(name for name in test_names if name not in train_names)
    place = np.array([names.index(name) for name in test_names], np.int64)
    return train, replace(test, labels=place[test.labels]), names


def _labels_beside(path: Path) -> Path | None:
    stem = path.stem
    names = [f"{stem}_labels.npy", f"{stem}-labels.npy"]
    if "images" in stem:
        names.append(stem.replace("images", "labels") + ".npy")
    return next((found for name in names if (found := path.with_name(name)).is_file()), None)


# idx


def _idx(files: dict[str, Path], stop: StopToken, emit: Emit) -> Loaded:
    parts: dict[str, tuple[Part, tuple[str, ...]]] = {}
    notes: list[str] = []
    for which, path in files.items():
        problems = Problems()
        pixels = _pixels(read := idx.read_idx(path, stop), "", problems, emit, stop)
        labels, names = None, tuple[str, ...]()
        beside = idx.labels_beside(path)
        if beside is not None:
            labels, names, changes = code_labels(idx.read_idx(beside, stop), len(read), None, problems)
            notes += [*changes, f"labels from {beside.name}"]
        parts[which] = Part.of(_sound(pixels, problems, path), labels), names
    name = next(iter(files.values())).name.split("images")[0].strip("-_.") or "images"
    if len(parts) == 1:
        ((part, names),) = parts.values()
        return Loaded(name, part, None, names, tuple(notes))
    (train, train_names), (test, test_names) = parts["train"], parts["test"]
    if train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise DataError(f"{files['train']} and {files['test']} hold images of different shapes", "Name one of them")
    train, test, names = _one_naming(train, train_names, test, test_names)
    folder = files["train"].parent
    return Loaded(folder.parent.name if folder.name == "raw" else folder.name, train, test, names, tuple(notes))


# image files


def _folder(path: Path, size: tuple[int, int] | None, emit: Emit, stop: StopToken, whole: bool) -> Loaded:
    files, others = image_folder.find(path, stop)
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
        return _files(files, path, size, path.name, None, notes, emit, stop)
    if held_out[1:]:
        notes.append(f"held out is {held_out[0]}; {', '.join(held_out[1:])} not used")
    chosen = [file for file in files if file.relative_to(path).parts[0] in (train, held_out[0])]
    return _files(chosen, path, size, path.name, (train, held_out[0]), notes, emit, stop)


def _files(
    files: list[Path],
    root: Path,
    size: tuple[int, int] | None,
    name: str,
    split: tuple[str, str] | None,
    notes: list[str],
    emit: Emit,
    stop: StopToken,
) -> Loaded:
    looks = image_folder.look_at(files, root, emit, stop)
    target, changes = image_folder.common_target(looks, size)
    pixels = image_folder.FilePixels(files, root, target, [*notes, *changes])
    inside = [file.relative_to(root).parts for file in files]
    labels, class_names = _folder_classes(root, inside, 1 if split else 0)
    relative = np.array(["/".join(parts) for parts in inside])
    part = Part.of(pixels, labels, {"file": relative})
    emit(Progress(len(files), len(files), "looking at images"))
    if split is None:
        return Loaded(name, part, None, class_names)
    of_train = np.array([parts[0] == split[0] for parts in inside])
    return Loaded(name, part.take(np.flatnonzero(of_train)), part.take(np.flatnonzero(~of_train)), class_names)


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
    names = sorted(found, key=lambda name: image_folder.natural(Path(name)))
    place = {name: k for k, name in enumerate(names)}
    labels = np.array([place[parts[level]] for parts in inside], np.int64)
    return labels, tuple(as_text(name) for name in names)


# columns


def _csv_beside(path: Path) -> Path | None:
    beside = path / "columns.csv" if path.is_dir() else path.with_suffix(".csv")
    return beside if beside.is_file() and beside != path else None


def _with_columns(loaded: Loaded, csv_path: Path, path: Path) -> Loaded:
    """Add the columns of a CSV; its `label` or `class` becomes the labels of a set that has none."""
    if loaded.test is not None:
        if "file" not in loaded.train.columns:
            raise DataError(
                f"{csv_path} goes with one list of images, and {path} holds two", "Leave data.columns empty"
            )
        parts = []
        for part in (loaded.train, loaded.test):
            columns, notes = read_columns(csv_path, len(part), [str(name) for name in part.columns["file"]])
            parts.append(replace(part, columns={**part.columns, **columns}))
        return replace(loaded, train=parts[0], test=parts[1], notes=(*loaded.notes, *notes))
    part = loaded.train
    own_files = part.columns.get("file")
    columns, notes = read_columns(csv_path, len(part), None if own_files is None else [str(f) for f in own_files])
    labels, class_names = part.labels, loaded.class_names
    label_column = next((name for name in columns if name.lower() in LABEL_COLUMNS), None)
    if labels is None and label_column is not None:
        problems = Problems()
        labels, class_names, changes = code_labels(columns[label_column], len(part), None, problems)
        problems.raise_if_any(str(csv_path), TODO)
        notes += [f"classes from its column {label_column!r}", *changes]
    part = replace(part, labels=labels, columns={**part.columns, **columns})
    return replace(loaded, train=part, class_names=class_names, notes=(*loaded.notes, *notes))
