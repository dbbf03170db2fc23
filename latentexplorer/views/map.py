"""The map: a scatter of the codes in two dimensions, coloured by what is known of the images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, Part, SnapshotSettings, View, ViewResult, count_text
from latentexplorer.views.lookup import at_epoch, code_note
from latentexplorer.views.map_choice import found_among, without
from latentexplorer.views.map_colors import Colors, colors_of
from latentexplorer.views.map_ground import check_ground, with_ground
from latentexplorer.views.map_layout import Method, kept_layout, laid_out, method_of
from latentexplorer.views.map_preservation import colored_by, is_measure, measured, with_measure
from latentexplorer.views.map_words import METHOD_NAMES, PRINCIPAL, axes_of, notes_of, subtitle_of
from latentexplorer.views.search_words import MOST_LETTERS

if TYPE_CHECKING:
    from latentexplorer.latent.kept_maps import Wanted
    from latentexplorer.latent.preservation import Preservation
    from latentexplorer.latent.projection import Projection
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained
    from latentexplorer.views.map_ground import Ground

Number = Annotated[float, Field(ge=-1e9, le=1e9)]


class Settings(SnapshotSettings):
    """What the map shows, how it is laid out and coloured."""

    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Method",
        description="t-SNE keeps neighbours together, PCA shows the two widest directions, dims two raw dimensions. "
        "Auto: the raw dimensions of a two-dimensional code, else t-SNE.",
    )
    dims: tuple[int, int] = Field((0, 1), title="Dimensions", description="The two dimensions shown by 'dims'.")
    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    color_by: str = Field(
        "auto",
        max_length=200,
        title="Colour",
        description="class, error, kl, none or a column of the data; kept, trustworthiness or continuity: how well the "
        "map keeps the neighbours of each code. Auto: the class where there is one.",
    )
    neighbours: int = Field(
        15,
        ge=1,
        le=1000,
        title="Neighbours",
        description="How many nearest codes of each one are looked at for how well the map keeps them.",
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
        600, ge=1, le=20_000, title="Iterations", description="Steps in which t-SNE moves the points into place."
    )
    early: int | None = Field(
        None,
        ge=0,
        le=20_000,
        title="Early iterations",
        description="How many of them, at the beginning, pull neighbours together harder. Empty: a third, 100 at most.",
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
    where: str = Field(
        "",
        max_length=MOST_LETTERS,
        title="Search",
        description="What is searched stands out, all else is faint: words, or conditions such as "
        "error > 0.1 and class = Coat.",
    )
    magnification: bool = Field(
        False,
        title="Magnification",
        description="How much the decoder stretches each place, as the ground of the map, log scale. Where a place "
        "decodes exactly: pca and dims.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes for the magnification."
    )
    refresh: bool = Field(
        False,
        title="Lay out anew",
        description="Lay t-SNE and UMAP out anew, also where the run keeps the same map.",
    )
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
    kept : bool
        Whether it is one that the run keeps, as it is kept.
    outdated : bool
        Whether the model, and with it the codes, have changed since it was laid out: it can only be laid out anew.
    found : (N,) bool or None
        What the search finds; None where nothing is searched.
    wanted : latentexplorer.latent.kept_maps.Wanted or None
        What a map of t-SNE or UMAP is known by where it is kept.
    area : (left, right, bottom, top) or None
        The part that is seen; None: the whole.
    named : bool
        Whether the names of groups stand at their points, see `views.map_names`.
    preservation : latentexplorer.latent.preservation.Preservation or None
        How well the map keeps the neighbours of its codes, where somebody has asked for it.
    ground : latentexplorer.views.map_ground.Ground or None
        How much the decoder stretches each place, where somebody has asked for it.
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
    kept: bool = False
    outdated: bool = False
    found: Array | None = None
    wanted: Wanted | None = None
    named: bool = True
    preservation: Preservation | None = None
    ground: Ground | None = None

    @property
    def stopped(self) -> str:
        """`stopped after 300 of 600 iterations`; "" where it was not."""
        if self.projection.finished:
            return ""
        return f"stopped after {self.projection.step:,} of {self.projection.steps:,} iterations"

    @property
    def moving(self) -> Result:
        """Of a `beginning` whose points have moved: they are no principal components any more."""
        name = METHOD_NAMES.get(self.method)
        if name is None or self.axes == ("", ""):
            return self
        return replace(self, axes=("", ""), subtitle=self.subtitle.replace(PRINCIPAL, name, 1))

    @property
    def tsne_settings(self) -> dict[str, float]:
        """The settings that lay this t-SNE out again as far as it has come; none for another method."""
        from latentexplorer.latent.maps import early_steps
        from latentexplorer.latent.tsne import TsneMap

        made = self.projection
        if not isinstance(made, TsneMap):
            return {}
        settings = {"perplexity": made.settings.perplexity, "steps": made.steps, "seed": made.settings.seed}
        if made.state.early != early_steps(made.steps):
            settings["early"] = made.state.early
        if not made.finished:
            settings["stopped"] = made.step
        return settings

    @property
    def settled(self) -> bool:
        """Whether its points stand where its method has put them: not those of a `beginning`."""
        return self.projection.method == self.method

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
            preservation=other.preservation if other.projection is self.projection else self.preservation,
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
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    codes = _sampled(shown, settings)
    check_ground(settings, method_of(settings, codes.loc))
    later = is_measure(settings.color_by)
    colors = colors_of(trained, shown, codes, "none" if later else settings.color_by, settings.part, stop=stop)
    found = found_among(trained, shown, codes, colors, settings, stop)
    wanted, kept = kept_layout(trained, codes, settings, emit)
    taken = kept is not None and wanted is not None and wanted.is_reached_by(kept)
    along = None if shown.frame is shown else _sampled(shown.frame, settings).loc
    projection = kept if taken else laid_out(codes, settings, before, kept, along, emit, stop)
    assert projection is not None
    result = assembled(trained, shown, codes, colors, settings, projection)
    result = replace(result, wanted=wanted, kept=taken)
    if found is not None:
        note = f"{int(found.sum()):,} of {count_text(len(found), 'code')} found: {' '.join(settings.where.split())}"
        result = replace(result, found=found, notes=(*result.notes, note))
    result = with_ground(shown, with_measure(result, settings, emit, stop), settings, emit, stop)
    return without(result, settings.hide)


def _sampled(trained: Trained, settings: Settings) -> Codes:
    """The codes of a part, at most as many as are wanted."""
    from latentexplorer.latent.projection import sample_rows

    codes = trained.codes_of(settings.part)
    if len(codes) <= settings.limit:
        return codes
    return codes.take(sample_rows(len(codes), settings.limit, codes.labels, settings.seed))


def assembled(
    trained: Trained, shown: Trained, codes: Codes, colors: Colors, settings: Settings, projection: Projection
) -> Result:
    """A map with its colours and words.

    Parameters
    ----------
    trained, shown : Trained
        The run, which has the images, and the run as it was at the epoch whose codes these are.
    """
    epoch = f", epoch {shown.epoch}" if settings.epoch is not None else ""
    there = max(trained.info.size(settings.part), len(shown.codes_of(settings.part)))
    return Result(
        coords=projection.coords,
        index=codes.index,
        part=settings.part,
        method=projection.method,
        labels=codes.labels,
        groups=colors.groups,
        group_names=colors.names,
        values=colors.values,
        color_title=colors.title,
        axes=axes_of(shown, projection),
        title="Map",
        subtitle=subtitle_of(projection, there, settings.part) + epoch,
        notes=(*notes_of(trained, colors), *code_note(trained), *projection.notes),
        projection=projection,
        epoch=shown.epoch,
        area=settings.area,
        named=settings.names,
    )


def beginning(trained: Trained, settings: Settings, *, stop: StopToken = NEVER) -> Result:
    """The points that a map of t-SNE or UMAP will have, by their principal components: to be seen until they move."""
    placed = compute(trained, settings.model_copy(update={"method": "pca"}), stop=stop)
    return replace(placed, method=method_of(settings, placed.projection.codes))


def resume(result: Result, steps: int, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Go on with the t-SNE of a map, up to `steps` steps in all; it may be stopped again."""
    from latentexplorer.latent.projection import project

    old = result.projection
    projection = project(old.codes, "tsne", steps=steps, resume=old, emit=emit, stop=stop)
    return replace(result, coords=projection.coords, projection=projection, kept=False, preservation=None)


