"""What is known by now of a person's images, as plain data: counts, sizes, classes, small pictures, columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import FileSeen
from latentexplorer.core.paths import expanded, is_folder
from latentexplorer.data import convert
from latentexplorer.data.image_set import DataSplit
from latentexplorer.data.pixels import NOT_KNOWN, Wanted
from latentexplorer.data.readers.file_pixels import FilePixels
from latentexplorer.data.readers.image_files import Look
from latentexplorer.data.resizing import resize

THUMBNAIL_PX = 96
MOST_NAMED = 1000
"""Distinct values of a column that can be classes, at most."""


@dataclass(frozen=True)
class ClassSeen:
    """A class, how many images it has, and a few of them, small, (H, W, C) uint8."""

    name: str
    count: int
    thumbnails: tuple[np.ndarray, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class ColumnSeen:
    """A column beside the images: how many different values it has, some of them, and whether they can be classes."""

    name: str
    distinct: int
    examples: tuple[str, ...]
    can_be_classes: bool


@dataclass(frozen=True)
class Survey:
    """What is known by now of a person's images.

    Attributes
    ----------
    settings : DataConfig
        What they are read with.
    stage : "finding", "looking", "reading" or "done"
    progress : (done, total)
        Of the stage, in images; total 0 where it is not known yet.
    images : int
        How many there are, with those that cannot be read.
    sizes : tuple of (height, width, count)
        The most common first.
    kinds : tuple of (text, count)
        Colours and depths as the files say, the most common first.
    classes : tuple of ClassSeen
        One without a name where there are no classes.
    columns : tuple of ColumnSeen
        What stands in a CSV or in other arrays beside the images.
    unreadable : tuple of (file, reason)
    train, held_out : int
        How many there will be to train on and held out; 0 while it is not known.
    shape : (C, H, W) or None
        What all of them become.
    notes : tuple of str
        Everything that is changed, left out or chosen, as it is said when they are loaded.
    problem, todo : str
        Why they cannot be loaded so, and what to do about it; "" where they can.
    suggested : tuple of str
        Settings as `KEY=VALUE` that suit these images better than those in force.
    """

    settings: DataConfig
    stage: str = "finding"
    progress: tuple[int, int] = (0, 0)
    images: int = 0
    sizes: tuple[tuple[int, int, int], ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    classes: tuple[ClassSeen, ...] = ()
    columns: tuple[ColumnSeen, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    train: int = 0
    held_out: int = 0
    shape: tuple[int, int, int] | None = None
    notes: tuple[str, ...] = ()
    problem: str = ""
    todo: str = ""
    suggested: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where the images are."""
        return expanded(self.settings.path or "")

    @property
    def labelled(self) -> bool:
        """Whether there are classes."""
        return any(found.name for found in self.classes)

    @property
    def done(self) -> bool:
        """Whether nothing more will become known."""
        return self.stage == "done"

    def to_json(self) -> dict[str, Any]:
        """As plain values, without the thumbnails."""
        named = [found for found in self.classes if found.name]
        return {
            "path": str(self.path),
            "images": self.images,
            "train": self.train,
            "held_out": self.held_out,
            "shape": None if self.shape is None else list(self.shape),
            "sizes": [{"height": height, "width": width, "count": count} for height, width, count in self.sizes],
            "kinds": [{"kind": kind, "count": count} for kind, count in self.kinds],
            "classes": [{"name": found.name, "count": found.count} for found in named],
            "columns": [asdict(column) for column in self.columns],
            "unreadable": [{"file": file, "reason": reason} for file, reason in self.unreadable],
            "notes": list(self.notes),
            "problem": self.problem,
            "todo": self.todo,
            "suggested": list(self.suggested),
            "settings": self.settings.model_dump(mode="json", exclude_unset=True),
        }


def columns_of(data: DataSplit) -> tuple[ColumnSeen, ...]:
    """The columns beside the images; the one that names their files is none."""
    found = []
    for name, values in data.train.columns.items():
        if name == "file":
            continue
        # An image without a number has no class, and the others may have one.
        there = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        distinct = np.unique(there)
        whole = values.dtype.kind in "biuUS" or bool(np.all(there == np.rint(there)))
        can_be = whole and 1 < len(distinct) <= min(MOST_NAMED, max(len(values) // 2, 2))
        examples = tuple(str(value) for value in distinct[:4])
        found.append(ColumnSeen(name, len(distinct), examples, can_be))
    return tuple(found)


def thumbnail(
    root: Path, seen: FileSeen, whites: Mapping[str, float] | None = None, stop: StopToken = NEVER
) -> tuple[list[np.ndarray], bool]:
    """A file as a small picture of its own proportions; none where it cannot be decoded, which is told elsewhere.

    Parameters
    ----------
    whites : mapping or None
        White values of the set (`DataSplit.whites`); None: they are not known yet.

    Returns
    -------
    pictures : list of ndarray (H, W, C), uint8
        One or none.
    alone : bool
        Whether what is white in it was judged from it alone.
    """
    scale = min(THUMBNAIL_PX / max(seen.height, seen.width), 1)
    height, width = max(round(seen.height * scale), 2), max(round(seen.width * scale), 2)
    folder = root if is_folder(root) else root.parent
    deep = seen.kind.startswith(("16-bit", "32-bit", "float"))
    look = Look(seen.height, seen.width, 1 if "grey" in seen.kind else 3, seen.kind, deep)
    wanted = Wanted((height, width), look.channels, "squash", skip_unreadable=True, whites=whites or NOT_KNOWN)
    try:
        pixels = FilePixels([folder / seen.file], folder, [look], wanted, [], stop=stop)
        if whites is not None:
            convert.adopt(pixels.scales, whites)
        image = pixels.read(np.array([0]))[0]
        alone = whites is None and (deep or pixels.scales["uint8"].white != 255)
        return ([], False) if pixels.finish() else ([image], alone)
    except DataError:
        # By itself its values fit no scale; whether they do among those of the whole set, loading it says.
        return [], False


def small(image: np.ndarray) -> np.ndarray:
    """An image (H, W, C) uint8, no larger than a thumbnail."""
    height, width, _ = image.shape
    scale = min(THUMBNAIL_PX / max(height, width), 1)
    if scale == 1:
        return np.array(image)
    smaller: np.ndarray = resize(image[None], max(round(height * scale), 2), max(round(width * scale), 2), "squash")[0]
    return smaller
