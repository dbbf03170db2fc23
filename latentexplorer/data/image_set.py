"""Images with what is known of them, and the pair of sets that a model is trained and tested on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from latentexplorer.core.errors import DataError
from latentexplorer.data import big_arrays

ImageShape = tuple[int, int, int]
"""(C, H, W)"""

FINGERPRINT_IMAGES = 256


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images of one size and colour.

    Attributes
    ----------
    images : ndarray (N, H, W, C), uint8
        C is 1 or 3. May be a memory map; never written to.
    labels : ndarray (N,), int64, or None
        Class of each image, 0..K-1.
    class_names : tuple of K str
        Empty where there are no labels, in the other part of a `DataSplit` neither.
    columns : dict of ndarray (N,)
        Numbers or text beside the labels: known factors, the columns of a CSV.
    name : str
        What the set is called, for a person.
    notes : tuple of str
        What was changed on loading, one line each.
    ids : ndarray (N,), int64, or None
        Position of each image in its source: in the list of all its files, or in its array. None: 0..N-1.
    factor_names : tuple of str
        The columns that are known generative factors, see `latentexplorer.data.factors`.
    left_out : tuple of str
        Every file of the source that could not be read and was left out, each with the reason.
    whites : dict of str to float
        The values that became white, by kind of number (`convert.kind_of`).
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    name: str = ""
    notes: tuple[str, ...] = ()
    ids: np.ndarray | None = None
    factor_names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    whites: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        images = self.images
        if images.ndim != 4 or images.dtype != np.uint8 or images.shape[3] not in (1, 3):
            raise DataError(f"Images must be uint8 of shape (N, H, W, 1 or 3), not {images.dtype} {images.shape}")
        beside = {"labels": self.labels, "ids": self.ids, **self.columns}
        for name, values in beside.items():
            if values is not None and values.shape != (len(images),):
                raise DataError(f"{name}: shape {values.shape} beside {len(images)} images")
        if self.labels is not None and len(self.labels):
            low, high = int(self.labels.min()), int(self.labels.max())
            if low < 0 or high >= len(self.class_names):
                raise DataError(f"Labels from {low} to {high} do not fit {len(self.class_names)} classes")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> ImageShape:
        """(C, H, W)"""
        _, height, width, channels = self.images.shape
        return channels, height, width

    @property
    def num_classes(self) -> int:
        """Classes, 0 where there are no labels."""
        return len(self.class_names) if self.labels is not None else 0

    @property
    def alike(self) -> bool:
        """Whether all images are the same, as far as `FINGERPRINT_IMAGES` of them tell: one image always is."""
        count = min(len(self), FINGERPRINT_IMAGES)
        some = self.images[np.linspace(0, max(len(self) - 1, 0), count).astype(int)]
        return bool((some == some[:1]).all())

    def take(self, index: np.ndarray | slice | list[int]) -> ImageSet:
        """The images at `index` (positions, booleans or a slice), in that order, with everything beside them.

        A range of a memory map stays a view; any other choice is copied, into a file where it is large.
        """
        rows = np.arange(len(self))[np.asarray(index, int) if isinstance(index, list) else index]
        return replace(
            self,
            images=big_arrays.gather(self.images, rows),
            labels=None if self.labels is None else self.labels[rows],
            columns={name: values[rows] for name, values in self.columns.items()},
            ids=rows if self.ids is None else self.ids[rows],
        )


@dataclass(frozen=True, eq=False)
class DataSplit:
    """Images to train on and images held out; `test` may be empty. Both have the same classes and image shape.

    One of them may have no labels.

    Attributes
    ----------
    grey : ImageSet or None
        The images of `train` in grey, where each epoch of a training draws them black and white anew; `train` holds
        one definite draw, for everybody who looks at them.
    """

    train: ImageSet
    test: ImageSet
    grey: ImageSet | None = None

    def __post_init__(self) -> None:
        for what in ("image_shape", "class_names"):
            ours, theirs = getattr(self.train, what), getattr(self.test, what)
            if ours != theirs:
                raise DataError(f"Training and held-out images differ in {what}: {ours} and {theirs}")

    @property
    def name(self) -> str:
        """What the set is called."""
        return self.train.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed on loading, of both parts, without repeats."""
        return tuple(dict.fromkeys(self.train.notes + self.test.notes))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Every file that could not be read and was left out, each with the reason."""
        return tuple(dict.fromkeys(self.train.left_out + self.test.left_out))

    @property
    def whites(self) -> dict[str, float]:
        """The values that became white, by kind of number, the same for both parts."""
        return self.train.whites | self.test.whites

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, empty where there are none."""
        return self.train.class_names

    @property
    def num_classes(self) -> int:
        """Classes, 0 where there are no labels."""
        return self.train.num_classes

    @property
    def image_shape(self) -> ImageShape:
        """(C, H, W)"""
        return self.train.image_shape

    def require_labels(self, whose: str) -> None:
        """Refuse parts without labels for a model `whose` images need them, naming the part.

        Raises
        ------
        DataError
        """
        parts = {"training": self.train, "held-out": self.test}
        without = [name for name, part in parts.items() if len(part) and part.labels is None]
        if len(without) == 2 or (without and not len(self.test)):
            raise DataError(
                f"{whose} is told the class of each image, and these images carry no labels",
                "Take a family without 'c' in front, or images with labels",
            )
        if without:
            todo = "Label them too" + (", or set data.held_out_from=train" if without == ["held-out"] else "")
            raise DataError(
                f"{whose} is told the class of each image, and the {without[0]} images of {self.name} carry no labels",
                todo,
            )

    @cached_property
    def fingerprint(self) -> str:
        """Tells whether a run's data is the same: SHA-256 over shapes, labels and a fixed sample of the images."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            digest.update(repr((part.images.shape, part.class_names)).encode())
            if part.labels is not None:
                digest.update(np.ascontiguousarray(part.labels, "<i8").tobytes())
            count = min(len(part), FINGERPRINT_IMAGES)
            for position in np.linspace(0, max(len(part) - 1, 0), count).astype(int):
                digest.update(np.ascontiguousarray(part.images[position]).tobytes())
        return digest.hexdigest()
