"""A few images of a set as it is on this machine: nothing is downloaded, and not all of it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import SOURCES
from latentexplorer.core.config import DataConfig
from latentexplorer.core.events import ignore
from latentexplorer.core.paths import expanded
from latentexplorer.data import torchvision_sets
from latentexplorer.data.own_images import read_images

SIDE_PX = 48
"""Of a person's own images: they may be large, and of several sizes."""


@dataclass(frozen=True, eq=False)
class Glimpse:
    """Some images of a set.

    Attributes
    ----------
    images : ndarray (n, H, W, C), uint8
        Of its classes in turn; none where the set is not on this machine.
    counts : (int, int)
        Images to train on and held out that are there; zeros where they were not counted.
    """

    images: np.ndarray = field(default_factory=lambda: np.empty((0, 1, 1, 1), np.uint8), repr=False)
    counts: tuple[int, int] = (0, 0)


def glimpse(data: DataConfig, count: int, stop: StopToken) -> Glimpse:
    """Look at `count` images of the set that settings name.

    Raises
    ------
    DataError
        Where what is there cannot be read.
    Stopped
    """
    source = data.source
    if source.needs == "path":
        own = read_images(
            expanded(data.path or ""),
            like=(3, SIDE_PX, SIDE_PX),
            fit="crop",
            skip_unreadable=True,
            choose=partial(_spread, count),
            stop=stop,
        )
        return Glimpse(own.images)
    find = torchvision_sets.find if source.needs == "root" else SOURCES.load(data.name)
    loaded = find(data, ignore, stop)
    if loaded is None:
        return Glimpse()
    block = loaded.train.take(_of_each_class(loaded.train.labels, len(loaded.train), count))
    return Glimpse(block.pixels.read(block.rows), (len(loaded.train), len(loaded.test) if loaded.test else 0))


def _spread(count: int, there: int) -> np.ndarray:
    return np.unique(np.linspace(0, max(there - 1, 0), min(count, there)).astype(int))


def _of_each_class(labels: np.ndarray | None, there: int, count: int) -> np.ndarray:
    """Positions of images of the classes in turn."""
    if labels is None:
        return _spread(count, there)
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    sizes = np.diff([*starts, there])
    places = [(number % len(starts), number // len(starts)) for number in range(count)]
    return np.array([order[starts[k] + j] for k, j in places if j < sizes[k]], dtype=int)
