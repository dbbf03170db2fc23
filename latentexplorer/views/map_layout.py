"""How the codes of a map find their places: as they are kept with the run, further from there, or anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Emit, Notice
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.latent.kept_maps import Wanted
    from latentexplorer.latent.maps import Method
    from latentexplorer.latent.projection import Projection
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained
    from latentexplorer.views.map_result import Result
    from latentexplorer.views.map_settings import Settings


def kept_layout(
    trained: Trained, codes: Codes, settings: Settings, emit: Emit
) -> tuple[Wanted | None, Projection | None]:
    """What a map of t-SNE or UMAP is known by; and the same one as it is kept with the run, or one on the way to it."""
    from latentexplorer.latent import kept_maps

    method = method_of(settings, codes.loc)
    if method not in kept_maps.SLOW:
        return None, None
    wanted = wanted_map(settings, method, codes)
    found = None if settings.refresh else kept_maps.again(trained, codes, wanted, emit)
    if found is not None:
        done = wanted.is_reached_by(found)
        then = "is taken (refresh=true lays it out anew)" if done else f"goes on from step {found.step:,}"
        emit(Notice(f"The {'UMAP' if method == 'umap' else 't-SNE'} that is kept with the run {then}"))
    return wanted, found


def laid_out(
    codes: Codes,
    settings: Settings,
    before: Result | None,
    resume: Projection | None,
    along: Array | None,
    emit: Emit,
    stop: StopToken,
) -> Projection:
    """A new map, or one that goes on; `along` (M, D): codes whose principal components are the axes."""
    from latentexplorer.latent.projection import project

    return project(
        codes.loc,
        method_of(settings, codes.loc),
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
        resume=resume,
        along=along,
        emit=emit,
        stop=stop,
    )


def wanted_map(settings: Settings, method: str, codes: Codes) -> Wanted:
    """What the map of some codes is known by."""
    from latentexplorer.latent.kept_maps import Wanted, fingerprint

    return Wanted(
        method=method,
        part=settings.part,
        points=fingerprint(codes),
        limit=settings.limit,
        sample=settings.sample,
        perplexity=settings.perplexity,
        seed=settings.seed,
        steps=settings.steps,
        early=settings.early,
        until=settings.stopped,
    )


def method_of(settings: Settings, z: Array) -> Method:
    """The method of a map of codes (N, D), where it is left open."""
    if settings.method != "auto":
        return settings.method
    return "dims" if z.shape[1] == 2 or len(z) < 5 else "tsne"
