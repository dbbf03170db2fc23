"""The two sides of a latent grid: along which axes they lie, from where to where, and how their cells are spaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.latent.ranges import Span, choose, held, used_ranges
from latentexplorer.views.base import Array
from latentexplorer.views.local_axes import Kind, axes_at, span_of
from latentexplorer.views.lookup import centre, prior_quantiles
from latentexplorer.views.plane_result import Result
from latentexplorer.views.plane_settings import Settings
from latentexplorer.views.ranges import axis_name, meant, spans_of, unused_dimensions
from latentexplorer.views.typical import starts_at_code

if TYPE_CHECKING:
    from latentexplorer.latent.plane import Plane
    from latentexplorer.runs import Trained


def along_dimensions(
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


def along_directions(
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
    origin = found.mean if middle is None else middle
    if middle is not None and settings.origin == "mean":
        origin = middle - found.coordinates(middle[None])[0, dims] @ ways
    plane = span(origin, ways, across, up, (names[0], names[1]))
    return plane, _shown_spans(settings, spans, across, up)


def around(
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
