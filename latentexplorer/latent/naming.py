"""What an image is called outside of a run: its file, its position in the source, its part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentexplorer.data import ImageSet
from latentexplorer.runs import Trained

COUNTS = "Position in the source unknown, because the images are not there: `position` counts within the run's part"


@dataclass(frozen=True)
class Named:
    """Names of N images, by which results of several programs can be joined.

    Attributes
    ----------
    index : ndarray (N,), int64, or None
        Position in the source, before anything was held out or left out: in the list of all files, or in the array.
        None where the images are not there.
    file : ndarray (N,) of str, or None
        Path within the folder; None where images are not files, or not there.
    """

    index: np.ndarray | None = None
    file: np.ndarray | None = None

    @classmethod
    def of(cls, images: ImageSet) -> Named:
        """The names of all images of a set."""
        index = np.arange(len(images)) if images.ids is None else images.ids
        file = images.columns.get("file")
        return cls(np.asarray(index, np.int64), file if file is not None and file.dtype.kind == "U" else None)

    def take(self, rows: np.ndarray) -> Named:
        """Those of the images at `rows`."""
        return Named(*(None if values is None else values[rows] for values in (self.index, self.file)))


def named(trained: Trained, part: str, positions: np.ndarray) -> Named:
    """The names of the images at `positions` of a run's part (`Codes.index`)."""
    return Named() if trained.data is None else Named.of(trained.images(part)).take(positions)


def class_names(trained: Trained, labels: np.ndarray | None, count: int) -> list[str]:
    """The class of each of `count` images by its name; "" where it has none."""
    if labels is None:
        return [""] * count
    return [trained.class_names[label] if 0 <= label < len(trained.class_names) else "" for label in labels.tolist()]


def table(trained: Trained, part: str, positions: np.ndarray, labels: np.ndarray | None) -> dict[str, list[object]]:
    """Columns of a CSV that say which image each row is of: `index`, `label`, `file`, `class`, `part`, `position`."""
    names, count = named(trained, part, positions), len(positions)
    empty: list[object] = [""] * count
    return {
        "index": empty if names.index is None else names.index.tolist(),
        "label": empty if labels is None else labels.tolist(),
        "file": empty if names.file is None else names.file.tolist(),
        "class": list(class_names(trained, labels, count)),
        "part": [part] * count,
        "position": positions.tolist(),
    }
