"""Maps of the same codes after several epochs, over one area: along axes that stay, or laid out together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import Emit, Progress, ignore
from latentexplorer.views import map
from latentexplorer.views.base import Array
from latentexplorer.views.map_words import subtitle_of

if TYPE_CHECKING:
    from latentexplorer.latent.maps import Method, Projection
    from latentexplorer.runs import Trained

TOGETHER: tuple[Method, ...] = ("tsne", "umap")
"""Methods whose axes mean nothing: of two maps of theirs no place can be compared with another."""
MOST_TOGETHER = 4000
"""Codes of all epochs in one map: half a minute of t-SNE on two cores."""
MOST_STATES = 24


def maps_over_epochs(
    states: Sequence[Trained],
    end: Trained,
    index: Array,
    settings: map.Settings,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> tuple[map.Result, ...]:
    """One map a state, of the codes of the same images, all over the same area.

    Parameters
    ----------
    states : sequence of E Trained
        The run after some epochs.
    end : Trained
        Whose principal components are the axes.
    index : (N,) int64
        Images that have a code in every state.
    settings : map.Settings
        By t-SNE and UMAP the codes of all states are laid out together, so many that `MOST_TOGETHER` are not passed.
    """
    from latentexplorer.latent.over_epochs import area_of, same_images

    part = settings.part
    method: Method = settings.method if settings.method != "auto" else ("dims" if end.code_dim <= 2 else "pca")
    slow = method in TOGETHER
    limit = min(settings.limit, max(1, MOST_TOGETHER // len(states))) if slow else settings.limit
    how = settings.model_copy(update={"method": "pca" if slow else method, "limit": limit, "epoch": None})
    end = replace(end, codes={**end.codes, part: same_images(end.codes_of(part), index)}, end=None)
    made: list[map.Result] = []
    for state in states:
        stop.check()
        # The same codes in each: those that every state has.
        codes = {**state.codes, part: same_images(state.codes_of(part), index)}
        made.append(map.compute(replace(state, codes=codes, end=end), how, stop=stop))
    if slow:
        made = _together(made, method, settings, end.info.size(part), emit, stop)
    area = area_of([each.coords for each in made])
    # What a component carries, and whether a dimension is used, is another thing at every epoch.
    axes = (made[-1].axes[0].partition(" (")[0], made[-1].axes[1].partition(" (")[0])
    return tuple(replace(each, area=area, axes=axes) for each in made)


def gone_on(
    made: Sequence[map.Result], steps: int, there: int, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> tuple[map.Result, ...]:
    """The t-SNE of several states once more, from where it stands to `steps` steps in all; `there`: codes of each."""
    from latentexplorer.latent.over_epochs import StateMap, area_of, laid_out_together

    first = made[0].projection
    if not isinstance(first, StateMap):
        raise SettingsError("Only a t-SNE of several epochs can go on")
    emit(Progress(0, 0, "laying out all epochs together"))
    codes, whole = [each.projection.codes for each in made], first.whole
    parts = laid_out_together(codes, "tsne", made[0].index, steps=steps, resume=whole, emit=emit, stop=stop)
    moved = _standing(made, parts, "tsne", there)
    area = area_of([each.coords for each in moved])
    return tuple(replace(each, area=area) for each in moved)


def laid_out_with(made: map.Result) -> dict[str, float]:
    """Settings that lay the t-SNE of several states out again as far as it has come; none for another map."""
    from latentexplorer.latent.over_epochs import StateMap

    first = made.projection
    return replace(made, projection=first.whole).tsne_settings if isinstance(first, StateMap) else {}


def _together(
    made: list[map.Result], method: Method, settings: map.Settings, there: int, emit: Emit, stop: StopToken
) -> list[map.Result]:
    """The same codes in their colours, where one map of all of them has them."""
    from latentexplorer.latent.over_epochs import laid_out_together

    emit(Progress(0, 0, "laying out all epochs together"))
    codes = [each.projection.codes for each in made]
    parts = laid_out_together(
        codes,
        method,
        made[0].index,
        perplexity=settings.perplexity,
        seed=settings.seed,
        steps=settings.steps,
        early=settings.early,
        until=settings.stopped,
        emit=emit,
        stop=stop,
    )
    if parts[0].method != method:
        # Too few different codes: their principal components, along axes that stay, are the better map.
        note = parts[0].notes[-1:]
        return [replace(each, notes=(*each.notes, *note)) for each in made]
    return _standing(made, parts, method, there)


def _standing(made: Sequence[map.Result], parts: Sequence[Projection], method: Method, there: int) -> list[map.Result]:
    """The same codes where one map of all of them has them."""
    return [
        replace(
            each,
            coords=part.coords,
            projection=part,
            method=method,
            axes=("", ""),
            subtitle=f"{subtitle_of(part, there, each.part)} after each of {len(made)} epochs, together",
            # Of axes nothing is to be said.
            notes=tuple(note for note in each.notes if note not in each.projection.notes),
        )
        for each, part in zip(made, parts, strict=True)
    ]
