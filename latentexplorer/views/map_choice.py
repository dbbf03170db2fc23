"""Which codes of a map are searched and found, and which groups are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.registry import suggest
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained
    from latentexplorer.views.map_colors import Colors
    from latentexplorer.views.map_result import Result
    from latentexplorer.views.map_settings import Settings


def found_among(
    trained: Trained, shown: Trained, codes: Codes, colors: Colors, settings: Settings, stop: StopToken
) -> Array | None:
    """What is searched for among codes (N,); before they are laid out, as a search may not be understood."""
    if not settings.where.strip():
        return None
    from latentexplorer.views.search import find

    errors = colors.values if settings.color_by == "error" else None
    return find(trained, shown, codes, settings.part, settings.where, errors=errors, stop=stop)


def without(result: Result, hidden: tuple[str, ...]) -> Result:
    """The map without the points of some groups; the projection keeps them."""
    if not hidden:
        return result
    unknown = [name for name in hidden if name not in result.group_names]
    if result.groups is None or unknown:
        name = unknown[0] if unknown else hidden[0]
        raise SettingsError(f"hide: there is no group {name!r} on this map", suggest(name, result.group_names))
    out = [number for number, name in enumerate(result.group_names) if name in hidden]
    keep = ~np.isin(result.groups, out)
    if not keep.any():
        raise NotApplicableError("Every group is hidden", "Show at least one of them")
    count = len(out)
    return replace(
        result,
        coords=result.coords[keep],
        index=result.index[keep],
        labels=None if result.labels is None else result.labels[keep],
        groups=result.groups[keep],
        found=None if result.found is None else result.found[keep],
        notes=(*result.notes, f"{count} {'group is' if count == 1 else 'groups are'} left out"),
    )
