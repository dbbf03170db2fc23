"""The map: a scatter of the codes in two dimensions, coloured by what is known of the images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import PART_NAMES, Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.lookup import at_epoch, code_note
from latentexplorer.views.map_colors import Colors, colors_of
from latentexplorer.views.ranges import axis_name, unused_dimensions

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained

Method = Literal["tsne", "pca", "umap", "dims"]
Number = Annotated[float, Field(ge=-1e9, le=1e9)]


class Settings(SnapshotSettings):
    """What the map shows, how it is laid out and coloured."""

    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Method",
        description="t-SNE keeps neighbours together, PCA keeps distances, dims shows two raw dimensions. "
        "Auto: the raw dimensions of a two-dimensional code, else t-SNE.",
    )
    dims: tuple[int, int] = Field((0, 1), title="Dimensions", description="The two dimensions shown by 'dims'.")
    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    color_by: str = Field(
        "auto",
        max_length=200,
        title="Colour",
        description="class, error, kl, none or a column of the data. Auto: the class where there is one.",
    )
    perplexity: float = Field(
        30.0, ge=2, le=500, title="Perplexity", description="How many neighbours t-SNE and UMAP look at."
    )
    limit: int = Field(
        5000,
        ge=1,
        le=1_000_000,
        title="At most",
        description="Codes shown at most, drawn at random where more are kept.",
    )
    steps: int = Field(
        750, ge=1, le=20_000, title="Iterations", description="Steps in which t-SNE moves the points into place."
    )
    early: int | None = Field(
        None,
        ge=0,
        le=20_000,
        title="Early iterations",
        description="How many of them, at the beginning, pull neighbours together harder. Empty: a third.",
    )
    stopped: int | None = Field(
        None,
        ge=0,
        le=20_000,
        title="Stopped after",
        description="Iterations after which t-SNE is left as it stands. Empty: it goes on to the last.",
    )
    sample: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        title="Laid out",
        description="Codes that t-SNE or UMAP lays out at most; the others are placed among them.",
    )
    hide: tuple[str, ...] = Field(
        (), max_length=1000, title="Hidden", description="Names of the classes or groups that are left out."
    )
    names: bool = Field(True, title="Names", description="Write the names of classes or groups at their points.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Same seed, same map.")
    area: tuple[Number, Number, Number, Number] | None = Field(
        None,
        title="Part",
        description="The part of the map that is seen: left, right, bottom, top. Empty: the whole.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.stopped is not None and self.stopped > self.steps:
            raise ValueError("stopped: must not be more than steps")
        if self.area is not None and not (self.area[0] < self.area[1] and self.area[2] < self.area[3]):
            raise ValueError("area: left must be less than right, bottom less than top")
        return self


@dataclass(frozen=True)
class Result(ViewResult):
    """A map of N codes.

    Attributes
    ----------
    coords : (N, 2) float32
    index : (N,) int64
        Position of each image in its part.
    labels : (N,) int64 or None
        Classes, whatever the colours show.
    groups : (N,) int64 or None
        Number of each code's class or group, into `group_names`.
    values : (N,) float64 or None
        What each code is coloured by where it is a number; NaN where unknown.
    color_title : str
        What the colours mean, with the unit.
    axes : (str, str)
        What the axes are; "" where they mean nothing (t-SNE, UMAP).
    projection : latentexplorer.latent.projection.Projection
        For placing new codes, finding the code at a position, and going on with an unfinished t-SNE. Holds all
        codes, hidden ones too.
    epoch : int
        Epoch of the model whose codes these are.
    area : (left, right, bottom, top) or None
        The part that is seen; None: the whole.
    named : bool
        Whether the names of groups stand at their points, see `views.map_names`.
    """

    coords: Array
    index: Array
    part: Part
    method: Method
    labels: Array | None
    groups: Array | None
    group_names: tuple[str, ...]
    values: Array | None
    color_title: str
    axes: tuple[str, str]
    projection: Projection
    epoch: int = 0
    area: tuple[float, float, float, float] | None = None
    named: bool = True

    @property
    def stopped(self) -> str:
        """`stopped after 300 of 750 iterations`; "" where it was not."""
        if self.projection.finished:
            return ""
        return f"stopped after {self.projection.step:,} of {self.projection.steps:,} iterations"

    @property
    def tsne_settings(self) -> dict[str, float]:
        """The settings that lay this t-SNE out again as far as it has come; none for another method."""
        from latentexplorer.latent.tsne import TsneMap

        made = self.projection
        if not isinstance(made, TsneMap):
            return {}
        settings = {"perplexity": made.settings.perplexity, "steps": made.steps, "seed": made.settings.seed}
        if made.state.early != made.steps // 3:
            settings["early"] = made.state.early
        if not made.finished:
            settings["stopped"] = made.step
        return settings

    def same_points(self, other: Result) -> bool:
        """Whether the points of both are the same images, in the same order."""
        return self.part == other.part and np.array_equal(self.index, other.index)

    def colored_as(self, other: Result) -> Result:
        """This map in the colours of another one that has the same points."""
        return replace(
            self,
            groups=other.groups,
            group_names=other.group_names,
            values=other.values,
            color_title=other.color_title,
        )

    @property
    def description(self) -> str:
        """One line with everything a caption needs."""
        return ". ".join((", ".join(filter(None, (f"{self.title}: {self.subtitle}", self.stopped))), *self.notes))


def compute(
    trained: Trained,
    settings: Settings,
    *,
    before: Result | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Result:
    """Lay the codes of a part out in two dimensions.

    When stopped while t-SNE moves the points, the map is returned as it stands: `projection.finished` tells.

    Parameters
    ----------
    before : Result or None
        An earlier t-SNE map: where it is of the same codes, their neighbours are not sought again.

    Raises
    ------
    NotApplicableError
        Where what they are to be coloured by is not known of these images.
    """
    from latentexplorer.latent.projection import project, sample_rows

    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = shown.codes_of(settings.part)
    kept = len(codes.loc)
    if kept > settings.limit:
        codes = codes.take(sample_rows(kept, settings.limit, codes.labels, settings.seed))
    colors = colors_of(trained, shown, codes, settings.color_by, settings.part, stop=stop)
    projection = project(
        codes.loc,
        _method(settings, codes.loc),
        index=codes.index,
        labels=codes.labels,
        dims=settings.dims,
        perplexity=settings.perplexity,
        steps=settings.steps,
        early=settings.early,
        until=settings.stopped,
        limit=settings.sample,
        seed=settings.seed,
        reuse=None if before is None else getattr(before.projection, "affinities", None),
        emit=emit,
        stop=stop,
    )
    epoch = f", epoch {shown.epoch}" if settings.epoch is not None else ""
    result = Result(
        coords=projection.coords,
        index=codes.index,
        part=settings.part,
        method=projection.method,
        labels=codes.labels,
        groups=colors.groups,
        group_names=colors.names,
        values=colors.values,
        color_title=colors.title,
        axes=_axes(shown, projection),
        title="Map",
        subtitle=_subtitle(projection, kept, settings.part) + epoch,
        notes=(*_notes(trained, colors), *code_note(trained), *projection.notes),
        projection=projection,
        epoch=shown.epoch,
        area=settings.area,
        named=settings.names,
    )
    return _without(result, settings.hide)


def beginning(trained: Trained, settings: Settings, *, stop: StopToken = NEVER) -> Result:
    """The points that a map of t-SNE or UMAP will have, by their principal components: to be seen until they move."""
    placed = compute(trained, settings.model_copy(update={"method": "pca"}), stop=stop)
    return replace(placed, method=_method(settings, placed.projection.codes))


def resume(result: Result, steps: int, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Go on with the t-SNE of a map, up to `steps` steps in all; it may be stopped again."""
    from latentexplorer.latent.projection import project

    old = result.projection
    projection = project(old.codes, "tsne", steps=steps, resume=old, emit=emit, stop=stop)
    return replace(result, coords=projection.coords, projection=projection)


