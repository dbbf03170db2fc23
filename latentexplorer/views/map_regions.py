"""Decision regions under a map: the places of its plane, the codes they stand for, and what these decode to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, Part
from latentexplorer.views.judging import Regions, judged
from latentexplorer.views.lookup import is_conditional
from latentexplorer.views.map_place import BESIDE, usual_reach

if TYPE_CHECKING:
    from latentexplorer.latent.judge import Judge
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained

Extent = tuple[float, float, float, float]
"""Left, right, bottom and top, in units of the map."""
MARGIN = 0.06
"""Part of the map's extent that is judged around its points."""
MOST = 2.5
"""So many times the square of the places across there are at most."""
COMPARED = 512
"""Points whose own decode is judged too, to see how far the regions say something of them."""


@dataclass(frozen=True, eq=False)
class MapRegions:
    """What the places of a map decode to.

    Attributes
    ----------
    regions : Regions
        (R, S), from bottom to top and left to right; a confidence of NaN where there is no code to judge.
    extent : (left, right, bottom, top)
    estimated : bool
        The map has no exact way back: a place is given the weighted mean of its neighbours' codes.
    agreement : (float, int)
        Part of the points whose own decode is judged as their place is, and how many were tried. Where places are
        estimated a point is none of its own neighbours.
    chance : float
        The same of places and points that are thrown together anyhow: where all is of one class they agree for nothing.
    held : int
        Numbers of a code that the map does not show, which are as in the mean code.
    """

    regions: Regions
    extent: Extent
    estimated: bool
    agreement: tuple[float, int]
    chance: float
    held: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read it."""
        share, count = self.agreement
        by_chance = f"{100 * self.chance:.0f} % by chance"
        agree = f"{100 * share:.0f} % of {count:,} points decode to the class of their place ({by_chance})"
        if self.estimated:
            what = "Estimated: this map has no exact way back, a place has the mean code of its neighbours"
            return (f"{what}. {agree}, their own code left out. Blank: far from all points",)
        if self.held:
            return (f"The other {self.held:,} numbers of a code are as in the mean code: {agree}",)
        return ()

    @property
    def brief(self) -> str:
        """The same in a few words."""
        share, chance = (f"{100 * part:.0f}" for part in (self.agreement[0], self.chance))
        agree = f"{share} % of {self.agreement[1]:,} points decode to the class below them, by chance {chance} %"
        return f"Estimated · {agree}" if self.estimated else agree if self.held else "Class of each place"

    @property
    def numbers(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "extent": list(self.extent),
            "estimated": self.estimated,
            "points_that_agree": self.agreement[0],
            "points_that_agree_by_chance": self.chance,
            "points_compared": self.agreement[1],
            **self.regions.numbers,
        }


def regions_of_map(
    shown: Trained,
    projection: Projection,
    judge: Judge,
    cells: int,
    y: int | None = None,
    *,
    shape: float | None = None,
    window: Extent | None = None,
    part: Part = "train",
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> MapRegions:
    """Judge the places of a map, `cells` across its points.

    Parameters
    ----------
    shape : float or None
        Width by height of what is judged, as of a window that shows all points; None: that of the points.
    window : (left, right, bottom, top) or None
        What is judged instead, as of a map that somebody has moved or zoomed into.
    y : int or None
        The class a conditional model is told.

    Raises
    ------
    NotApplicableError
        Where the map has too few points to find a code for a place.
    """
    from latentexplorer.latent.inverse_maps import ways_of

    coords = np.asarray(projection.coords, np.float64)
    if len(coords) < 2:
        raise NotApplicableError("Regions under a map need two codes on it at least")
    extent, places, up_across = _places(coords, cells, shape, window)
    exact = "exact" in ways_of(projection)
    known = np.ones(len(places), bool)
    if exact:
        codes = _exact(projection, places)
    else:
        codes, away = _estimated(projection, places)
        known = away <= BESIDE * usual_reach(coords)
    y = (0 if y is None else y) if is_conditional(shown) else None
    # Places that nothing is said of are not decoded either.
    found = judged(shown, judge, codes[known], y, emit=emit, stop=stop)
    classes, sure = np.zeros(len(places), np.int64), np.full(len(places), np.nan)
    classes[known], sure[known] = found.verdict.classes, found.verdict.confidence
    whole = replace(found, verdict=replace(found.verdict, classes=classes, confidence=sure).shaped(up_across))
    rows = np.unique(np.linspace(0, len(coords) - 1, min(len(coords), COMPARED)).astype(np.int64))
    there = _exact(projection, coords[rows]) if exact else _estimated(projection, coords[rows], rows)[0]
    own = judged(shown, judge, projection.codes[rows], y, stop=stop).verdict.classes
    below = judged(shown, judge, there, y, stop=stop).verdict.classes
    held = max(projection.codes.shape[1] - 2, 0) if exact else 0
    agreement = float((below == own).mean()), len(rows)
    return MapRegions(whole, extent, not exact, agreement, _chance(below, own), held)


def _chance(below: Array, own: Array) -> float:
    """How many of the classes (N,) below points and of the points themselves are the same, thrown together anyhow."""
    count = int(max(below.max(), own.max())) + 1
    first, last = (np.bincount(classes, minlength=count) / len(classes) for classes in (below, own))
    return float(first @ last)


def _exact(projection: Projection, places: Array) -> Array:
    """Codes (P, D) of places; what the map does not show is at the mean of its codes."""
    from latentexplorer.latent.exact_maps import plane_of

    try:
        origin, basis = plane_of(projection)
    except NotApplicableError:
        # One dimension, or the same twice: no plane, but each place has its code.
        mean = projection.codes.mean(0)
        return np.stack([projection.code_at(place, mean)[0] for place in places])
    return np.asarray((origin + places @ basis).astype(np.float32))


def _estimated(projection: Projection, places: Array, own: Array | None = None) -> tuple[Array, Array]:
    """Codes (P, D) of places by their neighbours, and how far the nearest is (P,); `own`: rows that are left out."""
    from scipy.spatial import cKDTree

    from latentexplorer.latent.maps import NEIGHBOURS, amid

    coords = np.asarray(projection.coords, np.float64)
    count = min(NEIGHBOURS + (own is not None), len(coords))
    away, near = cKDTree(coords).query(places, np.arange(1, count + 1))
    if own is not None:
        # The place itself goes; where several points lie on it, the last of them.
        mine = near == own[:, None]
        mine[~mine.any(1), -1] = True
        away, near = (values[~mine].reshape(len(places), -1) for values in (away, near))
    return amid(projection.codes[near], away, float(np.ptp(coords, axis=0).max())), away[:, 0]


def _around(coords: Array) -> tuple[Array, Array]:
    """The middle of a map and half its size, with a margin."""
    low, high = coords.min(0), coords.max(0)
    size = np.maximum(high - low, 0.2 * (float((high - low).max()) or 1.0))
    return (low + high) / 2, size * (0.5 + MARGIN)


def extent_of(coords: Array, shape: float | None = None) -> Extent:
    """What is judged of a map of points (N, 2), in a window with this width by height that shows all of them."""
    middle, half = _around(np.asarray(coords, np.float64))
    if shape is not None:
        half = np.array([max(half[0], half[1] * shape), max(half[1], half[0] / shape)])
    (left, bottom), (right, top) = (middle - half).tolist(), (middle + half).tolist()
    return left, right, bottom, top


def _places(
    coords: Array, cells: int, shape: float | None = None, window: Extent | None = None
) -> tuple[Extent, Array, tuple[int, int]]:
    """The extent of a map with a margin, the middles (R * S, 2) of its cells, and how many there are up and across."""
    _, half = _around(coords)
    wide, up = cells, int(np.clip(round(cells * float(half[1] / half[0])), 2, 2 * cells))
    extent = left, right, bottom, top = extent_of(coords, shape) if window is None else window
    if shape is not None or window is not None:
        # As large as they are among the points, as long as there are not too many of them; smaller in a small window.
        count = np.array([right - left, top - bottom]) / (2 * half / (wide, up))
        part = cells / np.sqrt(float(np.prod(count)))
        count = count * min(np.sqrt(MOST) * part, 1.0 if window is None else max(part, 1.0))
        wide, up = (max(round(float(number)), 2) for number in count)
    x, y = (
        first + (np.arange(number) + 0.5) * (last - first) / number
        for first, last, number in ((left, right, wide), (bottom, top, up))
    )
    across, upward = np.meshgrid(x, y)
    return extent, np.column_stack([across.ravel(), upward.ravel()]), (up, wide)
