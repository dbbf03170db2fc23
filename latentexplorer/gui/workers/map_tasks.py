"""What the map asks of the window's threads: plain functions without Qt; everything heavy is imported inside.

Those that take `emit` and `stop` last are jobs' work; the others are questions for the decoder's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import ignore
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.tasks import Settings
from latentexplorer.views.base import Array, Refused

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained
    from latentexplorer.views.map import Result

NEAREST = 24
"""How many images are similar to one, itself included."""


@dataclass(frozen=True)
class Begun:
    """The points of a map are known, their places are not yet: what is shown until they move."""

    result: Result


def lay_out(run: Trained, settings: Settings, before: Result | None, emit: Report, stop: StopToken) -> Result | Refused:
    """A map of t-SNE or UMAP, or why there is none; `Begun` is reported first, so that it can be watched.

    `before`: the map that is shown, whose neighbours are used again where its codes are the same.
    """
    from latentexplorer.views.map import beginning, compute
    from latentexplorer.views.registry import settings_of

    try:
        asked = settings_of("map", settings)
        emit(Begun(beginning(run, asked, stop=stop)))
        return compute(run, asked, before=before, emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def resume(result: Result, steps: int, emit: Report, stop: StopToken) -> Result:
    """Go on with the t-SNE of a map, up to `steps` steps in all."""
    from latentexplorer.views.map import resume as go_on

    return go_on(result, steps, emit=emit, stop=stop)


def recolor(run: Trained, result: Result, settings: Settings, emit: Report, stop: StopToken) -> Result | Refused:
    """A map coloured by something else, or why it cannot be."""
    from latentexplorer.views.map import recolor as color
    from latentexplorer.views.registry import settings_of

    try:
        return color(run, result, settings_of("map", settings), stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def quick_recolor(run: Trained, result: Result, settings: Settings) -> Result | Refused:
    """A question: `recolor` by what is known without a decode."""
    return recolor(run, result, settings, ignore, NEVER)


def code_at(
    projection: Projection, moving: Array | None, place: tuple[float, float], base: Array | None
) -> tuple[Array, str]:
    """A question: the code (D,) at a place of the map, and how it was found, for a person.

    Parameters
    ----------
    moving : ndarray (N, 2) or None
        Where the points are just now, while they move: the code is then one amid its neighbours.
    base : ndarray (D,) or None
        The code that settles what the map does not show.
    """
    if moving is not None:
        from latentexplorer.latent.projection import weighted_code

        return weighted_code(moving, projection.codes, np.asarray(place, np.float64))
    return projection.code_at(place, base)


def nearest_codes(codes: Array, row: int) -> Array:
    """A question: rows of the codes nearest to one of them, itself first."""
    from latentexplorer.latent.neighbours import nearest

    rows: Array = nearest(codes[row : row + 1], codes, NEAREST)[0][0]
    return rows


def write_selection(run: Trained, part: str, index: Array, path: Path, emit: Report, stop: StopToken) -> Path:
    """Write selected codes (`.npz`), or their positions in the data (`.csv`)."""
    from latentexplorer.views.selection import write_selection as write

    write(run, part, index, path)
    return path
