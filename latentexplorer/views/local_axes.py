"""Rows and planes along the principal axes around a code: which axes, and from where to where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
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
BRIEF: dict[str, str] = {
    "nearby": "Axes of the nearest codes, in sd",
    "metric": "Most change of the image, in sd",
}
"""The same where there is little room."""
MOST_KEPT = 16
_known_metric: WeakKeyDictionary[LatentModel, dict[tuple[bytes, int | None], LocalAxes]] = WeakKeyDictionary()
"""What was asked of each model, the newest last: a plane is moved many times around one code, and codes come back."""


def axes_at(
    run: Trained,
    kind: Kind,
    z: Array,
    y: int | None,
    nearby: int = NEARBY,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> LocalAxes:
    """The axes around a code (D,), decoded as class `y`."""
    from latentexplorer.latent.local_axes import axes_nearby, axes_of_metric

    codes = run.codes_of("train").loc
    if kind == "nearby":
        return axes_nearby(z, codes, nearby)
    found = metric_known(run, z, y)
    if found is None:
        found = axes_of_metric(run.model, z, codes, y, emit=emit, stop=stop)
        kept = dict(_known_metric.get(run.model, {}))
        kept[_asked(z, y)] = found
        # A dictionary of its own each time: other threads may be looking.
        _known_metric[run.model] = dict(list(kept.items())[-MOST_KEPT:])
    return found


def metric_known(run: Trained, z: Array, y: int | None) -> LocalAxes | None:
    """The axes of the decoder's metric around a code (D,), where they were asked for already."""
    return _known_metric.get(run.model, {}).get(_asked(z, y))


def _asked(z: Array, y: int | None) -> tuple[bytes, int | None]:
    return np.asarray(z, np.float32).tobytes(), y


def span_of(given: RangeSetting | None) -> Range:
    """From where to where an axis goes, in standard deviations: numbers that are given, else the usual ones."""
    return (float(given[0]), float(given[1])) if isinstance(given, tuple) else USUAL
