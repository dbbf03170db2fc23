"""How much the decoder stretches the cells of a plane, and the scale that it is shown on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

LEAST_DECADES = 0.1
"""A scale spans a quarter more than its low end at least: what a linear decoder rounds differently is no difference."""
MAGNIFICATION_HELP = (
    "Rims tell how many times a small area of the plane grows among the images, on a log scale. Places of the same "
    "colour are stretched alike; bright ridges are often borders between kinds of images."
)


def magnified(
    run: Trained, codes: Array, basis: Array, label: int | None, *, emit: Emit = ignore, stop: StopToken = NEVER
) -> Array:
    """log10 of sqrt(det(A^T J^T J A)) at codes (R, S, D), with A the directions of a basis (2, D) made unit; (R, S).

    NaN where the decoder J stands still along one of the two.
    """
    from latentexplorer.latent.magnification import magnification

    flat = codes.reshape(-1, codes.shape[-1])
    classes = None if label is None else np.full(len(flat), label, np.int64)
    along = basis / np.maximum(np.linalg.norm(basis, axis=1, keepdims=True), 1e-12)
    found = magnification(run.model, flat, classes, along=along, emit=emit, stop=stop)
    return np.where(np.isfinite(found), found, np.nan).reshape(codes.shape[:-1])


def scale_of(values: Array) -> tuple[float, float]:
    """Ends of the scale for some magnifications, as log10; NaN among them does not count."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    spare = max(LEAST_DECADES - (high - low), 0.0) / 2
    return low - spare, high + spare


def times(value: float) -> str:
    """A magnification, given as log10, for a person: "3.2 times"."""
    if not np.isfinite(value):
        return "0 times"
    return f"{number(value)} times"


def number(value: float) -> str:
    """The factor of a log10, with three digits; very large and small ones with their power of ten."""
    return f"{10**value:.3g}" if -4 <= value < 6 else f"10^{value:.1f}"


def note_of(values: Array) -> str:
    """What the colours of the cells of a plane mean, with the ends of their scale."""
    known = values[np.isfinite(values)]
    still = values.size - known.size
    words = f"At {still:,} of {values.size:,} places the decoder stands still along a side of the plane"
    if not known.size:
        return words
    low, high = scale_of(values)
    found = (
        f"Rims: a small area grows {number(low)} (dark) to {number(high)} times (bright) among the images, log scale"
    )
    return f"{found}. {words}" if still else found
