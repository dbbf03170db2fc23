"""How much the decoder stretches a plane of the latent space: where small steps change much, and where nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views import latent_grid
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.magnified import magnified
from latentexplorer.views.pick import Pick
from latentexplorer.views.ranges import RangeSetting, check_range

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


class Settings(SnapshotSettings):
    """Which plane, how finely; as that of a latent grid."""

    axes: Literal["auto", "dims", "directions"] = Field(
        "auto", title="Plane", description="Two raw dimensions, or two principal directions, as in a latent grid."
    )
    dims: tuple[int, int] = Field((0, 1), title="Dimensions", description="Which two of them, from 0.")
    n: int = Field(32, ge=2, le=64, title="Places", description="Places across, and as many up.")
    range: RangeSetting = Field("auto", title="Range", description="What both sides span, as in a latent grid.")
    centre: Pick = Field("", title="Centre", description="A code the plane goes through, as in a latent grid.")
    label: str = Field("", max_length=200, title="Class", description="The class a conditional model decodes.")

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.dims[0] == self.dims[1]:
            raise ValueError("dims: choose two different dimensions")
        check_range("range", self.range)
        return self

    def plane(self) -> latent_grid.Settings:
        """The latent grid over the same plane."""
        return latent_grid.Settings.model_validate({**self.model_dump(), "spacing": "linear"})


@dataclass(frozen=True)
class Result(ViewResult):
    """Magnification at R x S places of a plane. Row 0 is the top: the largest `y`.

    Attributes
    ----------
    values : (R, S) float64
        log10 of how much a small area of the plane grows among the images; NaN where the decoder stands still.
    x : (S,) float64
    y : (R,) float64
        Falling.
    axes : (str, str)
        What the two sides are.
    """

    values: Array
    x: Array
    y: Array
    axes: tuple[str, str]


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """sqrt(det(A^T J^T J A)) over a plane with unit directions A, on a log scale; J: the decoder's Jacobian."""
    shown, plane = latent_grid.lay_out(trained, settings.plane(), emit=emit, stop=stop)
    values = magnified(shown, plane.codes, plane.basis, plane.label, emit=emit, stop=stop)
    still = int((~np.isfinite(values)).sum())
    notes = ["log10 of area among the images (all their numbers, on [0, 1]) for area of the plane: 1 is ten times"]
    if still:
        notes.append(f"At {still:,} of {values.size:,} places the decoder stands still along a direction of the plane")
    return Result(
        values=values,
        x=plane.x,
        y=plane.y,
        axes=plane.axes,
        title="Magnification",
        subtitle=plane.subtitle,
        notes=(*notes, *plane.notes),
    )


VIEW = View(Settings, compute)
