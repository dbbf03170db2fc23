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
from latentexplorer.views.lookup import at_epoch, code_note, decode, kl_of, originals, rmse

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.models import Codes
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

    @property
    def stopped(self) -> str:
        """`stopped after 300 of 750 iterations`; "" where it was not."""
        from latentexplorer.latent.tsne import TsneMap

        if self.projection.finished or not isinstance(self.projection, TsneMap):
            return ""
        return f"stopped after {self.projection.step:,} of {self.projection.settings.steps:,} iterations"

    @property
    def description(self) -> str:
        """One line with everything a caption needs."""
        return ". ".join((", ".join(filter(None, (f"{self.title}: {self.subtitle}", self.stopped))), *self.notes))


@dataclass(frozen=True)
class _Colors:
    """What the points are coloured by: groups, numbers or nothing."""

    title: str = ""
    groups: Array | None = None
    names: tuple[str, ...] = ()
    values: Array | None = None


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
    colors = _colors(trained, shown, codes, settings, emit, stop)
    projection = project(
        codes.loc,
        _method(settings, codes),
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
        axes=_words(projection)[1],
        title="Map",
        subtitle=_subtitle(projection, kept, settings.part) + epoch,
        notes=(*_notes(trained, colors), *code_note(trained), *projection.notes),
        projection=projection,
        epoch=shown.epoch,
        area=settings.area,
    )
    return _without(result, settings.hide)


def resume(result: Result, steps: int, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Go on with the t-SNE of a map, up to `steps` steps in all; it may be stopped again."""
    from latentexplorer.latent.projection import project

    old = result.projection
    projection = project(old.codes, "tsne", steps=steps, resume=old, emit=emit, stop=stop)
    return replace(result, coords=projection.coords, projection=projection)


def recolor(
    trained: Trained, result: Result, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Result:
    """The same map of the same codes, coloured by something else; nothing is laid out again."""
    codes = trained.codes_of(result.part)
    row_of = {int(position): row for row, position in enumerate(codes.index)}
    codes = codes.take(np.array([row_of[int(position)] for position in result.index], np.int64))
    colors = _colors(trained, trained, codes, settings, emit, stop)
    return replace(
        result, groups=colors.groups, group_names=colors.names, values=colors.values, color_title=colors.title
    )


def color_limits(values: Array) -> tuple[float, float]:
    """Ends of the colour scale: all but the one in a hundred at either end that would flatten the rest."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.quantile(known, [0.01, 0.99])
    return (float(low), float(high)) if low < high else (float(low) - 0.5, float(low) + 0.5)


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


def _method(settings: Settings, codes: Codes) -> Method:
    if settings.method != "auto":
        return settings.method
    return "dims" if codes.loc.shape[1] == 2 or len(codes.loc) < 5 else "tsne"


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


def _notes(trained: Trained, colors: _Colors) -> tuple[str, ...]:
    model = trained.config.model
    started_by_label = not model.kind.encoder and model.code_init == "per-class"
    if model.kind.separates:
        return ("Each code is that of a mixture; class and image are those of its first image",)
    return ("Codes started by label carry the label",) if started_by_label and colors.groups is not None else ()


def _colors(trained: Trained, shown: Trained, codes: Codes, settings: Settings, emit: Emit, stop: StopToken) -> _Colors:
    by = settings.color_by
    if by == "none" or (by == "auto" and codes.labels is None):
        return _Colors()
    if by in ("auto", "class"):
        if codes.labels is None:
            raise NotApplicableError("These images carry no classes", "Choose another colour: color_by=none")
        return _Colors("class", codes.labels, trained.class_names)
    if by == "kl":
        kl = kl_of(shown, codes)
        if kl is None:
            raise NotApplicableError(
                f"{trained.config.model.kind.title} has no KL to colour by", "Choose another colour, such as error"
            )
        return _Colors("KL, nats", values=kl.sum(1).astype(np.float64))
    if by == "error":
        return _Colors("rmse on [0, 1]", values=_errors(trained, shown, codes, settings.part, emit, stop))
    return _column(trained, codes, settings)


def _errors(trained: Trained, shown: Trained, codes: Codes, part: Part, emit: Emit, stop: StopToken) -> Array:
    """Root mean squared error of each image's decode, on [0, 1]."""
    if trained.config.model.kind.separates:
        raise NotApplicableError("A mixture has two originals", "See the separation figure for its errors")
    errors = np.empty(len(codes.loc))
    for start in range(0, len(errors), 1024):
        rows = slice(start, start + 1024)
        x_hat = decode(shown, codes.loc[rows], None if codes.labels is None else codes.labels[rows], stop=stop)
        errors[rows] = rmse(x_hat, originals(trained, part, codes.index[rows]))
    return errors


def _column(trained: Trained, codes: Codes, settings: Settings) -> _Colors:
    """Colours by a column of the data: numbers on a scale, everything else in groups."""
    name = settings.color_by
    columns = trained.images(settings.part).columns
    if name not in columns:
        choices = ["class", "error", "kl", "none", *columns]
        raise SettingsError(f"color_by = {name!r}: there is no such column", suggest(name, choices))
    column = np.asarray(columns[name])[codes.index]
    if column.dtype.kind in "fiu":
        return _Colors(name, values=column.astype(np.float64))
    names, groups = np.unique(column, return_inverse=True)
    return _Colors(name, groups.astype(np.int64), tuple(str(value) for value in names))


VIEW = View(Settings, compute)
