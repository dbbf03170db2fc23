"""Three ways between two codes, raced on the window's threads: plain functions without Qt; what is heavy comes late."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.core.events import Event, WayMoved
from latentexplorer.gui.workers import decoding
from latentexplorer.gui.workers.job import Report
from latentexplorer.views.base import Array, Refused
from latentexplorer.views.path_race import ITERATIONS, NAMES, Strip, briefly, fixed_ways, strip_of, verdict

if TYPE_CHECKING:
    from latentexplorer.latent.geodesic import Way
    from latentexplorer.runs import Trained
    from latentexplorer.views.fading import Fading

BETWEEN_S = 0.5
"""Between two looks at the geodesic while it gets shorter."""


@dataclass(frozen=True, eq=False)
class Race:
    """Three strips, the last of which may still get shorter.

    Attributes
    ----------
    strips : tuple of three Strip
    words : str
        What it came to, or how far it is.
    brief : str
        The same where there is little room.
    """

    strips: tuple[Strip, ...]
    words: str
    brief: str


def race(
    run: Trained, ends: tuple[Array, Array], y: int | None, steps: int, emit: Report, stop: StopToken
) -> Race | Refused:
    """A job: the ways between two codes (D,) of class `y`, `steps` images each; a `Race` is reported as it goes on."""
    from latentexplorer.latent.geodesic import geodesic

    try:
        known = fixed_ways(run, *ends, y)
        strips = [strip_of(run, name, way, y, steps) for name, way in zip(NAMES, known, strict=False)]
        looks = _Looks(run, strips, y, steps, emit)
        return looks.at(
            geodesic(run.model, *ends, y, iterations=ITERATIONS, emit=looks.on_event, stop=stop), ended=True
        )
    except LatentExplorerError as error:
        return Refused.of(error)


def fading(run: Trained, strips: Sequence[Strip], y: int | None, limit: int) -> Iterator[Fading | None]:
    """A question in steps: how boldly the pictures of three strips are shown, (3, S), by `limit` codes at most."""
    codes, images = (np.concatenate([getattr(strip, name) for strip in strips]) for name in ("codes", "images"))
    for step in decoding.fading_of_shown(run, codes, y, images, limit):
        yield None if step is None else step.shaped((len(strips), len(strips[0].codes)))


class _Looks:
    """Shows a geodesic that gets shorter, not too often."""

    def __init__(self, run: Trained, strips: list[Strip], y: int | None, steps: int, emit: Report) -> None:
        self._run, self._strips, self._y, self._steps, self._emit = run, strips, y, steps, emit
        self._last_s = -BETWEEN_S

    def on_event(self, event: Event) -> None:
        """Pass on how far it is, and what is seen where that is due."""
        if not isinstance(event, WayMoved):
            self._emit(event)
        elif time.monotonic() - self._last_s >= BETWEEN_S:
            self._emit(self.at(event.way))
            self._last_s = time.monotonic()

    def at(self, way: Way, ended: bool = False) -> Race:
        """The three strips as they stand."""
        strips = (*self._strips, strip_of(self._run, NAMES[-1], way, self._y, self._steps))
        if ended:
            ways = [strip.way for strip in strips]
            return Race(strips, verdict(ways), briefly(ways))
        energy, straight = way.energy, strips[0].way.energy
        words = f"The geodesic gets shorter: {way.iteration:,} of {ITERATIONS:,} iterations at most"
        return Race(strips, f"{words}, energy {energy:.3g} (straight {straight:.3g})", f"Energy {energy:.3g}")
