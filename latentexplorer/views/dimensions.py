"""Each latent dimension: its KL, how much its codes vary, whether it is active, and how that came about over epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, field_validator

from latentexplorer.core.cancellation import NEVER as NEVER_STOPPED
from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.registry import suggest
from latentexplorer.latent.dimensions import ALIVE, NEVER, criterion, died_in, dimension_facts
from latentexplorer.views.base import PART_NAMES, Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.dimension_columns import BY_NAME, COLUMNS, Column, Known
from latentexplorer.views.lookup import at_epoch, code_note

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_CODES = 10_000
"""Codes that are looked at, evenly spread: as many as `evaluate` measures."""
MOST_ROWS = 4096
NUMBER, AUTO = "number", "auto"
ORDERS = (AUTO, NUMBER, *BY_NAME)


class Settings(SnapshotSettings):
    """Which dimensions are shown, and in which order."""

    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    count: int = Field(
        32, ge=1, le=MOST_ROWS, title="At most", description="Dimensions shown at most, the first in order."
    )
    sort: str = Field(
        AUTO,
        title="Order",
        description=f"What they are sorted by: {', '.join(ORDERS)}. auto: the KL, or the variance where there is none.",
    )
    reverse: bool = Field(
        False, title="The other way round", description="The least first; numbers of dimensions from the last one."
    )
    columns: tuple[str, ...] = Field(
        (),
        max_length=len(COLUMNS),
        title="Columns",
        description=f"Which numbers are shown: {', '.join(BY_NAME)}. Empty: those that are quick to work out.",
    )

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in BY_NAME:
                raise ValueError(f"there is no column {name!r}. {suggest(name, BY_NAME)}")
        return names

    @field_validator("sort")
    @classmethod
    def _known_order(cls, name: str) -> str:
        if name not in ORDERS:
            raise ValueError(f"there is no order {name!r}. {suggest(name, ORDERS)}")
        return name


@dataclass(frozen=True)
class Result(ViewResult):
    """M of a run's D dimensions, in order.

    Attributes
    ----------
    dims : (M,) int64
        Which they are.
    columns : tuple of Column
        Those that mean something for the run.
    values : dict of str to (M,) float64
        By name of the column.
    active : (M,) bool
    died : (M,) int64
        See `latent.dimensions.died_in`.
    total, active_total : int
        D, and how many of all of them are active.
    kl_total : float or None
        Nats, of all of them.
    codes : int
        How many codes it is worked out from.
    criterion : str
        When a dimension counts as active.
    epochs : (E,) int64
        Of the training, those that are kept; none where nothing is.
    over : (E, M) float64
        The KL in these epochs, or the variance where a model has none.
    over_column : Column
        Which of the two.
    words : mapping of str to tuple of M str
        What is read of columns that are not read as numbers, by their names.
    """

    dims: Array
    columns: tuple[Column, ...]
    values: dict[str, Array]
    active: Array
    died: Array
    total: int
    active_total: int
    kl_total: float | None
    codes: int
    criterion: str
    epochs: Array
    over: Array
    over_column: Column
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, column: Column, at: int) -> str:
        """What a cell says: a number, or the words of a column of words."""
        words = self.words.get(column.name)
        return column.text(float(self.values[column.name][at])) if words is None else words[at]


def state_words(active: bool, died: int) -> str:
    """`active`, `died in epoch 12`, `never active`, or `not active` where no more is known."""
    if active or died == ALIVE:
        return "active" if active else "not active"
    return "never active" if died == NEVER else f"died in epoch {died}"


def short_state(active: bool, died: int) -> str:
    """The same where there is little room: `active`, `died at 12`, `never`, `not active`."""
    return state_words(active, died).replace("in epoch", "at").replace("never active", "never")


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER_STOPPED) -> Result:
    """What is known of each dimension of a run."""
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = shown.codes_of(settings.part)
    if len(codes) < 2:
        raise NotApplicableError("One code alone has no variance", "Train on more images")
    if len(codes) > MOST_CODES:
        codes = codes.take(np.linspace(0, len(codes) - 1, MOST_CODES).round().astype(np.int64))
    facts = dimension_facts(codes, shown.prior)
    known = Known(shown, settings.part, codes, facts, stop)
    wanted = [BY_NAME[name] for name in settings.columns] or [column for column in COLUMNS if not column.slow]
    found = {column.name: values for column in wanted if (values := column.values(known)) is not None}
    total = len(facts.variance)
    dims = _order(settings, found, facts.variance)[: settings.count]
    variational = facts.kl is not None
    epochs, kl, variance = _over_epochs(trained, total)
    died = died_in(epochs, variance, variational)
    kl_total = None if facts.kl is None else float(facts.kl.sum())
    return Result(
        dims=dims,
        columns=tuple(column for column in wanted if column.name in found),
        values={name: np.asarray(values, np.float64)[dims] for name, values in found.items()},
        active=facts.active[dims],
        died=died[dims],
        total=total,
        active_total=int(facts.active.sum()),
        kl_total=kl_total,
        codes=facts.count,
        criterion=criterion(variational),
        epochs=epochs,
        over=(kl if variational else variance)[:, dims],
        over_column=BY_NAME["kl" if variational else "variance"],
        title="Dimensions",
        subtitle=_subtitle(facts.active, kl_total, facts.count, settings.part),
        notes=(f"Active: {criterion(variational)}", *_left_out(dims, total), *code_note(trained)),
    )


def _order(settings: Settings, found: dict[str, Array], variance: Array) -> Array:
    """Dimensions as they are sorted; what is not known stands last."""
    name = settings.sort
    if name == AUTO:
        name = "kl" if "kl" in found else "variance"
    if name == NUMBER:
        dims = np.arange(len(variance), dtype=np.int64)
        return dims[::-1] if settings.reverse else dims
    if name not in found and name != "variance":
        raise NotApplicableError(f"This run has no {BY_NAME[name].title}, or it is not among the columns")
    values = np.asarray(found.get(name, variance), np.float64)
    keys = np.where(np.isfinite(values), values if settings.reverse else -values, np.inf)
    return np.argsort(keys, kind="stable").astype(np.int64)


def _over_epochs(trained: Trained, dims: int) -> tuple[Array, Array, Array]:
    """Epochs (E,), KL (E, D) and variance (E, D) of the training, as far as they are kept."""
    kept = trained.dimensions
    if kept.dims != dims:
        return np.zeros(0, np.int64), np.zeros((0, dims)), np.zeros((0, dims))
    variance = np.stack(kept.variance).astype(np.float64)
    kl = np.stack(kept.kl).astype(np.float64) if kept.kl else np.full_like(variance, np.nan)
    return np.array(kept.epochs, np.int64), kl, variance


def _subtitle(active: Array, kl: float | None, count: int, part: Part) -> str:
    nats = "" if kl is None else f" · KL {kl:.1f} nats"
    return f"{int(active.sum()):,} of {len(active):,} active{nats} · {count:,} {PART_NAMES[part]} codes"


def _left_out(dims: Array, total: int) -> tuple[str, ...]:
    return (f"The first {len(dims):,} of {total:,} dimensions",) if len(dims) < total else ()


VIEW = View(Settings, compute)
