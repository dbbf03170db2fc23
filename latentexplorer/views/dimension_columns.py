"""What is told of each latent dimension, a column each: one entry of the table, and pane and figure have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.views.base import Array, Part

if TYPE_CHECKING:
    from latentexplorer.latent.dimensions import DimensionFacts
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained


@dataclass(frozen=True)
class Known:
    """What the columns of a run are worked out from.

    Attributes
    ----------
    trained : Trained
    part : "train" or "test"
    codes : Codes
        N of that part, evenly spread.
    facts : DimensionFacts
        What these say.
    stop : StopToken
    """

    trained: Trained
    part: Part
    codes: Codes
    facts: DimensionFacts
    stop: StopToken = NEVER


@dataclass(frozen=True)
class Column:
    """A number of each dimension.

    Attributes
    ----------
    name : str
        For settings; for ever.
    title, unit, tip : str
        What a person reads, its unit ("" where it has none), and what it is, without full stop.
    values : callable (Known) -> (D,) float64, or None
        None where it means nothing for the run; NaN where it is not known of a dimension.
    text : callable (float) -> str
        A number as it is read.
    slow : bool
        Whether it takes longer than a blink: it is worked out only where it is asked for, and not while a model learns.
    full : float or None
        What a bar of full length is; None: the largest of them.
    """

    name: str
    title: str
    unit: str
    tip: str
    values: Callable[[Known], Array | None]
    text: Callable[[float], str]
    slow: bool = False
    full: float | None = None

    @property
    def heading(self) -> str:
        """`KL, nats`."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


def figures(value: float) -> str:
    """Three figures, never an exponent: `0.021`, `1.35`, `204`; what is less than a thousandth is said to be that."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    if size < 0.0005:
        return "0" if value == 0 else "<0.001"
    digits = 3 if size < 0.1 else 2 if size < 10 else 1 if size < 100 else 0
    return f"{value:,.{digits}f}".replace("-", "−")


def _kl(known: Known) -> Array | None:
    return known.facts.kl


def _variance(known: Known) -> Array | None:
    return known.facts.variance


COLUMNS: tuple[Column, ...] = (
    Column(
        "kl",
        "KL",
        "nats",
        "From the posterior to the prior, mean over the images; all of them together are the KL of an image",
        _kl,
        figures,
    ),
    Column(
        "variance",
        "Variance",
        "",
        "Variance over the images of the posterior means, or of the codes where a model has no posterior",
        _variance,
        figures,
    ),
)
"""In the order in which they stand."""
BY_NAME = {column.name: column for column in COLUMNS}
