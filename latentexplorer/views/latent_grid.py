"""A plane through the latent space, decoded point by point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.latent.ranges import Span, choose, held, used_ranges
from latentexplorer.views.base import Array, SnapshotSettings, View, ViewResult
from latentexplorer.views.fading import FADE_HELP, Fading, fading_of
from latentexplorer.views.judging import CLASSIFIER_HELP, REGIONS_HELP, Regions, judge_of, judged
from latentexplorer.views.local_axes import UNIT, Kind, axes_at, metric_known, span_of
from latentexplorer.views.lookup import at_epoch, centre, code_note, decode, decode_class, prior_quantiles
from latentexplorer.views.magnified import MAGNIFICATION_HELP, magnified, note_of
from latentexplorer.views.pick import Pick, Picked, pick_code, usual_pick
from latentexplorer.views.ranges import (
    LIMIT,
    RANGE_WORDS,
    Range,
    RangeSetting,
    axis_name,
    check_range,
    leaving_note,
    meant,
    spans_of,
    unused_dimensions,
)
from latentexplorer.views.typical import starts_at_code

if TYPE_CHECKING:
    from latentexplorer.latent.plane import Plane
    from latentexplorer.runs import Trained

__all__ = ["LIMIT", "VIEW", "Result", "Settings", "compute", "lay_out"]


class Settings(SnapshotSettings):
    """Which plane, how finely."""

    axes: Literal["auto", "dims", "directions", "nearby", "metric"] = Field(
        "auto",
        title="Plane",
        description="Two raw dimensions, two principal directions of the training codes, or two principal axes around "
        "the centre: of the codes nearby, or of the decoder's metric (in standard deviations, usually -2 to 2). "
        "Auto: the raw dimensions of a two-dimensional code, else directions.",
    )
    dims: tuple[int, int] = Field(
        (0, 1), title="Dimensions", description="Which two dimensions, or which two principal directions, from 0."
    )
    nearby: int = Field(50, ge=3, le=1_000_000, title="Codes nearby", description="How many codes count as nearby.")
    n: int = Field(12, ge=2, le=64, title="Cells", description="Images across, and as many down unless rows says so.")
    rows: int | None = Field(None, ge=2, le=64, title="Rows", description="Images down. Empty: as many as across.")
    spacing: Literal["auto", "quantiles", "linear"] = Field(
        "auto",
        title="Spacing",
        description="Quantiles: as many of the prior's draws (or of the codes) between neighbours. "
        "Auto: quantiles, or linear where a range is given or the codes leave the prior.",
    )
    coverage: float = Field(
        0.98,
        gt=0,
        lt=1,
        title="Coverage",
        description="Part of the prior (or of the codes) that a side of linear spacing spans, where it has no range.",
    )
    range: RangeSetting = Field(
        "auto",
        title="Range",
        description="What both sides span: codes, prior (the codes along directions, and where there is none), or "
        f"[from, to]. Auto: {RANGE_WORDS}.",
    )
    x_range: Range | None = Field(None, title="Across", description="From, to. Empty: as 'range' says.")
    y_range: Range | None = Field(None, title="Up", description="From, to. Empty: as 'range' says.")
    centre: Pick = Field(
        "",
        title="Centre",
        description="A code the plane goes through, such as train:12. Empty: the prior's mean, or that of the codes; "
        "for auto-decoders the code of a typical image.",
    )
    label: str = Field(
        "", max_length=200, title="Class", description="The class a conditional model decodes. Empty: the first."
    )
    fade: bool = Field(False, title="Fade away from data", description=FADE_HELP)
    magnification: bool = Field(False, title="Magnification", description=MAGNIFICATION_HELP)
    regions: bool = Field(False, title="Decision regions", description=f"Rims tell: {REGIONS_HELP}.")
    classifier: str = Field("", max_length=4096, title="Classifier", description=CLASSIFIER_HELP)

    @model_validator(mode="after")
    def _fits(self) -> Settings:
        if self.dims[0] == self.dims[1]:
            raise ValueError("dims: choose two different dimensions")
        for name, span in (("range", self.range), ("x_range", self.x_range), ("y_range", self.y_range)):
            check_range(name, span)
        if self.spacing == "quantiles" and (self.x_range or self.y_range or isinstance(self.range, tuple)):
            raise ValueError("spacing: quantiles has no ranges; use spacing=linear with x_range and y_range")
        if self.regions and self.magnification:
            raise ValueError("regions: rims show regions or the magnification; choose one of them")
        return self

    def axes_for(self, code_dim: int) -> Literal["dims", "directions", "nearby", "metric"]:
        """`axes`, where it is "auto" what that means for codes of so many numbers."""
        if self.axes != "auto":
            return self.axes
        return "dims" if code_dim == 2 else "directions"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows or self.n, self.n

    def in_shape(self, rows: int, columns: int) -> Settings:
        """The same plane in so many rows and columns."""
        return self.model_copy(update={"n": columns, "rows": rows if rows != columns else None})

    def given(self) -> dict[str, object]:
        """What must be said for the same plane: axes and cells, and what is not as by default."""
        return {"axes": self.axes, "n": self.n, **self.model_dump(exclude_defaults=True)}


@dataclass(frozen=True)
class Result(ViewResult):
    """A plane of R x S images. Row 0 is the top: the largest `y`.

    Attributes
    ----------
    images : (R, S, H, W', C) float32 in [0, 1]
        Row by row from the top, column by column from the left.
    codes : (R, S, D) float32
        What each image was decoded from.
    x : (S,) float64
        Coordinate of each column, from left to right.
    y : (R,) float64
        Coordinate of each row, from top to bottom (falling).
    axes : (str, str)
        What the two sides are.
    label : int or None
        Class it was decoded with (conditional models).
    origin : (D,) float32
        Code at coordinate (0, 0). Of directions that is the mean of the codes as far as the plane goes, and the code
        that it goes through in all others; of raw dimensions the code that the others are held at.
    basis : (2, D) float32
        Steps through the latent space for one unit of x and of y.
    spans : (Span, Span) or None
        The ranges across and up, and whose they are: what lies between the first and the last images.
    centre : str or tuple of float
        The code the plane goes through, as settings name it; "" for the mean of a prior or of codes.
    fading : Fading or None
        How boldly each image is shown, (R, S); None: all alike.
    regions : Regions or None
        Which class each image is judged to be of, (R, S); None: not shown.
    magnification : (R, S) float64 or None
        log10 of how much a small area grows among the images, NaN where the decoder stands still; None: not shown.
    """

    images: Array
    codes: Array
    x: Array
    y: Array
    axes: tuple[str, str]
    label: int | None
    origin: Array
    basis: Array
    spans: tuple[Span, Span] | None = None
    centre: str | tuple[float, ...] = ""
    fading: Fading | None = None
    magnification: Array | None = None
    regions: Regions | None = None

    @property
    def numbers(self) -> dict[str, Any]:
        """Of a grid whose images are judged: places, classes and confidences; empty for others."""
        if self.regions is None:
            return {}
        about = {"x": self.x.tolist(), "y": self.y.tolist(), "axes": list(self.axes)}
        return about | self.regions.numbers | {"notes": list(self.notes)}


def compute(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result:
    """A plane of codes and its decodes."""
    shown, plane = lay_out(trained, settings, emit=emit, stop=stop)
    flat = plane.codes.reshape(-1, plane.codes.shape[-1])
    images = decode(shown, flat, plane.label, emit=emit, stop=stop)
    plane = replace(plane, images=images.reshape(*plane.codes.shape[:2], *images.shape[1:]))
    if settings.magnification:
        values = magnified(shown, plane.codes, plane.basis, plane.label, emit=emit, stop=stop)
        plane = replace(plane, magnification=values, notes=(*plane.notes, note_of(values)))
    if settings.regions:
        judge = judge_of(trained, settings.classifier, emit=emit, stop=stop)
        regions = judged(shown, judge, plane.codes, plane.label, emit=emit, stop=stop)
        plane = replace(plane, regions=regions, notes=(*plane.notes, regions.note("Rims")))
    if not settings.fade:
        return plane
    fading = fading_of(shown, flat, plane.label, stop=stop)
    return replace(plane, fading=fading.shaped(plane.codes.shape[:2]), notes=(*plane.notes, fading.note))


def lay_out(
    trained: Trained,
    settings: Settings,
    *,
    before: Result | None = None,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> tuple[Trained, Result]:
    """The run at the epoch asked for, and the plane's codes without their images: `images` is empty.

    `before` is what is shown of the same plane while its codes move: its sides are kept as long as they nearly fit.
    """
    shown = at_epoch(trained, settings.epoch, emit=emit, stop=stop)
    if shown.code_dim < 2:
        raise NotApplicableError("A plane needs codes of two dimensions", "Use the traversal for a single one")
    axes = settings.axes_for(shown.code_dim)
    raw = axes == "dims"
    # The same places at every epoch: what changes is what they decode to.
    frame = shown.frame
    centre, through, label = _through(trained, frame, settings, before)
    middle = None if through is None else through.z
    if axes == "nearby" or axes == "metric":
        plane, spans = _local_plane(frame, settings, axes, middle, label, stop=stop)
    else:
        plane, spans = (_dimension_plane if raw else _direction_plane)(frame, settings, middle, before)
    parts = [" and ".join(plane.names) if raw else _WHAT[axes]]
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
        spans=spans,
        centre=centre,
        title="Latent grid",
        subtitle=", ".join(parts),
        notes=(*code_note(trained), *(leaving_note(trained, settings.range, plane.names, spans) if raw else ())),
    )
    return shown, laid_out


def _through(
    trained: Trained, frame: Trained, settings: Settings, before: Result | None = None
) -> tuple[str | tuple[float, ...], Picked | None, int | None]:
    """The code that a plane goes through, as settings name it and as it is, and the class that all is decoded as."""
    centre = settings.centre or _usual_centre(frame, before)
    through = pick_code(frame, centre) if centre else None
    return centre, through, decode_class(trained, settings.label, default=(through.y if through else None) or 0)


def metric_to_find(run: Trained, settings: Settings) -> tuple[Array, int | None] | None:
    """The code (D,) and the class around which a plane needs the axes of the decoder's metric; None where it has them.

    To find them takes seconds in many dimensions: `axes_at` does, and remembers them.
    """
    if settings.axes != "metric" or run.code_dim < 2:
        return None
    _, through, label = _through(run, run.frame, settings)
    z = centre(run.frame) if through is None else through.z
    return None if metric_known(run.frame, z, label) is not None else (z, label)


_WHAT = {
    "directions": "principal directions of the codes, with their parts of the variance",
    "nearby": f"principal axes of the codes nearby, in {UNIT}",
    "metric": f"axes of the decoder's metric, in {UNIT}",
}


def _usual_centre(shown: Trained, before: Result | None) -> str | tuple[float, ...]:
    """The code a plane goes through where nobody says so; "" for the mean of a prior or of codes."""
    # All numbers of a code of two are those of the plane.
    if not starts_at_code(shown) or shown.code_dim == 2:
        return ""
    return usual_pick(shown, "" if before is None else before.centre)


def _dimension_plane(
    shown: Trained, settings: Settings, middle: Array | None, before: Result | None
) -> tuple[Plane, tuple[Span, Span]]:
    """Two raw dimensions, spaced by the prior or by the codes."""
    from latentexplorer.latent.plane import dimension_plane

    start = centre(shown) if middle is None else middle
    # One that there is not is told by `dimension_plane`.
    dims = [min(dim, shown.code_dim - 1) for dim in settings.dims]
    old = None if before is None else before.spans
    spans = spans_of(shown, settings.range, dims, cover=settings.coverage, before=old)
    codes = shown.codes.get("train")
    columns = None if codes is None or not len(codes) else codes.loc[:, dims]
    across, up = _sides(shown, settings, spans, columns, before)
    plane = dimension_plane(start, *settings.dims, across, up)
    unused = unused_dimensions(shown)
    names = tuple(axis_name(dim, unused) for dim in settings.dims)
    return replace(plane, names=(names[0], names[1])), _shown_spans(settings, spans, across, up)


def _direction_plane(
    shown: Trained, settings: Settings, middle: Array | None, before: Result | None
) -> tuple[Plane, tuple[Span, Span]]:
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
    old = None if before is None else before.spans
    # A prior says nothing of directions that are found in codes.
    spans = choose(meant(shown, settings.range), 2, used_ranges(along, cover=settings.coverage), None, old)
    across, up = _sides(shown, settings, spans, along, before)
    names = [f"direction {dim + 1} ({100 * found.share[dim]:.0f} %)" for dim in dims]
    ways = found.directions[dims]
    # Values are those of the map by PCA, whichever code the plane goes through: else it would span other codes than
    # the ones whose range it has, and show the current one elsewhere than the map does.
    origin = found.mean if middle is None else middle - found.coordinates(middle[None])[0, dims] @ ways
    plane = span(origin, ways, across, up, (names[0], names[1]))
    return plane, _shown_spans(settings, spans, across, up)


def _local_plane(
    shown: Trained, settings: Settings, kind: Kind, middle: Array | None, y: int | None, *, stop: StopToken
) -> tuple[Plane, tuple[Span, Span]]:
    """Two principal axes around the centre, evenly spaced in standard deviations."""
    from latentexplorer.latent.plane import linear, span

    found = axes_at(shown, kind, centre(shown) if middle is None else middle, y, settings.nearby, stop=stop)
    if max(settings.dims) >= len(found.std):
        raise SettingsError(f"dims = {settings.dims}: there is no such axis", f"Choose from 0 to {len(found.std) - 1}")
    dims = list(settings.dims)
    rows, columns = settings.shape
    across = linear(*(settings.x_range or span_of(settings.range)), columns)
    up = linear(*(settings.y_range or span_of(settings.range)), rows)
    names = (found.brief_name(dims[0]), found.brief_name(dims[1]))
    plane = span(found.origin, found.directions[dims] * found.std[dims][:, None], across, up, names)
    sides = [Span(float(side[0]), float(side[-1]), "given") for side in (across, up)]
    return plane, (sides[0], sides[1])


def _sides(
    shown: Trained, settings: Settings, spans: list[Span], columns: Array | None, before: Result | None
) -> tuple[Array, Array]:
    """Values across and up, rising: given ones, else spaced by quantiles or evenly over their spans.

    Parameters
    ----------
    columns : (N, 2) or None
        The codes' values along both sides.
    """
    from latentexplorer.latent.plane import linear

    rows, across = settings.shape
    made = []
    for side, (given, count) in enumerate(((settings.x_range, across), (settings.y_range, rows))):
        span = spans[side]
        if given is not None:
            made.append(linear(*given, count))
        elif _by_quantiles(shown, settings, span):
            values = None if columns is None else columns[:, side]
            spaced = _quantiles(shown, span, values, count)
            made.append(_kept(spaced, span, side, before) if np.ptp(spaced) > 0 else linear(span.low, span.high, count))
        else:
            made.append(linear(span.low, span.high, count))
    return made[0], made[1]


def _by_quantiles(shown: Trained, settings: Settings, span: Span) -> bool:
    """Whether a side is spaced by quantiles: never where a person, or codes that leave the prior, say from where."""
    if settings.spacing != "auto":
        return settings.spacing == "quantiles"
    usual = settings.range in ("auto", "either", "prior")
    given = settings.x_range is not None or settings.y_range is not None or not usual
    # The codes of an auto-decoder leave nothing: theirs are the quantiles.
    own = settings.range == "auto" and starts_at_code(shown)
    raw = settings.axes_for(shown.code_dim) == "dims"
    left = span.of == "codes" and shown.prior is not None and raw and not own
    return not given and not left


def _quantiles(shown: Trained, span: Span, values: Array | None, count: int) -> Array:
    from latentexplorer.latent.plane import code_quantiles, levels

    if span.of == "prior" or values is None:
        return prior_quantiles(shown, levels(count)) if shown.prior is not None else np.zeros(count)
    return code_quantiles(values[np.isfinite(values)], count)


def _kept(values: Array, span: Span, side: int, before: Result | None) -> Array:
    """Quantiles of codes that move stay as they are until an end is off by more than a little."""
    old = None if before is None else (before.x, before.y[::-1])[side]
    if old is None or span.of != "codes" or len(old) != len(values):
        return values
    ends = [Span(float(ends[0]), float(ends[-1]), "codes") for ends in (values, old)]
    return old if held(ends[0], ends[1]) is ends[1] else values


def _shown_spans(settings: Settings, spans: list[Span], across: Array, up: Array) -> tuple[Span, Span]:
    """What the two sides span as they are laid out, and whose ranges they are."""
    given = (settings.x_range, settings.y_range)
    found = [
        Span(float(side[0]), float(side[-1]), span.of if typed is None else "given")
        for side, span, typed in zip((across, up), spans, given, strict=True)
    ]
    return found[0], found[1]


VIEW = View(Settings, compute)
