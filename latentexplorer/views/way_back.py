"""A map whose empty places are decoded in a way that somebody has chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.latent.inverse_maps import code_by, ways_of
from latentexplorer.latent.maps import Projection
from latentexplorer.views.inverse_words import place_words

if TYPE_CHECKING:
    from latentexplorer.latent.inverse_maps import InverseMap, Way


class ChosenWay(Projection):
    """A map that answers for its empty places by one way, and tells how wrong that will be once it has been measured.

    Parameters
    ----------
    of : Projection
    way : str
        Until a network is fitted the neighbours stand in for it; so they do for the exact inverse of a map without.
    inverse : InverseMap or None
        The ways back from this map, measured.
    """

    def __init__(self, of: Projection, way: Way, inverse: InverseMap | None) -> None:
        super().__init__(of.codes, of.coords, of.index, of.method, of.description, of.notes, of.sampled, of.finished)
        self._of, self._inverse = of, inverse
        ready = way in ways_of(of) and (way != "network" or (inverse is not None and inverse.network is not None))
        self.way: Way = way if ready else "neighbours"

    def place(self, new: np.ndarray, **rest: object) -> np.ndarray:
        """Where new codes lie: as on the map itself."""
        return self._of.place(new, **rest)  # type: ignore[arg-type]

    def code_at(self, position: Sequence[float] | np.ndarray, base: np.ndarray | None = None) -> tuple[np.ndarray, str]:
        """A code for a place, and how it was found, with the error that is to be expected there."""
        inverse = self._inverse
        z, how = code_by(self.way, self._of, position, base, None if inverse is None else inverse.network)
        if inverse is None or self.way not in inverse.errors:
            return z, how
        return z, f"{how}; {place_words(inverse, self.way, (float(position[0]), float(position[1])))}"
