"""What a map is true to: its neighbourhoods in numbers and as colours, and what not to read into its kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.counting import percent_text
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import count_text

if TYPE_CHECKING:
    from latentexplorer.latent.preservation import Measure, Preservation
    from latentexplorer.latent.projection import Projection
    from latentexplorer.views.map_result import Result
    from latentexplorer.views.map_settings import Settings

TITLES: dict[Measure, str] = {
    "kept": "part kept",
    "trustworthiness": "trustworthiness",
    "continuity": "continuity",
}
LATER = ("error", *TITLES)
"""Colours that take long, or that are known only when the points have their places: for a map that is there."""
FEW = 500
"""Points that are asked about where nobody can wait for more: the means are then off by some 0.002."""


def is_measure(color: str) -> TypeGuard[Measure]:
    """Whether points are coloured by how well their neighbourhood is kept."""
    return color in TITLES


def measured(
    result: Result,
    neighbours: int,
    *,
    queries: int | None = None,
    seed: int = 0,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Preservation:
    """How well the neighbourhoods of all codes of a map are kept, see `latent.preservation`."""
    from latentexplorer.latent.preservation import preservation

    projection = result.projection
    return preservation(
        projection.codes, projection.coords, neighbours, queries=queries, seed=seed, emit=emit, stop=stop
    )


def with_measure(result: Result, settings: Settings, emit: Emit, stop: StopToken) -> Result:
    """A map in the colours that are known only when its points have their places; others as it is."""
    if not is_measure(settings.color_by):
        return result
    kept = _as_asked(result, settings, emit, stop)
    words = f"Of {numbers(kept)}"
    return colored_by(replace(result, notes=(*result.notes, words, caution(result))), settings.color_by, kept)


def _as_asked(result: Result, settings: Settings, emit: Emit, stop: StopToken) -> Preservation:
    # Of a t-SNE that was stopped nobody waits for more than a few.
    most, until = (FEW, NEVER) if stop.requested else (None, stop)
    return measured(result, settings.neighbours, queries=most, seed=settings.seed, emit=emit, stop=until)


def colored_by(result: Result, measure: Measure, found: Preservation) -> Result:
    """A map coloured by how well the neighbourhood of each of its points is kept; NaN where that is not known."""
    title = f"{TITLES[measure]}, {count_text(found.neighbours, 'neighbour')}"
    return replace(
        result, groups=None, group_names=(), values=found.values(measure), color_title=title, preservation=found
    )


def numbers(found: Preservation) -> str:
    """`15 neighbours: 48 % kept, trustworthiness 0.973, continuity 0.981, from all 1,000 points`."""
    kept, trust, continuity = (found.overall(measure) for measure in TITLES)
    of = f"{count_text(found.neighbours, 'neighbour')}: {100 * kept:.0f} % kept"
    return f"{of}, trustworthiness {trust:.3f}, continuity {continuity:.3f}, {from_how_many(found)}"


def from_how_many(found: Preservation) -> str:
    """`from all 1,000 points`, `from 2,000 of 60,000 points`."""
    if len(found.rows) == found.count:
        return f"from all {found.count:,} points"
    return f"from {len(found.rows):,} of {found.count:,} points"


def preservation_facts(result: Result, settings: Settings, emit: Emit, stop: StopToken) -> dict[str, Any]:
    """What a map is, what not to read into it, and how well it keeps neighbours; as JSON has it.

    `preservation` is None, and `why_not` says why, where there are too few codes.
    """
    facts: dict[str, Any] = {
        "method": result.method,
        "map": result.subtitle,
        "epoch": result.epoch,
        "caution": caution(result),
    }
    try:
        found = result.preservation or _as_asked(result, settings, emit, stop)
    except NotApplicableError as error:
        return facts | {"preservation": None, "why_not": error.what}
    overall = {"neighbours_kept" if measure == "kept" else measure: found.overall(measure) for measure in TITLES}
    counts = {"measured_points": len(found.rows), "points": found.count}
    return facts | {"preservation": {"neighbours": found.neighbours, **overall, **counts}}


def caution(result: Result) -> str:
    """What not to read into a map of its kind: one sentence."""
    projection, dims = result.projection, result.projection.codes.shape[1]
    if result.method == "tsne":
        return "t-SNE keeps neighbours: sizes of clusters and distances between them mean nothing."
    if result.method == "umap":
        return "UMAP keeps neighbours: sizes of clusters and distances between them say little."
    if dims <= 2:
        return "The map is the whole code: distances on it are true."
    shown = f"2 of {dims} dimensions" if result.method == "dims" else _held(projection)
    return f"The map shows {shown}: what lies together here may lie far apart in the rest."


def _held(projection: Projection) -> str:
    """How much of the codes a map of principal components shows."""
    from latentexplorer.latent.projection import PrincipalMap

    share = float(projection.found.share[:2].sum()) if isinstance(projection, PrincipalMap) else 0.0
    return f"{percent_text(share)} of the variance" if share > 0 else "two directions"
