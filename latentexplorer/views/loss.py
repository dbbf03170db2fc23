"""Curves of training: the loss and its terms, most of them in nats per image, and the plain pixel error beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, field_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.history import History
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array, Part, View, ViewResult, ViewSettings
from latentexplorer.views.lookup import run_path
from latentexplorer.views.palette import class_color

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


@dataclass(frozen=True)
class Quantity:
    """What a curve shows.

    Attributes
    ----------
    title : str
        Its name for a person.
    short : str
        The same where there is little room.
    unit : str
        Curves of one unit share an axis.
    summary : str
        What it is, in one sentence; empty where the title says enough.
    """

    title: str
    short: str
    unit: str = "nats per image"
    summary: str = ""


COMMON = {
    "loss": Quantity("Total", "Total"),
    "recon": Quantity("Reconstruction", "Recon"),
    "kl": Quantity("KL", "KL"),
    "rmse": Quantity("Pixel error", "rmse", "rmse on [0, 1]"),
}
"""What every history has."""
TERMS = {
    term.name: Quantity(term.title, term.short, term.unit, term.summary) for family in FAMILIES for term in family.terms
}
"""What the losses of some families have beside these."""
QUANTITIES = COMMON | TERMS
"""All of them by the names of their columns, without `train_` or `test_`."""
TERM_COLORS = (2, 3, 4, 9)
"""Green, yellow, cyan and pear of the palette, for the terms of one family in order."""
PART_TITLES: dict[Part, str] = {"train": "Train", "test": "Held-out"}


class Settings(ViewSettings):
    """What the loss curves show."""

    curves: tuple[str, ...] = Field(
        tuple(QUANTITIES),
        min_length=1,
        max_length=len(QUANTITIES),
        title="Curves",
        description=f"The loss and its terms, before their weights: {', '.join(QUANTITIES)}; rmse is the plain pixel "
        "error. What a run does not have is left out.",
    )
    part: Literal["both", "train", "test"] = Field(
        "both", title="Images", description="Curves of the training images, of the held-out ones, or both."
    )
    log: bool = Field(False, title="Log scale", description="Logarithmic axes.")
    smoothing: float = Field(
        0.0, ge=0, le=0.99, title="Smoothing", description="Weight of the past in a running mean; 0 shows the values."
    )
    runs: tuple[str, ...] = Field(
        (), max_length=20, title="Other runs", description="Folders (or names) of runs drawn into the same plot."
    )

    @field_validator("curves")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in QUANTITIES:
                raise ValueError(f"there is no curve {name!r}. {suggest(name, QUANTITIES)}")
        return names


@dataclass(frozen=True)
class Curve:
    """One line: `values` (E,) float64 at `epochs` (E,), and the same values unsmoothed in `raw`."""

    run: str
    part: Part
    quantity: str
    epochs: Array
    values: Array
    raw: Array

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return QUANTITIES[self.quantity].unit


@dataclass(frozen=True)
class Other:
    """The history of a run beside the open one; empty where it cannot be read."""

    path: Path
    name: str
    history: History


@dataclass(frozen=True)
class Result(ViewResult):
    """Curves of one or several runs, in the order asked for."""

    curves: tuple[Curve, ...]
    runs: tuple[str, ...]
    log: bool

    def of_unit(self, unit: str) -> tuple[Curve, ...]:
        """The curves that share an axis."""
        return tuple(curve for curve in self.curves if curve.unit == unit)


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Curves of a run's history, and of the other runs'."""
    if not (trained.config.model.kind.gradient or settings.runs):
        raise NotApplicableError(f"{trained.config.model.kind.title} is solved at once and has no loss curve")
    histories = [(trained.name, trained.history)]
    for path in settings.runs:
        stop.check()
        histories.append(_other(path, trained))
    names = distinct([name for name, _ in histories])
    parts: tuple[Part, ...] = ("train", "test") if settings.part == "both" else (settings.part,)
    curves = [
        curve
        for name, (_, history) in zip(names, histories, strict=True)
        for curve in curves_of(history, settings.curves, parts, run=name, smoothing=settings.smoothing)
    ]
    if not curves and len(trained.history):
        raise NotApplicableError(
            f"{trained.name} has none of these curves",
            f"Choose among {', '.join([*COMMON, *terms_of(trained.history)])}",
        )
    if not curves:
        raise NotApplicableError(f"{trained.name} has no loss curve yet", "It has one after its first epoch")
    subtitle = trained.name if len(names) == 1 else f"{len(names)} runs"
    notes = ["thin lines: values before smoothing"] if settings.smoothing else []
    words = sum_in_words(trained.config.model, trained.history)
    if words and len(names) == 1 and any(curve.quantity == "loss" for curve in curves):
        notes.append(words)
    return Result(tuple(curves), tuple(names), settings.log, title="Loss", subtitle=subtitle, notes=tuple(notes))


