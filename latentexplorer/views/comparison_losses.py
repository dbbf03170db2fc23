"""Curves of the losses of several runs: on one axis only what can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit
from latentexplorer.views.base import Part
from latentexplorer.views.comparable import data_words, loss_kind, loss_words
from latentexplorer.views.compared import Entry, Panel, Result, nothing, text_of
from latentexplorer.views.comparison_settings import Settings
from latentexplorer.views.loss import WHILE_LEARNING, Curve, curves_of, distinct

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

NATS = "nats per image"
DASHES = ("solid", "dash", "dot", "dashdot")
"""One for each term that shares a plot, the first asked for first."""


def losses(runs: Sequence[Trained], settings: Settings, emit: Emit, stop: StopToken) -> Result:
    """The curves of every run that has some, those in nats in one panel for each kind of loss."""
    names = distinct([run.name for run in runs])
    parts: tuple[Part, ...] = ("train", "test") if settings.curve_part == "both" else (settings.curve_part,)
    entries: list[Entry] = []
    curves: list[Curve] = []
    kinds: dict[str, str] = {}
    words: dict[str, str] = {}
    images: dict[str, str] = {}
    none = np.empty(0)
    for run, name in zip(runs, names, strict=True):
        # Of what is solved at once there is a point, in which only the error means what it means elsewhere.
        wanted = [name for name in settings.curves if run.config.model.kind.gradient or name == "rmse"]
        own = curves_of(run.history, wanted, parts, run=name, positive=settings.log, model=run.config.model)
        kinds[name] = loss_kind(run.config, run.image_shape)
        words[name] = loss_words(run.config, run.image_shape)
        images[name] = data_words(run.config, run.image_shape)
        curves += own
        if own:
            entries.append(Entry(name, text_of(run), none, none))
        elif not run.config.model.kind.gradient:
            entries.append(nothing(run, name, "it is solved at once and has no curves. Its numbers can be compared"))
        else:
            entries.append(nothing(run, name, "it has none of these curves yet"))
    if not curves:
        raise NotApplicableError("None of these runs has such curves", "Choose other curves, or look at the numbers")
    notes = [f"{entry.name}: {entry.why}" for entry in entries if entry.why]
    if len({curve.part for curve in curves}) > 1:
        notes.append(WHILE_LEARNING)
    if len({kinds[curve.run] for curve in curves if curve.unit == NATS}) > 1 and len(set(images.values())) == 1:
        # The images, which all of them share, need not be said.
        kinds = words
        notes.insert(0, "Losses of several kinds stand apart, as their nats cannot be compared; pixel errors can")
    if len({images[curve.run] for curve in curves}) > 1:
        notes.insert(0, "Runs of other images stand apart: neither their losses nor their errors can be compared")
    return Result(
        entries=tuple(entries),
        show="losses",
        originals=none,
        panels=_panels(curves, kinds, images),
        log=settings.log,
        index=none,
        labels=None,
        class_names=(),
        part=settings.part,
        title="Comparison",
        subtitle=f"Losses of {sum(not entry.why for entry in entries)} runs",
        notes=tuple(notes),
    )


def _panels(curves: Sequence[Curve], kinds: dict[str, str], images: dict[str, str]) -> tuple[Panel, ...]:
    """Nats by kind of loss, in the order of the runs; then each other unit by the images that it is of."""
    several = len({kinds[curve.run] for curve in curves if curve.unit == NATS}) > 1
    apart = len({images[curve.run] for curve in curves if curve.unit != NATS}) > 1
    grouped: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        kind = kinds[curve.run] if curve.unit == NATS else images[curve.run]
        grouped.setdefault((curve.unit, kind), []).append(curve)
    panels = []
    # Where nats cannot be compared, what can stands first.
    for (unit, kind), some in sorted(grouped.items(), key=lambda item: (item[0][0] != NATS) != several):
        titles = dict.fromkeys(curve.title for curve in some)
        said = several if unit == NATS else apart
        panels.append(Panel(", ".join(titles), kind if said else "", unit, tuple(some)))
    return tuple(panels)


def share_panels(panels: Sequence[Panel]) -> bool:
    """Whether several terms share a panel, so that their dashes have to be told apart."""
    return any(len({curve.quantity for curve in panel.curves}) > 1 for panel in panels)


def dash_of(quantity: str, curves: Sequence[Curve]) -> str:
    """How the line of a term is drawn, one of `DASHES`: by its place among those that share a panel."""
    terms = list(dict.fromkeys(curve.quantity for curve in curves))
    return DASHES[terms.index(quantity) % len(DASHES)]