def recolor(
    trained: Trained,
    result: Result,
    settings: Settings,
    *,
    queries: int | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Result:
    """The same map of the same codes, coloured by something else; nothing is laid out again.

    `queries`: how many points are asked about where it is coloured by how well it keeps neighbours, see
    `latent.preservation`.
    """
    if is_measure(settings.color_by):
        kept = measured(result, settings.neighbours, queries=queries, seed=settings.seed, emit=emit, stop=stop)
        return colored_by(result, settings.color_by, kept)
    codes = codes_at(trained, result.part, result.index)
    assert codes is not None
    colors = colors_of(trained, trained, codes, settings.color_by, result.part, stop=stop)
    return replace(
        result,
        groups=colors.groups,
        group_names=colors.names,
        values=colors.values,
        color_title=colors.title,
        preservation=None,
    )


def codes_at(trained: Trained, part: Part, index: Array) -> Codes | None:
    """The codes of images at some positions, in that order; None where not all of them are kept."""
    codes = trained.codes_of(part)
    order = np.argsort(codes.index, kind="stable")
    place = np.searchsorted(codes.index, index, sorter=order)
    if not len(index) or place.max(initial=0) >= len(order):
        return None
    rows = order[place]
    return codes.take(rows) if np.array_equal(codes.index[rows], index) else None


def keep(trained: Trained, result: Result) -> str:
    """Keep a map of t-SNE or UMAP with its run; "", or why it is not kept."""
    from latentexplorer.views.kept_map import keep

    return keep(trained, result)


VIEW = View(Settings, compute, keep)
