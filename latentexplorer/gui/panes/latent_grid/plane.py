"""Which plane of latent space is shown: chosen, moved and zoomed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from latentexplorer.gui.panes.latent_grid.plane_view import value_at

USUAL_CELLS = 12
CELLS = (4, 6, 8, 10, 12, 16, 20, 24, 32)
MOST = 1e6
LEAST_WIDTH = 1e-6
Range = tuple[float, float]


@dataclass(frozen=True)
class PlaneChoice:
    """Settings of the view `latent-grid`, as a person changes them.

    Attributes
    ----------
    axes : "dims" or "directions"
    dims : (int, int)
    n : int
    spacing : "auto", "quantiles" or "linear"
    x_range, y_range : (float, float) or None
        Middles of the first and last cells; None: by the prior or the codes.
    centre : str
        The code that the plane goes through, as settings write it; "" for the middle of the space.
    """

    axes: str = "directions"
    dims: tuple[int, int] = (0, 1)
    n: int = USUAL_CELLS
    spacing: str = "auto"
    x_range: Range | None = None
    y_range: Range | None = None
    centre: str = ""

    def settings(self) -> dict[str, Any]:
        """Settings for the view; what is as by default is left out."""
        usual = PlaneChoice(axes=self.axes, n=self.n)
        named: dict[str, Any] = {"axes": self.axes, "n": self.n}
        for key in ("dims", "spacing", "x_range", "y_range", "centre"):
            value = getattr(self, key)
            if value != getattr(usual, key):
                named[key] = list(value) if isinstance(value, tuple) else value
        if self.centre.startswith("["):
            named["centre"] = json.loads(self.centre)
        return named

    @classmethod
    def of_settings(cls, settings: dict[str, Any], code_dim: int) -> PlaneChoice:
        """From the checked settings of an exported figure."""
        known = {key: value for key, value in settings.items() if key in cls.__dataclass_fields__ and value is not None}
        if known.get("axes", "auto") == "auto":
            known["axes"] = "dims" if code_dim == 2 else "directions"
        if not isinstance(known.get("centre", ""), str):
            known["centre"] = json.dumps([float(value) for value in known["centre"]])
        for key in ("dims", "x_range", "y_range"):
            if key in known:
                known[key] = tuple(known[key])
        return cls(**known)

    def of_range(self, x: Range, y: Range) -> PlaneChoice:
        """The same plane over another rectangle, evenly spaced."""
        return replace(self, spacing="auto", x_range=_sound(x), y_range=_sound(y))

    def anew(self) -> PlaneChoice:
        """The plane as it was before anybody moved it."""
        return replace(self, spacing="auto", x_range=None, y_range=None, centre="")


def shown_range(result: Any) -> tuple[Range, Range]:
    """The rectangle of a result."""
    return (float(result.x[0]), float(result.x[-1])), (float(result.y[-1]), float(result.y[0]))


def moved(ranges: tuple[Range, Range], n: int, right: float, down: float) -> tuple[Range, Range]:
    """A rectangle after its plane was dragged by so many cells."""
    (x0, x1), (y0, y1) = ranges
    across, up = -right * (x1 - x0) / (n - 1), down * (y1 - y0) / (n - 1)
    return (x0 + across, x1 + across), (y0 + up, y1 + up)


def zoomed(result: Any, factor: float, column: float, row: float) -> tuple[Range, Range]:
    """The rectangle of a result made `factor` times as large around a place that stays where it is."""
    x, y = shown_range(result)
    count = len(result.x) - 1
    fixed = value_at(result.x, column), value_at(result.y, row)
    # Where it stands in the picture, so that it stays under the pointer although the spacing becomes even.
    part = column / count, 1 - row / count
    new = []
    for (low, high), at, share in zip((x, y), fixed, part, strict=True):
        width = (high - low) * factor
        new.append((at - share * width, at + (1 - share) * width))
    return new[0], new[1]


def around(ranges: tuple[Range, Range], middle: tuple[float, float]) -> tuple[Range, Range]:
    """A rectangle moved so that its middle is elsewhere."""
    (x0, x1), (y0, y1) = ranges
    wide, high = (x1 - x0) / 2, (y1 - y0) / 2
    return (middle[0] - wide, middle[0] + wide), (middle[1] - high, middle[1] + high)


def _sound(ends: Range) -> Range:
    """Never turned over, never without width, never beyond all numbers."""
    low, high = (float(np.clip(end, -MOST, MOST)) for end in ends)
    if not high - low > LEAST_WIDTH:
        middle = (low + high) / 2
        low, high = middle - LEAST_WIDTH, middle + LEAST_WIDTH
    # As a person would write it: seven digits tell any two cells apart.
    step = 10.0 ** (np.floor(np.log10(high - low)) - 6)
    return round(low / step) * step, round(high / step) * step