def terms_of(history: History) -> list[str]:
    """Those of `TERMS` that a history has columns of."""
    columns = set(history.columns)
    return [name for name in TERMS if columns & {f"{part}_{name}" for part in PART_TITLES}]


def sum_in_words(model: ModelConfig, history: History) -> str:
    """`Total = Reconstruction + 4 × KL`: how the curves add up; empty where they do as they are.

    A weight of the KL that has changed on the way is told as it was in the last epoch.
    """
    weights = dict(model.term_weights)
    if model.kind.variational:
        known = [beta for beta in history.column("beta") if math.isfinite(beta)]
        weights = {"kl": known[-1] if known else model.beta, **weights}
    free = f" (at least {model.free_bits:g} a dimension)" if model.kind.variational and model.free_bits else ""
    if not free and all(weight == 1 for weight in weights.values()):
        return ""
    terms = [
        f"{'' if weight == 1 else f'{weight:.3g} × '}{QUANTITIES[name].title}{free if name == 'kl' else ''}"
        for name, weight in weights.items()
        if weight
    ]
    return " + ".join([f"{QUANTITIES['loss'].title} = {QUANTITIES['recon'].title}", *terms])


def _other(path: str, trained: Trained) -> tuple[str, History]:
    from latentexplorer.runs import RunFolder

    folder = RunFolder.open(run_path(path, trained.path))
    return folder.name, folder.history


def distinct(names: list[str]) -> list[str]:
    """Names told apart by a number where runs share one."""
    return [
        f"{name} ({names[:at].count(name) + 1})" if names.count(name) > 1 else name for at, name in enumerate(names)
    ]


def others_of(paths: Iterable[Path]) -> list[Other]:
    """The histories of runs by their folders."""
    from latentexplorer.runs import RunFolder

    found = []
    for path in paths:
        try:
            folder = RunFolder.open(path)
            found.append(Other(path, folder.name, folder.history))
        except LatentExplorerError:
            found.append(Other(path, path.name, History()))
    return found


def curves_of(
    history: History,
    quantities: Iterable[str] = tuple(QUANTITIES),
    parts: Iterable[Part] = ("train", "test"),
    *,
    run: str = "",
    smoothing: float = 0.0,
    positive: bool = False,
) -> list[Curve]:
    """The curves of a history that have something to show, quantity by quantity.

    Parameters
    ----------
    run : str
        Whose they are.
    smoothing : float
        Weight of the past, see `smooth`.
    positive : bool
        Leave out what a logarithmic axis cannot show.
    """
    wanted, parts = dict.fromkeys(quantities), tuple(parts)
    epochs = np.asarray(history.column("epoch"), np.float64)
    curves = []
    for quantity in wanted:
        for part in parts:
            values = np.asarray(history.column(f"{part}_{quantity}"), np.float64)
            known = np.isfinite(values) & ((values > 0) | (not positive))
            if not values[known].any():
                continue  # Such as the KL of a model that has none.
            if (
                quantity == "recon"
                and "loss" in wanted
                and np.array_equal(values, history.column(f"{part}_loss"), True)
            ):
                continue  # Without any other term the two are one line.
            smoothed = smooth(values[known], smoothing)
            curves.append(Curve(run, part, quantity, epochs[known], smoothed, values[known]))
    return curves


def term_color(name: str, *, dark: bool = False) -> str:
    """Colour of the curve of one of `TERMS` as `#RRGGBB`, told apart from those that every history has."""
    place = next(place for family in FAMILIES for place, term in enumerate(family.terms) if term.name == name)
    return class_color(TERM_COLORS[place % len(TERM_COLORS)], dark=dark)


def smooth(values: Array, weight: float) -> Array:
    """Running mean with exponentially fading weights, unbiased at the start (as Adam's moments are)."""
    if weight == 0:
        return values
    mean, out = 0.0, np.empty_like(values)
    for at, value in enumerate(values):
        mean = weight * mean + (1 - weight) * value
        out[at] = mean / (1 - math.pow(weight, at + 1))
    return out


VIEW = View(Settings, compute)
