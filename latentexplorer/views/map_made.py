"""A map put together: codes that have found their places, with their colours and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.base import Array, Part
from latentexplorer.views.lookup import code_note
from latentexplorer.views.map_colors import Colors
from latentexplorer.views.map_result import Result
from latentexplorer.views.map_settings import Settings
from latentexplorer.views.map_words import axes_of, notes_of, subtitle_of

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained


def assembled(
    trained: Trained, shown: Trained, codes: Codes, colors: Colors, settings: Settings, projection: Projection
) -> Result:
    """A map with its colours and words.

    Parameters
    ----------
    trained, shown : Trained
        The run, which has the images, and the run as it was at the epoch whose codes these are.
    """
    epoch = f", epoch {shown.epoch}" if settings.epoch is not None else ""
    there = max(trained.info.size(settings.part), len(shown.codes_of(settings.part)))
    return Result(
        coords=projection.coords,
        index=codes.index,
        part=settings.part,
        method=projection.method,
        labels=codes.labels,
        groups=colors.groups,
        group_names=colors.names,
        values=colors.values,
        color_title=colors.title,
        axes=axes_of(shown, projection),
        title="Map",
        subtitle=subtitle_of(projection, there, settings.part) + epoch,
        notes=(*notes_of(trained, colors), *code_note(trained), *projection.notes),
        projection=projection,
        epoch=shown.epoch,
        area=settings.area,
        named=settings.names,
    )


def codes_at(trained: Trained, part: Part, index: Array) -> Codes | None:
    """The codes of images at some positions, in that order; None where not all of them are kept."""
    codes = trained.codes_of(part)
    order = np.argsort(codes.index, kind="stable")
    place = np.searchsorted(codes.index, index, sorter=order)
    if not len(index) or place.max(initial=0) >= len(order):
        return None
    rows = order[place]
    return codes.take(rows) if np.array_equal(codes.index[rows], index) else None
