"""Curves of training: the loss and its terms, most of them in nats per image, and the plain pixel error beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, field_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig, RunConfig
from latentexplorer.core.costs import watched
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.history import History
from latentexplorer.core.measures import AT_A_DRAW, MEASURES
from latentexplorer.core.paths import run_path
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array, Part, View, ViewResult, ViewSettings
from latentexplorer.views.comparable import Shape, bound_words, data_words, loss_kind
from latentexplorer.views.palette import class_color

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

NATS = "nats per image"


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
    unit: str = NATS
    summary: str = ""


COMMON = {
    "loss": Quantity("Total", "Total", summary=MEASURES["loss"].tip),
    "recon": Quantity("Reconstruction", "Recon", summary=MEASURES["recon"].tip),
    "kl": Quantity("KL", "KL", summary="From the posterior to the prior; with its weight where the total is shown"),
    "rmse": Quantity("Pixel error", "rmse", MEASURES["rmse"].unit, f"{MEASURES['rmse'].tip}. {AT_A_DRAW}"),
}
"""What every history has."""
TERMS = {
    term.name: Quantity(term.title, term.short, term.unit, term.summary) for family in FAMILIES for term in family.terms
}
"""What the losses of some families have beside these."""
QUANTITIES = COMMON | TERMS
"""All of them by the names of their columns, without `train_` or `test_`."""
SAME = 1e-6
"""Columns that differ by less, as a part, are the same: each is a sum of numbers of 32 bits in its own order."""
TERM_COLORS = (2, 3, 4, 9)
"""Green, yellow, cyan and pear of the palette, for the terms of one family in order."""
WHILE_LEARNING = (
    "Training curves are means over each epoch, while the model still learned; held-out ones are of its end, and may "
    "lie below for that alone"
)
"""What a person must know to hold one against the other."""
PART_TITLES: dict[Part, str] = {"train": "Train", "test": "Held-out"}


class Settings(ViewSettings):
    """What the loss curves show."""

    curves: tuple[str, ...] = Field(
        tuple(QUANTITIES),
        min_length=1,
        max_length=len(QUANTITIES),
        title="Curves",
        description=f"The loss and its terms: {', '.join(QUANTITIES)}; rmse is the plain pixel error. With loss among "
        "them terms are drawn with their weights, so that they add up to it, and are called so. What a run does not "
        "have is left out.",
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
    """One line: `values` (E,) float64 at `epochs` (E,), and the same values unsmoothed in `raw`.

    `weighted`: it holds a term as the total does, with a weight that is not one.
    """

    run: str
    part: Part
    quantity: str
    epochs: Array
    values: Array
    raw: Array
    weighted: bool = False

    @property
    def title(self) -> str:
        """What it is called: `Weighted KL`."""
        return named(self.quantity, self.weighted)[0]

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return QUANTITIES[self.quantity].unit


def named(quantity: str, weighted: bool) -> tuple[str, str]:
    """What a quantity is called, with its weight or without, and the same where there is little room."""
    title, short = QUANTITIES[quantity].title, QUANTITIES[quantity].short
    if not weighted:
        return title, short
    return f"Weighted {title if title[:2].isupper() else title[0].lower() + title[1:]}", f"w × {short}"


Kind = tuple[str, str]
"""What the losses of a run are measured by, and on which images: what two must have in common to share an axis."""


def kind_of(config: RunConfig, shape: Shape | None) -> Kind:
    """Of a run and the shape (C, H, W) of its images."""
    return loss_kind(config, shape), data_words(config, shape)


def on_one_axis(unit: str, own: Kind, theirs: Kind | None) -> bool:
    """Whether curves of another run can be held against those of a run: nats of one kind, errors of the same set."""
    at = 0 if unit == NATS else 1
    return theirs is not None and own[at] == theirs[at]


def left_out_words(own: Kind, theirs: Kind | None) -> str:
    """What of another run stands on no axis of a run's, in brief; "" where all of it does."""
    if theirs is None or own == theirs:
        return ""
    return "of other images: not drawn" if own[1] != theirs[1] else "another loss: its nats are not drawn"


