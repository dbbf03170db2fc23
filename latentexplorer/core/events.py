"""What work reports while it goes on. Plain data; whoever is interested listens through an `emit` callable."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is.

    Attributes
    ----------
    done, total : int
        In the unit of the work; `total` 0 where it is unknown.
    what : str
        What is being done, for a person ("reading images").
    unit : str
        "bytes" where nobody wants to read how many; else they are counted.
    """

    done: int
    total: int
    what: str = ""
    unit: str = ""

    @property
    def text(self) -> str:
        """`reading images · 12,000 of 60,000`, as far as it is known."""
        if self.total <= 0:
            return self.what
        if self.unit:
            return f"{self.what} · {self.done / self.total:.0%}"
        return f"{self.what} · {self.done:,} of {self.total:,}"


@dataclass(frozen=True)
class TrainingProgress:
    """Reported some ten times a second at most while training.

    Attributes
    ----------
    epoch : int
        Epochs finished.
    epochs : int
        Epochs asked for.
    fraction : float
        Fraction of all epochs that is done, 0..1.
    loss : float
        Mean training loss since the last report, nats per image. NaN before the first.
    images_per_s : float
        Training speed of the last seconds; NaN while unknown.
    seconds_left : float
        Estimate; NaN while unknown.
    batch, batches : int
        Of the epoch under way: batches done, and how many it has.
    computed : str
        How its steps are computed, "CUDA, captured, bf16", say; "" while unknown.
    """

    epoch: int
    epochs: int
    fraction: float
    loss: float
    images_per_s: float
    seconds_left: float
    batch: int = 0
    batches: int = 0
    computed: str = ""

    @property
    def epoch_text(self) -> str:
        """`epoch 3 of 60`: the one under way."""
        return f"epoch {min(self.epoch + 1, self.epochs)} of {self.epochs}"

    @property
    def batch_text(self) -> str:
        """`batch 37 of 313`; "" while unknown."""
        return f"batch {self.batch:,} of {self.batches:,}" if self.batches else ""

    @property
    def speed_text(self) -> str:
        """`1,240 images/s`; "" while unknown."""
        known = math.isfinite(self.images_per_s) and self.images_per_s > 0
        return f"{self.images_per_s:,.0f} images/s" if known else ""

    @property
    def pace_text(self) -> str:
        """`about 0:31 left · 1,240 images/s`, as far as it is known."""
        left = ""
        if math.isfinite(self.seconds_left):
            minutes, seconds = divmod(math.ceil(self.seconds_left), 60)
            # Seconds of hours are not known, and look like a time of day.
            clock = f"{minutes}:{seconds:02}" if minutes < 60 else _hours_text(self.seconds_left)
            left = f"about {clock} left"
        return " · ".join(text for text in (left, self.speed_text) if text)


def _hours_text(seconds: float) -> str:
    """`1 h`, `1 h 40 min`, `21 h`, `3 days`."""
    hours, minutes = divmod(5 * round(seconds / 300), 60)
    if hours >= 48:
        return f"{seconds / 86400:.0f} days"
    if hours >= 10:
        return f"{seconds / 3600:.0f} h"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@dataclass(frozen=True)
class SweepRunBegan:
    """A sweep goes on to its next run.

    Attributes
    ----------
    number, count : int
        Which one of all runs of the sweep, from 1.
    name : str
    """

    number: int
    count: int
    name: str

    @property
    def text(self) -> str:
        """`run 3 of 12`."""
        return f"run {self.number:,} of {self.count:,}"


@dataclass(frozen=True)
class SweepRunEnded:
    """A run of a sweep has come to its end. `problem` says why it could not be trained; "" where it was."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class EpochDone:
    """One row of the history: an epoch is finished and, if the run keeps checkpoints, safely on disk."""

    row: dict[str, float]


@dataclass(frozen=True)
class SnapshotTaken:
    """A copy of what is being trained. `snapshot` is a `latentexplorer.runs.Snapshot`."""

    snapshot: Any


@dataclass(frozen=True)
class Notice:
    """Something a person should know ("the posterior has collapsed"). `level`: "info" or "warning"."""

    text: str
    level: str = "info"


@dataclass(frozen=True)
class FilesFound:
    """The image files of a person's own set, before any of them is opened.

    Attributes
    ----------
    files : tuple of str
        Their paths within the folder.
    classes : tuple of str
        The class of each of them; empty where there are none.
    """

    files: tuple[str, ...]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileSeen:
    """What an image file, or an array of images, says of itself, or why it cannot be read.

    A file that is decoded later may be told of again.

    Attributes
    ----------
    file : str
        Its path within the folder.
    height, width : int
        Pixels, upright; 0 where it cannot be read.
    kind : str
        Its colours and depth, for a person: "grey", "colour", "16-bit grey".
    problem : str
        Why it cannot be read; "" where it can.
    count : int
        How many images it holds.
    """

    file: str
    height: int = 0
    width: int = 0
    kind: str = ""
    problem: str = ""
    count: int = 1


@dataclass(frozen=True)
class ProjectionMoved:
    """Intermediate coordinates of a projection that is still converging; `coords` is an (N, 2) float array."""

    coords: Any = field(repr=False)
    step: int = 0
    steps: int = 0


@dataclass(frozen=True)
class FitMoved:
    """The codes that are being fitted to new images, as they stand.

    Attributes
    ----------
    z : (N, D) float array
        The best code of each image so far.
    scale : (N, D) float array or None
        Standard deviations of its posterior, for variational models.
    step, steps : int
        Steps done and asked for.
    errors : (L, starts, N) float array
        Root mean squared error on [0, 1] from each start, at each of the looks so far.
    """

    z: Any = field(repr=False)
    scale: Any = field(repr=False)
    step: int
    steps: int
    errors: Any = field(repr=False)


@dataclass(frozen=True)
class WayMoved:
    """A way between two codes that gets shorter, as it stands: a `latentexplorer.latent.geodesic.Way`."""

    way: Any = field(repr=False)


Event = (
    Progress
    | TrainingProgress
    | SweepRunBegan
    | SweepRunEnded
    | EpochDone
    | SnapshotTaken
    | Notice
    | FilesFound
    | FileSeen
    | ProjectionMoved
    | FitMoved
    | WayMoved
)
Emit = Callable[[Event], None]


def ignore(event: object) -> None:
    """An `emit` for callers that listen to nothing."""
