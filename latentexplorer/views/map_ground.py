"""How much the decoder stretches the plane that a map of codes shows: its ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.lookup import decode_class
from latentexplorer.views.magnified import magnified, number, scale_of

if TYPE_CHECKING:
    from latentexplorer.latent.maps import Method
    from latentexplorer.latent.projection import Projection
    from latentexplorer.runs import Trained

CELLS, FEW = 40, 16
"""Places along the longer side: usually, and where nobody can wait for more."""
MARGIN = 0.12
"""Part of a map's extent beyond its points on every side: a window may become a little wider or lower."""
STRONGEST = 0.45
"""Opacity of the strongest shade: points of every colour are seen on it."""
Extent = tuple[float, float, float, float]
"""Left, right, bottom, top."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Magnification at R x S places of a map. Row 0 is the top.

    Attributes
    ----------
    values : (R, S) float64
        log10 of how much a small area of the map grows among the images; NaN where the decoder stands still.
    extent : (left, right, bottom, top)
        What the places cover, in the map's coordinates.
    whole : bool
        Whether the map shows all of the code: else the other directions are at the mean of the codes.
    """

    values: Array
    extent: Extent
    whole: bool

    @property
    def shades(self) -> Array:
        """How strongly each place is shaded (R, S), from 0 to 1; 0 where the decoder stands still."""
        low, high = scale_of(self.values)
        return np.asarray((np.nan_to_num(self.values, nan=low) - low) / (high - low))

    @property
    def sentence(self) -> str:
        """What it shows."""
        rest = "" if self.whole else ", with what the map does not show at the mean of the codes"
        if not np.isfinite(self.values).any():
            return f"The decoder stands still on this map: small steps change no image{rest}"
        return f"Ground: how many times a small area of the map grows among the images{rest}"

    @property
    def note(self) -> str:
        """The same with its ends, for a figure."""
        low, high = scale_of(self.values)
        if not np.isfinite(self.values).any():
            return self.sentence
        return f"{self.sentence}, from {number(low)} (plain) to {number(high)} times (shaded), log scale"


def ground_of(
    run: Trained,
    projection: Projection,
    y: int | None,
    extent: Extent,
    cells: int = CELLS,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Ground:
    """Measure the magnification of a part of a map of a run's codes, decoded as class `y`.

    Raises
    ------
    NotApplicableError
        Where a place of the map does not decode exactly, see `latent.exact_maps.plane_of`.
    """
    from latentexplorer.latent.exact_maps import plane_of

    origin, basis = plane_of(projection)
    left, right, bottom, top = extent
    longest = max(right - left, top - bottom)
    across, up = (max(2, round(cells * side / longest)) for side in (right - left, top - bottom))
    x = left + (np.arange(across) + 0.5) / across * (right - left)
    places_y = top - (np.arange(up) + 0.5) / up * (top - bottom)
    places = np.stack(np.meshgrid(x, places_y), -1)
    codes = origin + places @ basis
    values = magnified(run, codes, basis, y, emit=emit, stop=stop)
    return Ground(values, extent, len(origin) == 2)


def refusal(method: Method) -> str:
    """Why a map has no ground, also while its points move; "" where its places decode exactly."""
    from latentexplorer.latent.exact_maps import no_plane

    return "" if method in ("pca", "dims") else Refused.of(no_plane(method)).text


def extent_of(coords: Array, ratio: float) -> Extent:
    """What a window of a shape (width by height) that shows all points (N, 2) of a map, and a little more, shows."""
    known = coords[np.isfinite(coords).all(1)]
    low, high = np.asarray(known.min(0), np.float64), np.asarray(known.max(0), np.float64)
    middle, width, height = (low + high) / 2, *(high - low)
    # A single point stands in the middle of a little room.
    height = max(height, width / ratio) or 1.0
    half = np.array([height * ratio, height]) * (0.5 + MARGIN)
    return middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1]


def height_by_width(coords: Array) -> float:
    """The shape of a picture of the points (N, 2) of a map that leaves little room empty around them."""
    width, height = np.ptp(coords, axis=0)
    return float(np.clip(height / max(width, 1e-9), 0.5, 0.95))


def check_ground(method: Method) -> None:
    """Refuse the ground of a map that has none before it is laid out.

    Raises
    ------
    NotApplicableError
    """
    from latentexplorer.latent.exact_maps import no_plane

    if method not in ("pca", "dims"):
        raise no_plane(method)


def ground_on_paper(
    run: Trained, projection: Projection, label: str, area: Extent | None, emit: Emit, stop: StopToken
) -> Ground:
    """The ground of a part of a map, or of all that a figure of it shows, decoded as the class of that name."""
    extent = area or extent_of(projection.coords, 1 / height_by_width(projection.coords))
    return ground_of(run, projection, decode_class(run, label), extent, emit=emit, stop=stop)