def recolor(trained: Trained, result: Result, settings: Settings, *, stop: StopToken = NEVER) -> Result:
    """The same map of the same codes, coloured by something else; nothing is laid out again."""
    codes = trained.codes_of(result.part)
    row_of = {int(position): row for row, position in enumerate(codes.index)}
    codes = codes.take(np.array([row_of[int(position)] for position in result.index], np.int64))
    colors = colors_of(trained, trained, codes, settings.color_by, result.part, stop=stop)
    return replace(
        result, groups=colors.groups, group_names=colors.names, values=colors.values, color_title=colors.title
    )


def _subtitle(projection: Projection, kept: int, part: Part) -> str:
    """`t-SNE of 1,000 of 60,000 training codes`."""
    laid_out, shown = len(projection.sampled), len(projection.codes)
    of = f"{laid_out:,} of {kept:,}" if laid_out < kept else f"{kept:,}"
    others = f", {shown - laid_out:,} placed among them" if laid_out < shown else ""
    return f"{_words(projection)[0]} of {of} {PART_NAMES[part]} {'code' if kept == 1 else 'codes'}{others}"


def _without(result: Result, hidden: tuple[str, ...]) -> Result:
    """The map without the points of some groups; the projection keeps them."""
    if not hidden:
        return result
    unknown = [name for name in hidden if name not in result.group_names]
    if result.groups is None or unknown:
        name = unknown[0] if unknown else hidden[0]
        raise SettingsError(f"hide: there is no group {name!r} on this map", suggest(name, result.group_names))
    out = [number for number, name in enumerate(result.group_names) if name in hidden]
    keep = ~np.isin(result.groups, out)
    if not keep.any():
        raise NotApplicableError("Every group is hidden", "Show at least one of them")
    count = len(out)
    return replace(
        result,
        coords=result.coords[keep],
        index=result.index[keep],
        labels=None if result.labels is None else result.labels[keep],
        groups=result.groups[keep],
        notes=(*result.notes, f"{count} {'group is' if count == 1 else 'groups are'} left out"),
    )


