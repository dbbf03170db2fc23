"""One latent dimension after another pulled from end to end, everything else held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.latent.ranges import Choice, Span
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.fading import FADE_HELP, Fading, fading_of
from latentexplorer.views.local_axes import SENTENCES, TITLES, UNIT, Kind, axes_at, span_of
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class
from latentexplorer.views.pick import Pick, Picked, pick_code, usual_pick
from latentexplorer.views.ranges import (
    RANGE_WORDS,
    Number,
    RangeSetting,
    check_range,
    importance_of,
    leaving_note,
    spans_of,
)

if TYPE_CHECKING:
    from latentexplorer.latent.traversal import Importance
    from latentexplorer.runs import Trained

Ends = dict[int, tuple[float, float]]
"""Ranges of single dimensions."""


class Settings(SnapshotSettings):
    """Which dimensions, how far, from which code."""

    dims: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), max_length=200, title="Dimensions", description="Which ones, from 0. Empty: chosen by 'choose'."
    )
    choose: Literal["important", "even"] = Field(
        "important",
        title="Choose",
        description="The dimensions that matter most (KL or variance), or evenly spaced ones.",
    )
    count: int = Field(10, ge=1, le=200, title="Rows", description="How many dimensions, where none are named.")
    axes: Literal["dims", "nearby", "metric"] = Field(
        "dims",
        title="Axes",
        description="What rows go along: dims, or principal axes around the base code, of the codes nearby or of the "
        "decoder's metric. For axes 'dims' counts them, and 'range' is in standard deviations (usual: -2 to 2).",
    )
    nearby: int = Field(50, ge=3, le=1_000_000, title="Codes nearby", description="How many codes count as nearby.")
    steps: int = Field(10, ge=2, le=200, title="Steps", description="Images in a row.")
    range: RangeSetting | None = Field(
        "auto",
        title="Range",
        description="What each row spans: codes, prior (codes where there is none), or [from, to]. "
        f"Auto: {RANGE_WORDS}. Empty: as prior.",
    )
    ends: tuple[tuple[Annotated[int, Field(ge=0)], Number, Number], ...] = Field(
        (),
        max_length=1000,
        title="Ends",
        description="Other ranges for single dimensions: [[3, -2, 4]] pulls dimension 3 from -2 to 4.",
    )
    base: Pick = Field(
        "",
        title="Base code",
        description="The code that is changed, such as test:3 or prior-mean. Empty: the prior's mean; for "
        "auto-decoders the code of a typical image.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the base's own."
    )
    fade: bool = Field(False, title="Fade away from data", description=FADE_HELP)

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        check_range("range", self.range)
        for dim, low, high in self.ends:
            check_range(f"ends of dimension {dim}", (low, high))
        return self

    @property
    def choice(self) -> Choice:
        """Which range is meant."""
        return self.range or "prior"

    @property
    def own_ends(self) -> Ends:
        """The ranges of single dimensions."""
        return {dim: (low, high) for dim, low, high in self.ends}


@dataclass(frozen=True)
class Result(ViewResult):
    """R dimensions, each decoded at S values.

    Attributes
    ----------
    images : (R, S, H, W', C) float32 in [0, 1]
    dims : (R,) int64
        Dimension of each row, the most important first unless chosen otherwise.
    values : (R, S) float64
        Value of the dimension in each image.
    importance : (D,) float64
        How important every dimension is.
    importance_title : str
        "KL, nats" or "variance of the codes".
    base : Picked
    base_image : (H, W', C) float32
        Decode of the base code.
    label : int or None
        Class it was decoded with (conditional models).
    names : tuple of R str
        What the rows go along where that is not the dimensions themselves; values are in standard deviations then.
    fading : Fading or None
        How boldly each image is shown, (R, S); None: all alike.
    """

    images: Array
    dims: Array
    values: Array
    importance: Array
    importance_title: str
    base: Picked
    base_image: Array
    label: int | None
    names: tuple[str, ...] = ()
    fading: Fading | None = None


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Rows of decodes, one dimension changed in each."""
    from latentexplorer.latent.traversal import strip

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    if settings.axes != "dims":
        return _along_axes(trained, shown, settings, settings.axes, emit=emit, stop=stop)
    measured = dimensions_of(shown.frame, settings.choice, settings.own_ends)
    importance = measured.importance
    dims = _dims(settings, importance.order)
    base = pick_code(shown, settings.base or usual_pick(shown), images=trained)
    label = decode_class(trained, settings.label, default=base.y or 0)
    low, high = measured.ranges[dims].T
    values = np.linspace(low, high, settings.steps, axis=1)
    names, spans = [f"z{dim}" for dim in dims], [measured.spans[dim] for dim in dims]
    rows = np.stack([strip(base.z, int(dim), row) for dim, row in zip(dims, values, strict=True)])
    flat = np.concatenate([base.z[None], rows.reshape(-1, rows.shape[-1])])
    images = decode(shown, flat, label, emit=emit, stop=stop)
    fading = fading_of(shown, flat[1:], label, stop=stop).shaped(rows.shape[:2]) if settings.fade else None
    named = f"class {trained.class_names[label]}, " if label is not None else ""
    order = "chosen dimensions" if settings.dims else "evenly spaced dimensions"
    if not settings.dims and settings.choose == "important":
        order = f"sorted by {importance.measure.split(',')[0]}"
    return Result(
        images=images[1:].reshape(*rows.shape[:2], *images.shape[1:]),
        dims=dims,
        values=values,
        importance=importance.value,
        importance_title=importance.measure,
        base=base,
        base_image=images[0],
        label=label,
        title="Traversal",
        subtitle=f"{named}from {base.title}, {order}",
        notes=(
            *code_note(trained),
            *leaving_note(shown, settings.choice, names, spans),
            *(() if fading is None else (fading.note,)),
        ),
        fading=fading,
    )


def _along_axes(
    trained: Trained, shown: Trained, settings: Settings, kind: Kind, *, emit: Emit, stop: StopToken
) -> Result:
    """Rows of decodes along the principal axes around the base code."""
    base = pick_code(shown, settings.base or usual_pick(shown), images=trained)
    label = decode_class(trained, settings.label, default=base.y or 0)
    axes = axes_at(shown, kind, base.z, label, settings.nearby, stop=stop)
    dims = _dims(settings, np.arange(len(axes.std)))
    values = np.tile(np.linspace(*span_of(settings.range), settings.steps), (len(dims), 1))
    places = np.zeros((*values.shape, len(axes.std)))
    for at, dim in enumerate(dims):
        places[at, :, dim] = values[at]
    flat = np.concatenate([base.z[None], axes.codes(places).reshape(-1, len(base.z))])
    images = decode(shown, flat, label, emit=emit, stop=stop)
    fading = fading_of(shown, flat[1:], label, stop=stop).shaped(values.shape) if settings.fade else None
    named = f"class {trained.class_names[label]}, " if label is not None else ""
    return Result(
        images=images[1:].reshape(*values.shape, *images.shape[1:]),
        dims=dims,
        values=values,
        importance=axes.share,
        importance_title="share",
        base=base,
        base_image=images[0],
        label=label,
        names=tuple(axes.name(int(dim)) for dim in dims),
        title="Traversal",
        subtitle=f"{named}from {base.title}, along the axes of the {TITLES[kind]}, in {UNIT}",
        notes=(SENTENCES[kind].rstrip("."), *code_note(trained), *(() if fading is None else (fading.note,))),
        fading=fading,
    )


def _dims(settings: Settings, order: Array) -> Array:
    size = len(order)
    if settings.dims:
        wrong = [dim for dim in settings.dims if dim >= size]
        if wrong:
            what = "dimension" if settings.axes == "dims" else "axis"
            raise SettingsError(f"dims = {wrong[0]}: there is no such {what}", f"Choose from 0 to {size - 1}")
        return np.array(settings.dims, np.int64)
    count = min(settings.count, size)
    if settings.choose == "even":
        return np.unique(np.linspace(0, size - 1, count).round().astype(np.int64))
    return np.asarray(order[:count], np.int64)


@dataclass(frozen=True)
class Dimensions:
    """What is measured of the dimensions of a run.

    Attributes
    ----------
    importance : Importance
        How much each one matters: its KL, or the variance of the training codes where there is no KL.
    spans : tuple of D Span
        From where to where each one goes, and whose range that is.
    """

    importance: Importance
    spans: tuple[Span, ...]

    @property
    def ranges(self) -> Array:
        """From where to where each one goes, (D, 2) float64."""
        return np.array([(span.low, span.high) for span in self.spans])


def dimensions_of(
    trained: Trained,
    choice: Choice = "auto",
    ends: Ends | None = None,
    before: Dimensions | None = None,
) -> Dimensions:
    """How much each dimension of a run matters, and from where to where it goes.

    Parameters
    ----------
    choice : "auto", "either", "codes", "prior" or (low, high)
    ends : dict of int to (low, high)
        Ranges of single dimensions, whatever is chosen for all.
    before : Dimensions or None
        What is shown while the codes move: ranges are kept as long as they nearly fit.
    """
    spans = spans_of(trained, choice, before=None if before is None else before.spans)
    for dim, (low, high) in (ends or {}).items():
        if dim < len(spans):
            spans[dim] = Span(low, high, "given")
    return Dimensions(importance_of(trained), tuple(spans))


VIEW = View(Settings, compute)
