"""What the points of the map look like: by class, by a number, or all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.gui.panes.map.cloud import Stamp
from latentexplorer.gui.style.theme import theme
from latentexplorer.gui.widgets.color_bar import viridis
from latentexplorer.views.base import Array
from latentexplorer.views.map_colors import color_limits
from latentexplorer.views.palette import UNLABELLED, class_color, class_marker

if TYPE_CHECKING:
    from latentexplorer.views.map import Result


def stamps_of(result: Result) -> tuple[Array, list[Stamp], tuple[float, float] | None]:
    """The looks of the points of a map, and the ends of the scale where they are coloured by a number.

    Returns
    -------
    looks : ndarray (N,), int64
        Numbers into the stamps.
    stamps : list of Stamp
    scale : (low, high) or None
    """
    count = len(result.index)
    if result.groups is not None:
        numbers = range(max(len(result.group_names), int(result.groups.max(initial=0)) + 1))
        stamps = [Stamp(class_color(number, dark=theme.dark), class_marker(number)) for number in numbers]
        return result.groups, stamps, None
    if result.values is None:
        return np.zeros(count, np.int64), [Stamp(UNLABELLED)], None
    low, high = color_limits(result.values)
    stamps = [Stamp(color) for color in viridis()] + [Stamp(theme.tokens.faint)]
    with np.errstate(invalid="ignore"):
        looks = np.nan_to_num(np.clip((result.values - low) / (high - low), 0, 1) * 255)
    return np.where(np.isfinite(result.values), looks.astype(np.int64), 256), stamps, (low, high)
