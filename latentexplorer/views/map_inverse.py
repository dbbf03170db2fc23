"""How wrong the image decoded at each place of a map will be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.inverse_words import WAY_NAMES, overall_words
from latentexplorer.views.lookup import at_epoch, code_note, decode

if TYPE_CHECKING:
    from latentexplorer.latent.inverse_maps import InverseMap, Way
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained
    from latentexplorer.views import map as map_view

MARGIN = 0.08
"""Part of the map's extent that is shown around its points."""


class Settings(SnapshotSettings):
    """Which map, which way back from it, and what its error is counted in."""

    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Method",
        description="As of the map. Auto: the raw dimensions of a two-dimensional code, else the map that the run "
        "keeps, else pca.",
    )
    dims: tuple[int, int] = Field((0, 1), title="Dimensions", description="The two dimensions shown by 'dims'.")
    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    perplexity: float = Field(
        30.0, ge=2, le=500, title="Perplexity", description="How many neighbours t-SNE and UMAP look at."
    )
    limit: int = Field(5000, ge=1, le=1_000_000, title="At most", description="Codes on the map at most.")
    steps: int = Field(
        600, ge=1, le=20_000, title="Iterations", description="Steps in which t-SNE moves the points into place."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Of the map, of what is hidden, of the network.")
    way: Literal["auto", "exact", "nearest", "neighbours", "network"] = Field(
        "auto",
        title="Way back",
        description="How a place gets its code: exact (pca and dims alone), the nearest code, weighted neighbours, or "
        "a small network fitted to the map. Auto: as a click does it, exact or neighbours.",
    )
    unit: Literal["pixels", "codes"] = Field(
        "pixels", title="Unit", description="Error of the decode (RMSE), or distance to the true code."
    )
    cells: int = Field(80, ge=4, le=400, title="Cells", description="Places across, whose error is told.")


@dataclass(frozen=True)
class Result(ViewResult):
    """Predicted errors over the plane of a map of N codes.

    Attributes
    ----------
    coords : (N, 2) float32
    errors : (R, S) float64
        Of places from bottom to top and left to right; NaN farther from all points than any code was hidden.
    extent : (left, right, bottom, top)
        Of the plane.
    way : str
    unit : str
        What the errors are, for a colour bar.
    overall, chance : float
        Mean error at hidden codes among the points; of two codes at random.
    axes : (str, str)
    inverse : latentexplorer.latent.inverse_maps.InverseMap
    """

    coords: Array
    errors: Array
    extent: tuple[float, float, float, float]
    way: Way
    unit: str
    overall: float
    chance: float
    axes: tuple[str, str]
    inverse: InverseMap


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """Hide codes of a map, infer them again, and say for every place how wrong it will be.

    Raises
    ------
    NotApplicableError
        Where there are too few codes, or not the way that is asked for.
    """
    made, way, inverse = way_back(trained, settings, emit=emit, stop=stop)
    extent, places, shape = _plane(made.coords, settings.cells)
    predicted = inverse.predicted(way, places)
    errors = predicted.pixel if settings.unit == "pixels" else predicted.code
    which = 1 if settings.unit == "pixels" else 0
    return Result(
        coords=made.coords,
        errors=np.where(predicted.beyond, np.nan, errors).reshape(shape),
        extent=extent,
        way=way,
        unit="pixel RMSE" if settings.unit == "pixels" else "distance of codes",
        overall=inverse.overall(way)[which],
        chance=inverse.chance[which],
        axes=made.axes,
        title="Error of decoded places",
        subtitle=f"{WAY_NAMES[way]}, {made.subtitle}",
        notes=(f"{overall_words(inverse)}.", *code_note(trained), *made.projection.notes),
        inverse=inverse,
    )


def way_back(
    trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> tuple[map_view.Result, Way, InverseMap]:
    """The map and the way that are meant, and that way measured beside those that take no time.

    The network is measured only where it is the way, as it has to be fitted.
    """
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    made = map_of(trained, settings, emit=emit, stop=stop)
    usual = usual_way(made.projection)
    way = usual if settings.way == "auto" else settings.way
    ways = tuple(dict.fromkeys((usual, "nearest", "neighbours", way)))
    inverse = measured(shown, made.projection, settings.part, ways=ways, seed=settings.seed, emit=emit, stop=stop)
    return made, way, inverse


def map_of(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> map_view.Result:
    """The map that is meant: laid out, or as the run keeps it."""
    from latentexplorer.views import map as map_view
    from latentexplorer.views.kept_map import last_map

    names = ("method", "dims", "part", "perplexity", "limit", "steps", "seed", "epoch")
    asked = map_view.Settings(**{name: getattr(settings, name) for name in names}, color_by="none")
    if settings.method == "auto":
        shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
        if shown.code_dim > 2:
            kept = last_map(trained, asked, emit=emit, stop=stop) if settings.epoch is None else None
            if kept is not None and not kept.outdated:
                return kept
            asked = asked.model_copy(update={"method": "pca"})
    return map_view.compute(trained, asked, emit=emit, stop=stop)


def usual_way(projection: Projection) -> Way:
    """The way in which a click on a map is decoded where nobody has chosen one."""
    from latentexplorer.latent.inverse_maps import ways_of

    return "exact" if "exact" in ways_of(projection) else "neighbours"


def measured(
    shown: Trained,
    projection: Projection,
    part: Part,
    *,
    ways: tuple[Way, ...] | None = None,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> InverseMap:
    """The ways back from a map of a run's codes, measured by what the run decodes, or as they are kept with it.

    See `latent.inverse_maps`; `ways`: None for all that the map has.
    """
    from latentexplorer.latent import kept_inverses
    from latentexplorer.latent.inverse_maps import measure, ways_of

    ways = ways_of(projection) if ways is None else ways
    kept = kept_inverses.again(shown, projection, ways, seed, emit)
    if kept is not None:
        return kept
    work = partial(_decoded, shown, _labels(shown, projection, part), stop)
    return measure(projection, work, ways=ways, seed=seed, emit=emit, stop=stop)


def _labels(shown: Trained, projection: Projection, part: Part) -> Array | None:
    """Classes (N,) of the points of a map, where they have some."""
    codes = shown.codes_of(part)
    if codes.labels is None:
        return None
    order = np.argsort(codes.index, kind="stable")
    rows = order[np.searchsorted(codes.index, projection.index, sorter=order)]
    labels: Array = codes.labels[rows]
    return labels


def _decoded(shown: Trained, labels: Array | None, stop: StopToken, z: Array, rows: Array) -> Array:
    """Decodes of codes that stand for the points at some rows, in their classes."""
    return decode(shown, z, None if labels is None else labels[rows], stop=stop)


def _plane(coords: Array, cells: int) -> tuple[tuple[float, float, float, float], Array, tuple[int, int]]:
    """The extent of a map with a margin, the middles (R * S, 2) of its cells, and how many there are up and across."""
    low, high = np.asarray(coords.min(0), np.float64), np.asarray(coords.max(0), np.float64)
    size = high - low
    longest = float(size.max()) or 1.0
    # A thread is given some room to be seen.
    size = np.maximum(size, 0.2 * longest)
    middle = (low + high) / 2
    low, high = middle - size * (0.5 + MARGIN), middle + size * (0.5 + MARGIN)
    up = max(1, round(cells * float(size[1] / size[0])))
    across = [np.linspace(low[axis], high[axis], count + 1) for axis, count in enumerate((cells, up))]
    x, y = np.meshgrid(*((edges[1:] + edges[:-1]) / 2 for edges in across))
    return (low[0], high[0], low[1], high[1]), np.column_stack([x.ravel(), y.ravel()]), (up, cells)


def keep(trained: Trained, inverse: InverseMap, seed: int = 0) -> str:
    """Keep what was measured with the run; "", or why it is not."""
    from latentexplorer.latent.kept_inverses import keep as write

    return write(trained, inverse, seed)


VIEW = View(Settings, compute)
