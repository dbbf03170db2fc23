"""Fashion-MNIST, MNIST, KMNIST, CIFAR-10 and SVHN, in torchvision's layout, packed or not, as a subset, or fetched.

The idx sets are read by our own reader, which needs neither torch nor a writable folder. CIFAR-10 and SVHN go through
torchvision, which reads their official files only after their checksums: those of CIFAR-10 are pickles, the one
exception to never unpickling.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit
from latentexplorer.core.paths import cache_dir, data_root, expanded
from latentexplorer.data.download import DownloadError, fetch
from latentexplorer.data.pixels import ArrayPixels, Block, Loaded
from latentexplorer.data.published import CIFAR10, SETS, SVHN, PublishedSet
from latentexplorer.data.readers import idx
from latentexplorer.data.readers.numpy_images import read_npz

Parts = dict[str, Block]
"""The parts found: "train", "test" or both."""

NEED_NO_FILES = "choose digits, shapes or glyphs, which need no files"


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """The set from the data folder or the cache, else downloaded."""
    found = find(config, emit, stop)
    if found is not None:
        return found
    wanted, root, cache = SETS[config.name], _root(config), cache_dir() / "datasets"
    target = _writable(root) or cache
    _download(wanted, target, root, emit, stop)
    found = _find(wanted, target, emit, stop)
    if found is None:
        raise DataError(f"{wanted.title} was downloaded to {target} but cannot be found there", "Load it again")
    return found


def find(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded | None:
    """The set from the data folder or the cache; None where it would have to be downloaded."""
    wanted, root, cache = SETS[config.name], _root(config), cache_dir() / "datasets"
    for folder in [cache] if root is None else [root, cache]:
        if found := _find(wanted, folder, emit, stop):
            return found
    return None


def _root(config: DataConfig) -> Path | None:
    return expanded(config.root) if config.root else data_root()


def _find(wanted: PublishedSet, root: Path, emit: Emit, stop: StopToken) -> Loaded | None:
    official = {CIFAR10.title: _cifar10, SVHN.title: _svhn}.get(wanted.title, _idx)
    if parts := official(wanted, root, stop):
        return _loaded(wanted, parts, ())
    return _npz_subset(wanted, root, emit, stop)


def _loaded(wanted: PublishedSet, parts: Parts, notes: tuple[str, ...]) -> Loaded:
    found = [*notes]
    for part, whole in zip(("train", "test"), wanted.counts, strict=True):
        if part not in parts:
            found.append(f"{'training' if part == 'train' else 'test'} images of {wanted.title} are not there")
        elif len(parts[part]) != whole:
            found.append(f"{len(parts[part]):,} of its {whole:,} {'training' if part == 'train' else 'test'} images")
    train, test = (parts["train"], parts.get("test")) if "train" in parts else (parts["test"], None)
    # Neighbours in SVHN are crops of one house number: a cut keeps them together, a draw would not.
    return Loaded(wanted.title, train, test, wanted.class_names, tuple(found), in_order=True)


def _checked(wanted: PublishedSet, images: np.ndarray, labels: np.ndarray, where: Path) -> Block:
    if images.dtype != np.uint8 or images.shape[1:] != wanted.shape or labels.shape != images.shape[:1]:
        raise DataError(
            f"{where} holds {images.dtype} {images.shape} and labels {labels.shape}, which is not {wanted.title}",
            "Replace it by the published file, or load it as your own images",
        )
    if len(labels) and not (labels.min() >= 0 and labels.max() < len(wanted.class_names)):
        raise DataError(f"{where} has labels from {labels.min()} to {labels.max()}", "Replace it by the published file")
    return Block.of(ArrayPixels(images), labels.astype(np.int64))


def _idx(wanted: PublishedSet, root: Path, stop: StopToken) -> Parts:
    parts: Parts = {}
    bases = [root / name for name in wanted.folders] + ([root] if root.name in wanted.folders else [])
    for folder in [base / raw for base in bases for raw in ("raw", "")]:
        for part, path in idx.images_in(folder) if folder.is_dir() else ():
            if part in parts:
                continue
            beside = idx.labels_beside(path)
            if beside is None:
                raise DataError(f"{path} has no labels beside it", f"Put the other files of {wanted.title} there too")
            parts[part] = _checked(wanted, idx.read_idx(path, stop)[..., None], idx.read_idx(beside, stop), path)
        if parts:
            return parts
    return parts


def _npz_subset(wanted: PublishedSet, root: Path, emit: Emit, stop: StopToken) -> Loaded | None:
    """Files such as cifar10/cifar10_train20000.npz; of several for one part the largest."""
    for folder in (root / name for name in wanted.folders):
        parts: Parts = {}
        notes = []
        for part in ("train", "test"):
            files = [path for path in folder.glob("*.npz") if part in path.stem] if folder.is_dir() else []
            if files:
                path = max(files, key=lambda path: (path.stat().st_size, path.name))
                own = read_npz(path, emit, stop).train
                images, labels = own.pixels.array(), own.labels
                if images is None or labels is None:
                    raise DataError(f"{path} is not {wanted.title}: it holds no uint8 images with labels")
                parts[part] = _checked(wanted, images, labels, path)
                notes.append(f"from {path.name}")
        if parts:
            return _loaded(wanted, parts, tuple(notes))
    return None


def _cifar10(wanted: PublishedSet, root: Path, stop: StopToken) -> Parts:
    roots = [root, *(root / name for name in wanted.folders)]
    base = next((base for base in roots if (base / "cifar-10-batches-py").is_dir()), None)
    archive = wanted.files[0]
    if base is None:
        packed = next((file for base in roots if (file := base / archive.name).is_file()), None)
        if packed is None:
            return {}
        base = _unpacked(packed, archive.md5, stop)
    reader = _torchvision("CIFAR10")
    where = base / "cifar-10-batches-py"
    return {
        "train": _through_torchvision(wanted, where, partial(reader, base, train=True)),
        "test": _through_torchvision(wanted, where, partial(reader, base, train=False)),
    }


def _svhn(wanted: PublishedSet, root: Path, stop: StopToken) -> Parts:
    parts: Parts = {}
    for base in [root, *(root / name for name in wanted.folders)]:
        for part in ("train", "test"):
            path = base / f"{part}_32x32.mat"
            if part not in parts and path.is_file():
                stop.check()
                read = partial(_torchvision("SVHN"), base, split=part)
                parts[part] = _through_torchvision(wanted, path, read)
    return parts


def _through_torchvision(wanted: PublishedSet, where: Path, read: Callable[[], Any]) -> Block:
    try:
        found = read()
    except (RuntimeError, OSError) as error:
        raise DataError(
            f"{where} is incomplete or not the official files of {wanted.title}, so it is not read",
            "Delete it to have it downloaded again, or save your own version as .npz and load that",
        ) from error
    images = np.asarray(found.data)
    if images.shape[1] == 3:
        images = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
    labels = found.targets if hasattr(found, "targets") else found.labels
    return _checked(wanted, images, np.asarray(labels), where)


def _torchvision(name: str) -> Any:
    try:
        from torchvision import datasets
    except (ImportError, RuntimeError, OSError) as error:
        raise DataError(
            f"torchvision, which reads this set, cannot be imported ({' '.join(str(error).split())[:120]})",
            "Install torch and torchvision together, in versions and builds that match",
        ) from error
    return getattr(datasets, name)


def _unpacked(packed: Path, md5: str, stop: StopToken) -> Path:
    """Folder of the unpacked archive: beside it where that can be written, else in the cache."""
    digest = hashlib.md5(usedforsecurity=False)
    with packed.open("rb") as file:
        while piece := file.read(4 * 1024**2):
            stop.check()
            digest.update(piece)
    if digest.hexdigest() != md5:
        raise DataError(f"{packed} is not the official archive (its checksum differs)", "Delete it or copy it again")
    target = _writable(packed.parent) or cache_dir() / "datasets"
    if not (target / "cifar-10-batches-py").is_dir():
        try:
            target.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target) as folder, tarfile.open(packed) as archive:
                for member in archive:
                    stop.check()
                    archive.extract(member, folder, filter="data")
                (Path(folder) / "cifar-10-batches-py").replace(target / "cifar-10-batches-py")
        except (OSError, tarfile.TarError) as error:
            raise DataError(
                f"{packed} cannot be unpacked: {error}", "Free some space, or unpack it yourself"
            ) from error
    return target


def _writable(folder: Path | None) -> Path | None:
    """The folder, made if need be, where files can be put into it."""
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def _download(wanted: PublishedSet, target: Path, root: Path | None, emit: Emit, stop: StopToken) -> None:
    folder = target / wanted.folders[0]
    if wanted.files[0].name.endswith("-ubyte.gz"):
        folder /= "raw"
    elif wanted is CIFAR10:
        folder = target
    for file in wanted.files:
        path = folder / file.name
        if path.is_file():
            continue
        try:
            fetch(list(file.urls), path, file.md5, emit, stop)
        except DownloadError as error:
            place = f"is not in {root}" if root else "is not on this computer"
            raise DataError(
                f"{wanted.title} {place} and could not be downloaded ({error})",
                f"Put {' and '.join(file.name for file in wanted.files)} into "
                f"{(root or target) / folder.relative_to(target)}, or {NEED_NO_FILES}",
            ) from error
