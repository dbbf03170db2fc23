"""Rows and planes along the principal axes around a code: which axes, and from where to where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.views.base import Array
from latentexplorer.views.ranges import Range, RangeSetting

if TYPE_CHECKING:
    from latentexplorer.latent.local_axes import LocalAxes
    from latentexplorer.models import LatentModel
    from latentexplorer.runs import Trained

Kind = Literal["nearby", "metric"]
KINDS: tuple[Kind, ...] = ("nearby", "metric")
NEARBY = 50
USUAL: Range = (-2.0, 2.0)
"""What axes span, in standard deviations, where nobody says so."""
UNIT = "standard deviations"
TITLES: dict[str, str] = {"nearby": "codes nearby", "metric": "decoder's metric"}
SENTENCES: dict[str, str] = {
    "nearby": "Principal axes of the codes nearest to this one, in their standard deviations.",
    "metric": "Directions in which the decoder changes the image most from here, in standard deviations of all codes.",
}


_last_metric: WeakKeyDictionary[LatentModel, tuple[tuple[bytes, int | None], LocalAxes]] = WeakKeyDictionary()
"""What was last asked of each model: a plane is moved many times around one code."""


def axes_at(
    run: Trained, kind: Kind, z: Array, y: int | None, nearby: int = NEARBY, *, stop: StopToken = NEVER
) -> LocalAxes:
    """The axes around a code (D,), decoded as class `y`."""
    from latentexplorer.latent.local_axes import axes_nearby, axes_of_metric

    codes = run.codes_of("train").loc
    if kind == "nearby":
        return axes_nearby(z, codes, nearby)
    asked = (np.asarray(z, np.float32).tobytes(), y)
    known = _last_metric.get(run.model)
    if known is None or known[0] != asked:
        known = _last_metric[run.model] = (asked, axes_of_metric(run.model, z, codes, y, stop=stop))
    return known[1]


def span_of(given: RangeSetting | None) -> Range:
    """From where to where an axis goes, in standard deviations: numbers that are given, else the usual ones."""
    return (float(given[0]), float(given[1])) if isinstance(given, tuple) else USUAL
