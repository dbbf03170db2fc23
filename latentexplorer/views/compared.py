"""What a comparison of runs holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.views.base import Array, Pictures, count_text
from latentexplorer.views.loss import Curve

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.views.map_result import Result as MapResult

Show = Literal["images", "maps", "losses", "numbers"]


@dataclass(frozen=True)
class Entry:
    """What one run makes of the B images.

    Attributes
    ----------
    name, text : str
        The run, and its model with the numbers in a code.
    images : (B, H, W, C) float32 in [0, 1]; none where something else is shown
    errors : (B,) float64
        Root mean squared error on [0, 1].
    map : map Result or None
    why : str
        Why nothing of it is shown here, and what of it can be compared; "" where it is.
    shared : bool
        Whether its images are those that the first one shows: then a position means the same image.
    fit : float or None
        How much of the spread of the first map this one explains once it was laid onto it, 0 to 1.
    """

    name: str
    text: str
    images: Array
    errors: Array
    map: MapResult | None = None
    why: str = ""
    shared: bool = True
    fit: float | None = None

    @property
    def rmse(self) -> float:
        """Over all values of these images together, as everywhere; the mean of the images' own would be lower."""
        return float(np.sqrt(np.square(self.errors).mean())) if len(self.errors) else math.nan


@dataclass(frozen=True)
class Panel:
    """Curves that can be read against each other.

    Attributes
    ----------
    heading : str
        What they are.
    kind : str
        What their losses have in common, where there are several kinds.
    unit : str
        Of the axis.
    """

    heading: str
    kind: str
    unit: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Row:
    """One line of a table, with a value for each run.

    Attributes
    ----------
    title : str
    values : tuple of str
    best : tuple of int
        Which of them are the better ones; none where they cannot be compared, or are equal.
    tip : str
        What it is, and why none is marked.
    """

    title: str
    values: tuple[str, ...]
    best: tuple[int, ...] = ()
    tip: str = ""


@dataclass(frozen=True)
class Result(Pictures):
    """Runs beside each other, in the order asked for.

    Attributes
    ----------
    entries : tuple of Entry
    show : "images", "maps", "losses" or "numbers"
    originals : (B, H, W, C) uint8
    source : str
        The run whose images these are; "" where there are none.
    fingerprint : str
        What the images that positions point into are known by.
    panels : tuple of Panel
        Curves.
    log : bool
        Whether they are drawn on logarithmic axes.
    settings, metrics : tuple of Row
        The settings that differ; what came of them.
    """

    entries: tuple[Entry, ...]
    show: Show
    originals: Array
    source: str = ""
    fingerprint: str = ""
    panels: tuple[Panel, ...] = ()
    log: bool = False
    settings: tuple[Row, ...] = ()
    metrics: tuple[Row, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The runs."""
        return tuple(entry.name for entry in self.entries)


def same_images(run: Trained, other: Trained) -> bool:
    """Whether both were trained on the very same images, so that a position means the same image."""
    return run.info.fingerprint == other.info.fingerprint


def nothing(run: Trained, name: str, error: LatentExplorerError | str) -> Entry:
    """A run of which nothing can be shown, and why."""
    why = error if isinstance(error, str) else f"{error.what}. {error.todo}".strip()
    none = np.empty(0)
    return Entry(name, text_of(run), none, none, why=why)


def text_of(run: Trained) -> str:
    """`VAE, 3 numbers`."""
    return f"{run.config.model.kind.title}, {count_text(run.code_dim, 'number')}"
