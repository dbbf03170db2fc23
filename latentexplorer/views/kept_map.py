"""Maps that are kept with a run: back at once when it is opened, and written when one is laid out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.map_colors import colors_of
from latentexplorer.views.map_layout import wanted_map
from latentexplorer.views.map_made import assembled, codes_at

if TYPE_CHECKING:
    from latentexplorer.runs import Trained
    from latentexplorer.runs.kept_maps import KeptMap, MapFacts
    from latentexplorer.views.map_result import Result
    from latentexplorer.views.map_settings import Settings


def last_map(trained: Trained, settings: Settings, *, emit: Emit = ignore, stop: StopToken = NEVER) -> Result | None:
    """The map of a part that was kept last; of the codes as they are where there is one, else `outdated`.

    Parameters
    ----------
    settings : Settings
        `part`, `color_by`, and `method`: "auto" takes either of t-SNE and UMAP.

    Returns
    -------
    Result or None
        None where none is kept, or what is kept cannot be used, which is said.
    """
    from latentexplorer.latent import kept_maps

    facts = [
        found
        for found in kept_maps.listed(trained, emit)
        if found.part == settings.part and settings.method in ("auto", found.method)
    ]
    if settings.part not in trained.codes:
        return None
    old: Result | None = None
    for found in facts:
        kept = kept_maps.read(trained, found, emit)
        result = None if kept is None else _result(trained, kept, settings, stop)
        if result is not None and not result.outdated:
            return result
        old = old or result
    return old


def _result(trained: Trained, kept: KeptMap, settings: Settings, stop: StopToken) -> Result | None:
    from latentexplorer.latent.kept_maps import rebuilt

    codes = codes_at(trained, settings.part, kept.index)
    if codes is None:
        return None
    asked = _settings(kept.facts, settings)
    wanted = wanted_map(asked, kept.facts.method, codes)
    outdated = wanted.points != kept.facts.points
    colors = colors_of(trained, trained, codes, settings.color_by, settings.part, stop=stop)
    made = assembled(trained, trained, codes, colors, asked, rebuilt(kept, codes))
    return replace(made, epoch=kept.facts.epoch, outdated=outdated, wanted=wanted, kept=True)


def _settings(facts: MapFacts, settings: Settings) -> Settings:
    """What lays a kept map out again."""
    how: dict[str, object] = {
        "method": facts.method,
        "perplexity": facts.perplexity,
        "seed": facts.seed,
        "limit": facts.limit,
    }
    if facts.method == "tsne":
        how |= {"steps": max(facts.steps, 1), "early": facts.early, "stopped": None if facts.finished else facts.step}
    return settings.model_copy(update={**how, "sample": facts.sample, "where": ""})


def keep(trained: Trained, result: Result) -> str:
    """Keep a map of t-SNE or UMAP with its run.

    Returns
    -------
    str
        "", or why it is not. One that is kept already, or has not begun to move, is nothing to keep.
    """
    from latentexplorer.latent import kept_maps

    made, wanted = result.projection, result.wanted
    if wanted is None or made.method != wanted.method or result.kept or (made.steps and not made.step):
        return ""
    return kept_maps.keep(trained, made, wanted, result.epoch)