def _method(settings: Settings, z: Array) -> Method:
    if settings.method != "auto":
        return settings.method
    return "dims" if z.shape[1] == 2 or len(z) < 5 else "tsne"


def _words(projection: Projection) -> tuple[str, tuple[str, str]]:
    """What the map is and what its axes are, for a person."""
    from latentexplorer.latent.projection import DimensionMap, PrincipalMap

    if isinstance(projection, DimensionMap):
        if projection.codes.shape[1] == 1:
            return "the only dimension", ("z0", "")
        return f"z{projection.dims[0]} and z{projection.dims[1]}", (f"z{projection.dims[0]}", f"z{projection.dims[1]}")
    if isinstance(projection, PrincipalMap):
        shares = [*projection.found.share, 0.0]
        axes = [f"component {at + 1} ({100 * shares[at]:.0f} % of the variance)" for at in range(2)]
        return "principal components", (axes[0], axes[1])
    return {"tsne": "t-SNE", "umap": "UMAP"}.get(projection.method, projection.method), ("", "")


def _axes(shown: Trained, projection: Projection) -> tuple[str, str]:
    """What the axes are, and which dimensions are not used: their codes are a thread, at equal scales."""
    from latentexplorer.latent.projection import DimensionMap

    names = _words(projection)[1]
    if not isinstance(projection, DimensionMap):
        return names
    unused = unused_dimensions(shown)
    first, second = (axis_name(int(name[1:]), unused) if name else "" for name in names)
    return first, second


def _notes(trained: Trained, colors: Colors) -> tuple[str, ...]:
    model = trained.config.model
    started_by_label = not model.kind.encoder and model.code_init == "per-class"
    if model.kind.separates:
        return ("Each code is that of a mixture; class and image are those of its first image",)
    return ("Codes started by label carry the label",) if started_by_label and colors.groups is not None else ()


VIEW = View(Settings, compute)
