"""Images of the data: of one class, a few of each, or chosen ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import MAX_IMAGES, PART_NAMES, Array, Part, Pictures, View, ViewSettings, count_text
from latentexplorer.views.lookup import class_number, originals

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

Index = Annotated[int, Field(ge=0)]


class Settings(ViewSettings):
    """Which images."""

    part: Part = Field("train", title="Images", description="Training or held-out images.")
    label: str = Field("", max_length=200, title="Class", description="Only images of this class. Empty: all.")
    count: int = Field(
        60, ge=1, le=MAX_IMAGES, title="Count", description="How many images; where all classes are shown, in total."
    )
    index: tuple[Index, ...] = Field(
        (), max_length=MAX_IMAGES, title="Chosen images", description="Positions of the images, instead of the above."
    )


@dataclass(frozen=True)
class Result(Pictures):
    """B images, class by class where there are classes.

    Attributes
    ----------
    images : (B, H, W, C) uint8
    by_class : bool
        Whether the images are to be shown class by class, a row each.
    """

    images: Array
    by_class: bool


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Pick images of the data."""
    images = trained.images(settings.part)
    part = PART_NAMES[settings.part]
    if not len(images):
        raise DataError(f"There are no {part} images", "Choose the other part")
    labels = images.labels
    by_class = labels is not None and not settings.label and not settings.index
    name = f"{part} image"
    if settings.index:
        index = np.array(settings.index, np.int64)
        if index.max() >= len(images):
            raise SettingsError(f"There is no {part} image {index.max()}", f"There are {len(images):,}")
    elif settings.label:
        number = class_number(trained, settings.label)
        index = np.flatnonzero(labels == number)[: settings.count]
        if not index.size:
            raise SettingsError(f"No {part} image is of the class {trained.class_names[number]!r}")
        name = f"{name} of class {trained.class_names[number]}"
    elif labels is not None:
        index = _evenly(labels, settings.count)
    else:
        index = np.arange(min(settings.count, len(images)))
    one, many = name, name.replace("image", "images", 1)
    return Result(
        images=originals(trained, settings.part, index),
        index=index,
        labels=None if labels is None else labels[index],
        class_names=trained.class_names,
        part=settings.part,
        by_class=by_class,
        title="Gallery",
        subtitle=count_text(len(index), one, many),
        notes=(),
    )


def _evenly(labels: Array, count: int) -> Array:
    """The first images of each class, as many of each as fit into `count`, class by class."""
    classes = np.unique(labels)[:count]
    each = count // len(classes)
    return np.concatenate([np.flatnonzero(labels == number)[:each] for number in classes])


VIEW = View(Settings, compute)
