"""Codes for places of a map, each with how wrong it will be: what a click shows, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array
from latentexplorer.views.inverse_words import place_words
from latentexplorer.views.map_inverse import Settings, way_back

if TYPE_CHECKING:
    from latentexplorer.latent.inverse_maps import InverseMap, Way
    from latentexplorer.runs import Trained


@dataclass(frozen=True, eq=False)
class MapPlaces:
    """P places of a map.

    Attributes
    ----------
    places : (P, 2)
    codes : (P, D) float32
    way : str
    inverse : latentexplorer.latent.inverse_maps.InverseMap
    subtitle : str
        Which map it is.
    """

    places: Array
    codes: Array
    way: Way
    inverse: InverseMap
    subtitle: str

    @property
    def lines(self) -> list[str]:
        """A line a place: where, how, how wrong."""
        return [f"({x:g}, {y:g}) {self.way}: {place_words(self.inverse, self.way, (x, y))}" for x, y in self.places]

    def to_json(self) -> dict[str, Any]:
        """Everything that is known of them."""
        inverse, found = self.inverse, self.inverse.predicted(self.way, self.places)
        held_out = {
            way: dict(zip(("code_distance", "pixel_rmse"), inverse.overall(way), strict=True)) for way in inverse.errors
        }
        return {
            "map": self.subtitle,
            "way": self.way,
            "places": [
                {
                    "x": float(place[0]),
                    "y": float(place[1]),
                    "code": [float(number) for number in code],
                    "code_distance": float(found.code[row]),
                    "pixel_rmse": float(found.pixel[row]),
                    "beyond_what_was_tried": bool(found.beyond[row]),
                }
                for row, (place, code) in enumerate(zip(self.places, self.codes, strict=True))
            ],
            "held_out": held_out,
            "hidden_codes": inverse.count,
            "at_random": dict(zip(("code_distance", "pixel_rmse"), inverse.chance, strict=True)),
        }


def places_of_map(
    trained: Trained, settings: Settings, places: Array, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> MapPlaces:
    """The codes of places (P, 2) of a map, and how wrong they will be, beside other ways.

    Raises
    ------
    NotApplicableError
        Where there are too few codes, or not the way that is asked for.
    """
    made, way, inverse = way_back(trained, settings, emit=emit, stop=stop)
    places = np.asarray(places, np.float64).reshape(-1, 2)
    codes = np.stack([inverse.code_at(way, place)[0] for place in places])
    return MapPlaces(places, codes, way, inverse, made.subtitle)
