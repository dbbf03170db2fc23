"""A latent grid that was worked out: its codes, their images, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latentexplorer.views.base import Array, ViewResult

if TYPE_CHECKING:
    from latentexplorer.latent.ranges import Span
    from latentexplorer.views.fading import Fading
    from latentexplorer.views.judging import Regions


@dataclass(frozen=True)
class Result(ViewResult):
    """A plane of R x S images. Row 0 is the top: the largest `y`.

    Attributes
    ----------
    images : (R, S, H, W', C) float32 in [0, 1]
        Row by row from the top, column by column from the left.
    codes : (R, S, D) float32
        What each image was decoded from.
    x : (S,) float64
        Coordinate of each column, from left to right.
    y : (R,) float64
        Coordinate of each row, from top to bottom (falling).
    axes : (str, str)
        What the two sides are.
    label : int or None
        Class it was decoded with (conditional models).
    origin : (D,) float32
        Code at coordinate (0, 0). Of directions that is the mean of the codes as far as the plane goes, and the code
        that it goes through in all others; of raw dimensions the code that the others are held at.
    basis : (2, D) float32
        Steps through the latent space for one unit of x and of y.
    spans : (Span, Span) or None
        The ranges across and up, and whose they are: what lies between the first and the last images.
    centre : str or tuple of float
        The code the plane goes through, as settings name it; "" for the mean of a prior or of codes.
    fading : Fading or None
        How boldly each image is shown, (R, S); None: all alike.
    regions : Regions or None
        Which class each image is judged to be of, (R, S); None: not shown.
    magnification : (R, S) float64 or None
        log10 of how much a small area grows among the images, NaN where the decoder stands still; None: not shown.
    """

    images: Array
    codes: Array
    x: Array
    y: Array
    axes: tuple[str, str]
    label: int | None
    origin: Array
    basis: Array
    spans: tuple[Span, Span] | None = None
    centre: str | tuple[float, ...] = ""
    fading: Fading | None = None
    magnification: Array | None = None
    regions: Regions | None = None

    @property
    def numbers(self) -> dict[str, Any]:
        """Of a grid whose images are judged: places, classes and confidences; empty for others."""
        if self.regions is None:
            return {}
        about = {"x": self.x.tolist(), "y": self.y.tolist(), "axes": list(self.axes)}
        return about | self.regions.numbers | {"notes": list(self.notes)}
