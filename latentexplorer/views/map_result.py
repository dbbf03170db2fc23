"""A map that was worked out: where its codes lie, and what they are coloured by and called."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.base import Array, Part, ViewResult
from latentexplorer.views.map_words import METHOD_NAMES, PRINCIPAL

if TYPE_CHECKING:
    from latentexplorer.latent.kept_maps import Wanted
    from latentexplorer.latent.maps import Method
    from latentexplorer.latent.preservation import Preservation
    from latentexplorer.latent.projection import Projection
    from latentexplorer.views.map_ground import Ground


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
