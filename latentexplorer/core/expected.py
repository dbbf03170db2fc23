"""What images a run will learn from, as far as that is known before any of them is read."""

from __future__ import annotations

from dataclasses import dataclass

from latentexplorer.core.config import DataConfig


@dataclass(frozen=True)
class Expected:
    """How many images there will be, and how large.

    Attributes
    ----------
    train, held_out : int
    shape : (int, int, int)
        Height, width, channels.
    classes : int
        0 where there are none.
    exact : bool
        Whether `train` is not a little more or less.
    """

    train: int
    held_out: int
    shape: tuple[int, int, int]
    classes: int
    exact: bool = True

    @property
    def train_text(self) -> str:
        """`1,000 images`, `about 1,440 images`."""
        if self.exact:
            return f"{self.train:,} image{'' if self.train == 1 else 's'}"
        return f"about {round(self.train, -1):,} images"


def expected(data: DataConfig, counts: tuple[int, int] | None = None) -> Expected | None:
    """The images that settings ask for; None where nothing is known of them before they are read.

    Parameters
    ----------
    counts : (int, int) or None
        Images to train on and held out that were found to be there, where that is not the whole set.
    """
    source = data.source
    train, held_out = counts or source.counts
    if not train:
        return None
    classes, least = source.balanced
    generated = "count" in source.own_settings
    whole = counts is None or counts == source.counts
    exact = True
    if generated and data.count is not None:
        train = data.count
    drawn = not held_out or (data.held_out_from == "train" and data.train_per_class is None and data.limit is None)
    if drawn:
        held_out = round(train * data.test_fraction)
        train, exact = train - held_out, False
        least = int(least * (1 - data.test_fraction)) - 1 if least else 0
    there = train
    if data.train_per_class is not None:
        wanted = classes * data.train_per_class
        as_many = generated and data.count is None
        exact = as_many or (whole and data.train_per_class <= least)
        train = wanted if as_many else min(train, wanted)
    if data.limit is not None and data.limit <= train:
        train, exact = data.limit, True
    if data.held_out_from == "train" and not drawn:
        held_out = there - train
    if data.test_per_class is not None:
        held_out = min(held_out, classes * data.test_per_class)
    height, width = data.size_px or source.shape[:2]
    channels = {"grey": 1, "rgb": 3}.get(data.color, source.shape[2])
    return Expected(train, held_out, (height, width, channels), classes if source.labelled else 0, exact)
