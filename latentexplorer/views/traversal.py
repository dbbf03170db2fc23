"""One latent dimension after another pulled from end to end, everything else held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.lookup import at_epoch, code_note, decode, decode_class, kl_of, prior_quantiles
from latentexplorer.views.pick import Pick, Picked, pick_code

if TYPE_CHECKING:
    from latentexplorer.latent.traversal import Importance
    from latentexplorer.runs import Trained

Number = Annotated[float, Field(ge=-1e6, le=1e6)]


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
    steps: int = Field(10, ge=2, le=200, title="Steps", description="Images in a row.")
    range: tuple[Number, Number] | None = Field(
        None, title="Range", description="From, to. Empty: from the prior, or from the codes where there is none."
    )
    base: Pick = Field(
        "",
        title="Base code",
        description="The code that is changed, such as test:3 or prior-mean. Empty: the prior's mean.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the base's own."
    )

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("range: the first number must be the smaller one")
        return self


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
    """

    images: Array
    dims: Array
    values: Array
    importance: Array
    importance_title: str
    base: Picked
    base_image: Array
    label: int | None


COVER = 0.98
"""Part of the prior, or of the codes, that a row spans where no range is given."""


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Rows of decodes, one dimension changed in each."""
    from latentexplorer.latent.traversal import strip

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    measured = dimensions_of(shown)
    importance = measured.importance
    dims = _dims(settings, importance.order)
    base = pick_code(shown, settings.base or "prior-mean", images=trained)
    label = decode_class(trained, settings.label, default=base.y or 0)
    values = _values(settings, measured.ranges[dims])
    rows = np.stack([strip(base.z, int(dim), row) for dim, row in zip(dims, values, strict=True)])
    flat = np.concatenate([base.z[None], rows.reshape(-1, rows.shape[-1])])
    images = decode(shown, flat, label, emit=emit, stop=stop)
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
        notes=code_note(trained),
    )


def _dims(settings: Settings, order: Array) -> Array:
    size = len(order)
    if settings.dims:
        wrong = [dim for dim in settings.dims if dim >= size]
        if wrong:
            raise SettingsError(f"dims = {wrong[0]}: there is no such dimension", f"Choose from 0 to {size - 1}")
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
    ranges : (D, 2) float64
        From where to where each one goes where no range is given: by the prior, else by the training codes.
    """

    importance: Importance
    ranges: Array


def dimensions_of(trained: Trained) -> Dimensions:
    """How much each dimension of a run matters, and from where to where it goes."""
    from latentexplorer.latent.traversal import code_ranges, importance

    codes = trained.codes_of("train")
    kl = kl_of(trained, codes)
    if trained.prior is not None:
        ends = prior_quantiles(trained, np.array([(1 - COVER) / 2, (1 + COVER) / 2]))
        ranges = np.tile(ends, (trained.code_dim, 1))
    else:
        ranges = code_ranges(codes.loc, cover=COVER)
    return Dimensions(importance(codes.loc, None if kl is None else kl.mean(0)), ranges)


def _values(settings: Settings, ranges: Array) -> Array:
    """Values (R, S) that R dimensions with these ranges (R, 2) take."""
    ends = ranges if settings.range is None else np.tile(np.array(settings.range), (len(ranges), 1))
    return np.linspace(ends[:, 0], ends[:, 1], settings.steps, axis=1)


VIEW = View(Settings, compute)