@dataclass(frozen=True)
class Other:
    """The history of a run beside the open one, and its settings; empty and None where it cannot be read."""

    path: Path
    name: str
    history: History
    model: ModelConfig | None = None
    kind: Kind | None = None


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
    own = kind_of(trained.config, trained.image_shape)
    histories = [(trained.name, trained.history, trained.config.model, own)]
    for path in settings.runs:
        stop.check()
        histories.append(_other(path, trained, stop))
    names = distinct([name for name, *_ in histories])
    # What is solved at once has no curves that others could be held against.
    base = next((kind for _, _, model, kind in histories if model.kind.gradient), own)
    parts: tuple[Part, ...] = ("train", "test") if settings.part == "both" else (settings.part,)
    curves = [
        curve
        for name, (_, history, model, kind) in zip(names, histories, strict=True)
        for curve in curves_of(history, settings.curves, parts, run=name, smoothing=settings.smoothing, model=model)
        if on_one_axis(curve.unit, base, kind)
    ]
    if not curves and len(trained.history):
        raise NotApplicableError(
            f"{trained.name} has none of these curves",
            f"Choose among {', '.join([*COMMON, *terms_of(trained.history)])}",
        )
    if not curves:
        raise NotApplicableError(f"{trained.name} has no loss curve yet", "It has one after its first epoch")
    # A number of nats says little without what it is measured by.
    subtitle = f"{trained.name if len(names) == 1 else f'{len(names)} runs'} · {base[0]}"
    notes = ["thin lines: values before smoothing"] if settings.smoothing else []
    unlike = [
        f"{name} is {words}. The comparison of runs has an axis for each kind (`figure comparison --set show=losses`)"
        for name, (*_, kind) in zip(names, histories, strict=True)
        if (words := left_out_words(base, kind))
    ]
    notes += unlike
    if len(names) == 1 and any(curve.part == "test" for curve in curves):
        notes.append(f"Held-out curves are of {watched_words(trained)}")
    if len(names) == 1 and any(curve.quantity == "loss" for curve in curves):
        notes += total_in_words(trained.config, trained.history)
    if len({curve.part for curve in curves}) > 1:
        notes.append(WHILE_LEARNING)
    return Result(tuple(curves), tuple(names), settings.log, title="Loss", subtitle=subtitle, notes=tuple(notes))


def watched_words(trained: Trained) -> str:
    """`300 of 1,000 held-out images`: how many were measured after an epoch."""
    there = trained.info.num_test
    looked_at = watched(trained.config, trained.info.num_train, there)
    return f"{looked_at:,} of {there:,} held-out images" if looked_at < there else count_text(there, "held-out image")


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


def total_in_words(config: RunConfig, history: History) -> list[str]:
    """How the curves add up, where that needs a word, and what the total is a bound on, if on anything."""
    return [*filter(None, [sum_in_words(config.model, history)]), bound_words(config)]


def _other(path: str, trained: Trained, stop: StopToken) -> tuple[str, History, ModelConfig, Kind]:
    from latentexplorer.runs import RunFolder

    folder = RunFolder.open(run_path(path, trained.path))
    return folder.name, folder.read_history(stop), folder.config.model, kind_of(folder.config, folder.image_shape)


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
            kind = kind_of(folder.config, folder.image_shape)
            found.append(Other(path, folder.name, folder.history, folder.config.model, kind))
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
    model: ModelConfig | None = None,
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
    model : ModelConfig or None
        Given, and with the total among the quantities, terms are as the total holds them: with their weights.
    """
    wanted, parts = dict.fromkeys(quantities), tuple(parts)
    # Each is needed by several of them, and takes a while where there are many epochs.
    column = cache(lambda name: np.asarray(history.column(name), np.float64))
    epochs = column("epoch")
    curves = []
    for quantity in wanted:
        for part in parts:
            values, weighted = column(f"{part}_{quantity}"), False
            if model is not None and "loss" in wanted:
                values, weighted = _in_the_total(column, model, part, quantity, values)
            known = np.isfinite(values) & ((values > 0) | (not positive))
            if not values[known].any():
                continue  # Such as the KL of a model that has none.
            alike = np.allclose(values, column(f"{part}_loss"), rtol=SAME, atol=0, equal_nan=True)
            if quantity == "recon" and "loss" in wanted and alike:
                continue  # Without any other term the two are one line.
            smoothed = smooth(values[known], smoothing)
            curves.append(Curve(run, part, quantity, epochs[known], smoothed, values[known], weighted))
    return curves


def _in_the_total(
    column: Callable[[str], Array], model: ModelConfig, part: Part, quantity: str, values: Array
) -> tuple[Array, bool]:
    """A term as the total holds it, and whether that is another value than its own.

    The weighted KL is what is left of the total: so it is right with free bits and while its weight grows, too.
    """
    weights = {name: weight for name, weight in model.term_weights.items() if weight}
    if quantity in weights and QUANTITIES[quantity].unit == QUANTITIES["loss"].unit:
        return weights[quantity] * values, weights[quantity] != 1
    if quantity != "kl" or not model.kind.variational:
        return values, False
    betas = column("beta")
    if not model.free_bits and bool((betas[np.isfinite(betas)] == 1).all()):
        return values, False
    left = column(f"{part}_loss") - column(f"{part}_recon")
    for name, weight in weights.items():
        left = left - weight * column(f"{part}_{name}")
    return left, True


def longest_title(curves: Sequence[Curve]) -> str:
    """What curves of one quantity are called together: weighted, where one of them is."""
    return max((curve.title for curve in curves), key=len)


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
