"""The map: a scatter of the codes in two dimensions, coloured by what is known of the images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import View, count_text
from latentexplorer.views.kept_map import keep
from latentexplorer.views.lookup import at_epoch
from latentexplorer.views.map_choice import found_among, without
from latentexplorer.views.map_colors import colors_of
from latentexplorer.views.map_ground import check_ground, ground_on_paper
from latentexplorer.views.map_layout import kept_layout, laid_out, method_of
from latentexplorer.views.map_made import assembled, codes_at
from latentexplorer.views.map_preservation import colored_by, is_measure, measured, with_measure
from latentexplorer.views.map_result import Result
from latentexplorer.views.map_settings import Settings

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained

__all__ = ["VIEW", "Result", "Settings", "beginning", "compute", "keep", "recolor", "resume"]


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
    if settings.magnification:
        check_ground(method_of(settings, codes.loc))
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
    result = with_measure(result, settings, emit, stop)
    if settings.magnification:
        ground = ground_on_paper(shown, projection, settings.label, settings.area, emit, stop)
        result = replace(result, ground=ground, notes=(*result.notes, ground.note))
    return without(result, settings.hide)


def _sampled(trained: Trained, settings: Settings) -> Codes:
    """The codes of a part, at most as many as are wanted."""
    from latentexplorer.latent.projection import sample_rows

    codes = trained.codes_of(settings.part)
    if len(codes) <= settings.limit:
        return codes
    return codes.take(sample_rows(len(codes), settings.limit, codes.labels, settings.seed))


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


VIEW = View(Settings, compute, keep)
