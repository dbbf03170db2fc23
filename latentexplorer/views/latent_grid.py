"""A plane through the latent space, decoded point by point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.lookup import at_epoch, centre, code_note, decode, decode_class, prior_quantiles
from latentexplorer.views.pick import Pick, pick_code

if TYPE_CHECKING:
    from latentexplorer.latent.plane import Plane
    from latentexplorer.runs import Trained

LIMIT = 1e6
"""No coordinate of a plane is larger."""

Number = Annotated[float, Field(ge=-LIMIT, le=LIMIT)]
Range = tuple[Number, Number]


class Settings(SnapshotSettings):
    """Which plane, how finely."""

    axes: Literal["auto", "dims", "directions"] = Field(
        "auto",
        title="Plane",
        description="Two raw dimensions, or two principal directions of the training codes. "
        "Auto: the raw dimensions of a two-dimensional code, else directions.",
    )
    dims: tuple[int, int] = Field(
        (0, 1), title="Dimensions", description="Which two dimensions, or which two principal directions, from 0."
    )
    n: int = Field(12, ge=2, le=64, title="Cells", description="Images along each side.")
    spacing: Literal["auto", "quantiles", "linear"] = Field(
        "auto",
        title="Spacing",
        description="Quantiles: as many of the prior's draws (along directions: of the codes) between neighbours. "
        "Auto: quantiles, or linear where a range is given.",
    )
    coverage: float = Field(
        0.98,
        gt=0,
        lt=1,
        title="Coverage",
        description="Part of the prior (or of the codes) that a side of linear spacing spans, where it has no range.",
    )
    x_range: Range | None = Field(None, title="Across", description="From, to. Empty: by coverage.")
    y_range: Range | None = Field(None, title="Up", description="From, to. Empty: by coverage.")
    centre: Pick = Field(
        "",
        title="Centre",
        description="A code the plane goes through, such as train:12. Empty: the prior's mean, or that of the codes.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the first."
    )

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.dims[0] == self.dims[1]:
            raise ValueError("dims: choose two different dimensions")
        for name, span in (("x_range", self.x_range), ("y_range", self.y_range)):
            if span is not None and not span[0] < span[1]:
                raise ValueError(f"{name}: the first number must be the smaller one")
        if self.spacing == "quantiles" and (self.x_range or self.y_range):
            raise ValueError("spacing: quantiles has no ranges; use spacing=linear with x_range and y_range")
        return self

    def axes_for(self, code_dim: int) -> Literal["dims", "directions"]:
        """`axes`, where it is "auto" what that means for codes of so many numbers."""
        if self.axes != "auto":
            return self.axes
        return "dims" if code_dim == 2 else "directions"

    def given(self) -> dict[str, object]:
        """What must be said for the same plane: axes and cells, and what is not as by default."""
        return {"axes": self.axes, "n": self.n, **self.model_dump(exclude_defaults=True)}


@dataclass(frozen=True)
class Result(ViewResult):
    """An n x n plane. Row 0 is the top: the largest `y`.

    Attributes
    ----------
    images : (n, n, H, W', C) float32 in [0, 1]
        Row by row from the top, column by column from the left.
    codes : (n, n, D) float32
        What each image was decoded from.
    x : (n,) float64
        Coordinate of each column, from left to right.
    y : (n,) float64
        Coordinate of each row, from top to bottom (falling).
    axes : (str, str)
        What the two sides are.
    label : int or None
        Class it was decoded with (conditional models).
    origin : (D,) float32
        Code at coordinate (0, 0) of directions; for raw dimensions the code that the others are held at.
    basis : (2, D) float32
        Steps through the latent space for one unit of x and of y.
    """

    images: Array
    codes: Array
    x: Array
    y: Array
    axes: tuple[str, str]
    label: int | None
    origin: Array
    basis: Array


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """A plane of codes and its decodes."""
    shown, plane = lay_out(trained, settings, emit=emit, stop=stop)
    flat = plane.codes.reshape(-1, plane.codes.shape[-1])
    images = decode(shown, flat, plane.label, emit=emit, stop=stop)
    return replace(plane, images=images.reshape(*plane.codes.shape[:2], *images.shape[1:]))


def lay_out(
    trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> tuple[Trained, Result]:
    """The run at the epoch asked for, and the plane's codes without their images: `images` is empty."""
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    if shown.code_dim < 2:
        raise NotApplicableError("A plane needs codes of two dimensions", "Use the traversal for a single one")
    raw = settings.axes_for(shown.code_dim) == "dims"
    through = pick_code(shown, settings.centre) if settings.centre else None
    label = decode_class(trained, settings.label, default=(through.y if through else None) or 0)
    middle = None if through is None else through.z
    plane = _dimension_plane(shown, settings, middle) if raw else _direction_plane(shown, settings, middle)
    parts = [
        " and ".join(plane.names) if raw else "principal directions of the codes, with their parts of the variance"
    ]
    if through is not None:
        parts.append(f"through {through.title}")
    if label is not None:
        parts.append(f"class {trained.class_names[label]}")
    if settings.epoch is not None:
        parts.append(f"epoch {shown.epoch}")
    laid_out = Result(
        images=np.zeros((0, 0, 0, 0, 0), np.float32),
        codes=plane.codes,
        x=plane.u,
        y=plane.v,
        axes=plane.names,
        label=label,
        origin=plane.origin.astype(np.float32),
        basis=plane.axes.astype(np.float32),
        title="Latent grid",
        subtitle=", ".join(parts),
        notes=code_note(trained),
    )
    return shown, laid_out


def _by_quantiles(settings: Settings) -> bool:
    return settings.spacing == "quantiles" or (
        settings.spacing == "auto" and settings.x_range is None and settings.y_range is None
    )


def _dimension_plane(shown: Trained, settings: Settings, middle: Array | None) -> Plane:
    """Two raw dimensions, spaced by the prior, or by the codes where there is none."""
    from latentexplorer.latent.plane import dimension_plane

    start = centre(shown) if middle is None else middle
    sides = []
    for dim, given in zip(settings.dims, (settings.x_range, settings.y_range), strict=True):
        values = None
        if shown.prior is None and given is None and dim < shown.code_dim:
            values = shown.codes_of("train").loc[:, dim]
        sides.append(_side(shown, settings, given, values))
    return dimension_plane(start, *settings.dims, *sides)


def _direction_plane(shown: Trained, settings: Settings, middle: Array | None) -> Plane:
    """Two principal directions of the training codes, spaced by the codes."""
    from latentexplorer.latent.geometry import principal
    from latentexplorer.latent.plane import span

    codes = shown.codes_of("train").loc
    found = principal(codes)
    if max(settings.dims) >= len(found.directions):
        raise SettingsError(
            f"dims = {settings.dims}: there is no such direction", f"Choose from 0 to {len(found.directions) - 1}"
        )
    dims = list(settings.dims)
    along = found.coordinates(codes)[:, dims]
    across, up = (
        _side(shown, settings, given, along[:, side]) for side, given in enumerate((settings.x_range, settings.y_range))
    )
    names = [f"direction {dim + 1} ({100 * found.share[dim]:.0f} %)" for dim in dims]
    return span(found.mean if middle is None else middle, found.directions[dims], across, up, (names[0], names[1]))


def _side(shown: Trained, settings: Settings, given: tuple[float, float] | None, values: Array | None) -> Array:
    """Values along one side: a given range, else spaced by `values` (N,) of the codes, else by the prior."""
    from latentexplorer.latent.plane import code_quantiles, code_range, levels, linear

    if given is not None:
        return linear(*given, settings.n)
    if _by_quantiles(settings):
        spaced = prior_quantiles(shown, levels(settings.n)) if values is None else code_quantiles(values, settings.n)
        if np.ptp(spaced) > 0:
            return spaced
    if values is not None:
        return code_range(values, settings.n, cover=settings.coverage)
    beyond = (1 - settings.coverage) / 2
    low, high = prior_quantiles(shown, np.array([beyond, 1 - beyond]))
    return linear(float(low), float(high), settings.n)


VIEW = View(Settings, compute)
