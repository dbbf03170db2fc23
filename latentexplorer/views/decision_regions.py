"""Which class each place of a latent plane, or of a map, decodes to, as a classifier judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views import latent_grid
from latentexplorer.views.base import Array, Part, SnapshotSettings, View, ViewResult
from latentexplorer.views.judging import CLASSIFIER_HELP, Regions, judge_of, judged
from latentexplorer.views.lookup import at_epoch, code_note, decode_class
from latentexplorer.views.map_regions import regions_of_map
from latentexplorer.views.pick import Pick
from latentexplorer.views.ranges import RangeSetting, check_range

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

MOST_POINTS = 3_000


class Settings(SnapshotSettings):
    """A plane of the latent space, or the plane of a map; how finely; who judges."""

    under: Literal["plane", "map"] = Field(
        "plane", title="Under", description="A plane of the latent space, or a map of the codes."
    )
    axes: Literal["auto", "dims", "directions", "nearby", "metric"] = Field(
        "auto", title="Plane", description="Of a plane, as in a latent grid."
    )
    dims: tuple[int, int] = Field((0, 1), title="Dimensions", description="Which two of them, from 0.")
    n: int = Field(48, ge=2, le=64, title="Places", description="Places across.")
    shape: float | None = Field(
        None,
        ge=0.1,
        le=10,
        title="Shape",
        description="Width by height of what is judged under a map; none: that of the points.",
    )
    range: RangeSetting = Field("auto", title="Range", description="What both sides span, as in a latent grid.")
    centre: Pick = Field("", title="Centre", description="A code the plane goes through, as in a latent grid.")
    label: str = Field("", max_length=200, title="Class", description="The class a conditional model decodes.")
    method: Literal["auto", "tsne", "pca", "umap", "dims"] = Field(
        "auto",
        title="Method",
        description="Of a map. Only pca and dims have an exact way back to codes; regions of the others are estimated. "
        "Auto: the raw dimensions of a two-dimensional code, else the map that the run keeps, else pca.",
    )
    part: Part = Field("train", title="Images", description="Codes of the training or of the held-out images.")
    limit: int = Field(5000, ge=1, le=1_000_000, title="At most", description="Codes on the map at most.")
    perplexity: float = Field(
        30.0, ge=2, le=500, title="Perplexity", description="How many neighbours t-SNE and UMAP look at."
    )
    steps: int = Field(
        600, ge=1, le=20_000, title="Iterations", description="Steps in which t-SNE moves the points into place."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Of the map.")
    classifier: str = Field("", max_length=4096, title="Classifier", description=CLASSIFIER_HELP)
    contours: bool = Field(True, title="Contours", description="Lines where the class changes.")
    points: bool = Field(True, title="Points", description="The codes on top, in the colours of their true classes.")

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.dims[0] == self.dims[1]:
            raise ValueError("dims: choose two different dimensions")
        check_range("range", self.range)
        return self


@dataclass(frozen=True)
class Result(ViewResult):
    """Regions at R x S places, rows from bottom to top.

    Attributes
    ----------
    regions : Regions
        A confidence of NaN where nothing is said.
    extent : (left, right, bottom, top)
        Of the places, half a step beyond the outermost ones.
    axes : (str, str)
        "" for those that mean nothing.
    points : (M, 2) float64
        Codes in the plane of the figure; of a plane of more dimensions those that come nearest to it.
    labels : (M,) int64 or None
        Their true classes, among `point_names`.
    point_names : tuple of str
        The run's classes, which may be others than those that the classifier tells.
    contours : bool
    more : dict
        What else there is to print.
    """

    regions: Regions
    extent: tuple[float, float, float, float]
    axes: tuple[str, str]
    points: Array
    labels: Array | None
    point_names: tuple[str, ...]
    contours: bool
    more: dict[str, Any]

    @property
    def numbers(self) -> dict[str, Any]:
        """What a command prints."""
        about = {"axes": list(self.axes), "extent": list(self.extent)}
        return about | self.more | self.regions.numbers | {"notes": list(self.notes)}


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """The class at every place, how sure it is, and who says so."""
    judge = judge_of(trained, settings.classifier, emit=emit, stop=stop)
    work = _of_map if settings.under == "map" else _of_plane
    return work(trained, settings, judge, emit, stop)


def _of_plane(trained: Trained, settings: Settings, judge: Any, emit: Emit, stop: StopToken) -> Result:
    from latentexplorer.views.plane import codes_in_sight, value_at

    plane = {name: getattr(settings, name) for name in ("axes", "dims", "n", "range", "centre", "label", "epoch")}
    grid = latent_grid.Settings.model_validate({**plane, "spacing": "linear"})
    shown, laid = latent_grid.lay_out(trained, grid, emit=emit, stop=stop)
    regions = judged(shown, judge, laid.codes[::-1], laid.label, emit=emit, stop=stop)
    points, labels = np.zeros((0, 2)), None
    if settings.points and "train" in shown.codes and len(shown.codes["train"].loc):
        cells, labels = codes_in_sight(laid, shown.codes["train"], MOST_POINTS)
        points = np.array([(value_at(laid.x, column), value_at(laid.y, row)) for column, row in cells]).reshape(-1, 2)
    x, y = laid.x, laid.y[::-1]
    half_x, half_y = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    return Result(
        regions=regions,
        extent=(float(x[0] - half_x), float(x[-1] + half_x), float(y[0] - half_y), float(y[-1] + half_y)),
        axes=laid.axes,
        points=points,
        labels=labels,
        point_names=trained.class_names,
        contours=settings.contours,
        more={},
        title="Decision regions",
        subtitle=laid.subtitle,
        notes=(regions.note("Colours"), *(_near_note(shown, settings)), *laid.notes),
    )


def _near_note(shown: Trained, settings: Settings) -> tuple[str, ...]:
    beside = settings.points and shown.code_dim > 2
    return ("Points: where the training codes come nearest to the plane; they lie beside it",) if beside else ()


def _of_map(trained: Trained, settings: Settings, judge: Any, emit: Emit, stop: StopToken) -> Result:
    from latentexplorer.views import map_inverse

    names = ("method", "dims", "part", "perplexity", "limit", "steps", "seed", "epoch")
    asked = map_inverse.Settings(**{name: getattr(settings, name) for name in names})
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    made = map_inverse.map_of(trained, asked, emit=emit, stop=stop)
    y = decode_class(trained, settings.label)
    found = regions_of_map(shown, made.projection, judge, settings.n, y, shape=settings.shape, emit=emit, stop=stop)
    told = () if y is None else (f"All places are decoded as class {trained.class_names[y]}",)
    return Result(
        regions=found.regions,
        extent=found.extent,
        axes=made.axes,
        points=np.asarray(made.coords, np.float64) if settings.points else np.zeros((0, 2)),
        labels=made.labels,
        point_names=trained.class_names,
        contours=settings.contours,
        more=found.numbers,
        title="Decision regions",
        subtitle=made.subtitle,
        notes=(found.regions.note("Colours"), *found.notes, *told, *code_note(trained)),
    )


VIEW = View(Settings, compute)
