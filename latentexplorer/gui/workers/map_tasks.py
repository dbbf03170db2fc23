"""What the map asks of the window's threads: plain functions without Qt; everything heavy is imported inside.

Those that take `emit` and `stop` last are jobs' work; the others are questions for the decoder's thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Notice, Progress, ProjectionMoved, ignore
from latentexplorer.gui.workers import decoding
from latentexplorer.gui.workers.job import Report
from latentexplorer.gui.workers.tasks import Settings, quick_view
from latentexplorer.views.base import Array, Part, Refused
from latentexplorer.views.code_facts import judged
from latentexplorer.views.tiling import WIDEST, for_screen

if TYPE_CHECKING:
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained
    from latentexplorer.views.code_facts import KnownSupport
    from latentexplorer.views.map import Result
    from latentexplorer.views.map import Settings as MapSettings
    from latentexplorer.views.map_place import MapPlace, PlaceJudge

EXACT = ("dims", "pca")
"""Methods that tell at once where any code lies."""
BATCH = 32
"""Pictures between two looks at whether somebody waits."""
SMALL = WIDEST // 72
"""Pictures side by side in a row that is as wide as a screen: more pixels than 72 nobody sees on the map."""
NEAREST = 24
"""How many images are similar to one, itself included."""


@dataclass(frozen=True)
class Begun:
    """The points of a map are known, their places are not yet: what is shown until they move."""

    result: Result


@dataclass(frozen=True)
class Opened:
    """What a run is shown with: the map that it keeps, or another one; and what there is to say of those it keeps."""

    result: Result | Refused
    said: tuple[str, ...]


class _Beginning:
    """Reports the points of a map before anything moves; not of one that is there at once."""

    def __init__(self, run: Trained, asked: MapSettings, emit: Report, stop: StopToken) -> None:
        self._run, self._asked, self._emit, self._stop = run, asked, emit, stop
        self._begun = False

    def hear(self, event: object) -> None:
        """Pass on what is reported."""
        if not self._begun and isinstance(event, (Progress, ProjectionMoved)):
            from latentexplorer.views.map import beginning

            self._begun = True
            self._emit(Begun(beginning(self._run, self._asked, stop=self._stop)))
        self._emit(event)


def lay_out(run: Trained, settings: Settings, before: Result | None, emit: Report, stop: StopToken) -> Result | Refused:
    """A map of t-SNE or UMAP, or why there is none; `Begun` is reported first, so that it can be watched.

    `before`: the map that is shown, whose neighbours are used again where its codes are the same.
    """
    from latentexplorer.views.map import compute
    from latentexplorer.views.registry import settings_of

    try:
        asked = settings_of("map", settings)
        hear = _Beginning(run, asked, emit, stop).hear
        return compute(run, asked, before=before, emit=hear, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)


def opened(run: Trained, kept: Settings, usual: Settings) -> Opened:
    """A question: the map that a run keeps, else the one that is usual."""
    from latentexplorer.views.kept_map import last_map
    from latentexplorer.views.registry import settings_of

    said: list[object] = []
    found: Result | None = None
    with contextlib.suppress(LatentExplorerError):
        found = last_map(run, settings_of("map", kept), emit=said.append)
    result: Result | Refused = found if found is not None else quick_view(run, "map", usual)
    return Opened(result, tuple(event.text for event in said if isinstance(event, Notice)))


def keep(run: Trained, result: Result, emit: Report, stop: StopToken) -> str:
    """Keep a map with its run; "", or why it is not kept."""
    from latentexplorer.views.map import keep as write

    return write(run, result)


def resume(result: Result, steps: int, emit: Report, stop: StopToken) -> Result:
    """Go on with the t-SNE of a map, up to `steps` steps in all."""
    from latentexplorer.views.map import resume as go_on

    return go_on(result, steps, emit=emit, stop=stop)


def recolor(
    run: Trained, result: Result, settings: Settings, emit: Report, stop: StopToken, *, queries: int | None = None
) -> Result | Refused:
    """A map coloured by something else, or why it cannot be; `queries` as in `views.map.recolor`."""
    from latentexplorer.views.map import recolor as color
    from latentexplorer.views.registry import settings_of

    try:
        return color(run, result, settings_of("map", settings), queries=queries, emit=emit, stop=stop)
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


def placed_code(
    projection: Projection,
    moving: Array | None,
    place: tuple[float, float],
    base: Array | None,
    judge: PlaceJudge,
) -> tuple[Array, str, MapPlace | None]:
    """A question: `code_at`, and how far the place lies from the points.

    None where the place says no more than the code does: on a map of a code that has no further dimensions.
    """
    z, how = code_at(projection, moving, place, base)
    if moving is None and projection.method in EXACT and projection.codes.shape[1] <= 2:
        return z, how, None
    return z, how, judge.place(projection.coords if moving is None else moving, place)


@dataclass(frozen=True)
class Glimpse:
    """What lies at a place between the points of a map.

    Attributes
    ----------
    image : (H, W', C) float32
    how : str
        What its code is inferred from.
    words : str
        How near to data the code lies, "" where that is not known.
    where : MapPlace or None
    """

    image: Array
    how: str
    words: str
    where: MapPlace | None


def glimpse(
    run: Trained,
    y: int | None,
    support: KnownSupport,
    limit: int,
    place: tuple[Projection, Array | None, tuple[float, float], Array | None, PlaceJudge],
) -> Iterator[Glimpse | None]:
    """A question in steps: what lies at a place, see `placed_code`. The code is decoded as class `y`."""
    z, how, where = placed_code(*place)
    yield None
    words, image = "", None
    for found in judged(run, z[None], decoding.classes(y, 1), support, decoding.decode, limit):
        if found is not None:
            words, image = found[0].words[0], found[2][0]
        yield None
    yield Glimpse(decoding.decode_as(run, z[None], y)[0] if image is None else image, how, words, where)


def pictures(run: Trained, part: Part, rows: list[int], index: Array) -> Iterator[tuple[list[int], Array]]:
    """A question in steps: small pictures of the points `rows` of a map, at the positions `index` of a part.

    The images themselves, where they are there, else decodes of their codes; large ones averaged down.

    Yields
    ------
    rows, images : list of int and (B, H, W', C) float32 in [0, 1] or uint8
    """
    from latentexplorer.views.lookup import pictures_of

    codes = run.codes_of(part)
    row_of = {int(position): row for row, position in enumerate(codes.index)}
    for start in range(0, len(rows), BATCH):
        some = [at for at in range(start, min(start + BATCH, len(rows))) if int(index[at]) in row_of]
        known = codes.take(np.array([row_of[int(index[at])] for at in some], np.int64))
        images, original = pictures_of(run, part, known, partial(decoding.decode, run))
        small = for_screen(images, SMALL)
        yield [rows[at] for at in some], small / np.float32(255) if original and small.dtype != np.uint8 else small


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


def area_over_epochs(
    latest: Trained, settings: Settings
) -> Iterator[tuple[float, float, float, float] | Refused | None]:
    """A question: what holds a map after every kept epoch of a run, see `views.time_machine.map_area`."""
    from latentexplorer.views.map import Settings
    from latentexplorer.views.time_machine import map_area

    try:
        yield from map_area(latest, Settings.model_validate(settings))
    except LatentExplorerError as error:
        yield Refused.of(error)


@dataclass(frozen=True)
class MapsOfEpochs:
    """Maps of t-SNE or UMAP by epoch, laid out together."""

    by_epoch: dict[int, Result]


def lay_out_epochs(latest: Trained, settings: Settings, emit: Report, stop: StopToken) -> MapsOfEpochs | Refused:
    """The codes of all kept epochs on one map, see `views.time_machine.maps_together`."""
    from latentexplorer.views.map import Settings
    from latentexplorer.views.time_machine import maps_together

    try:
        return MapsOfEpochs(maps_together(latest, Settings.model_validate(settings), emit=emit, stop=stop))
    except LatentExplorerError as error:
        return Refused.of(error)


def resume_epochs(
    latest: Trained, maps: MapsOfEpochs, steps: int, emit: Report, stop: StopToken
) -> MapsOfEpochs | Refused:
    """Go on with the t-SNE of all kept epochs, up to `steps` steps in all."""
    from latentexplorer.views.map_epochs import gone_on

    made = list(maps.by_epoch.values())
    try:
        moved = gone_on(made, steps, latest.info.size(made[0].part), emit=emit, stop=stop)
    except LatentExplorerError as error:
        return Refused.of(error)
    return MapsOfEpochs(dict(zip(maps.by_epoch, moved, strict=True)))
