"""The same plane in two models: through the codes of the same three images, decoded by both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.events import Emit, ignore
from latentexplorer.views.base import Array
from latentexplorer.views.duel_pairs import Pairs
from latentexplorer.views.duel_strips import End, end_at, image_named
from latentexplorer.views.lookup import decode, is_conditional

if TYPE_CHECKING:
    from latentexplorer.runs import Trained


@dataclass(frozen=True)
class Plane:
    """The plane a + s (b - a) + t (c - a) with s and t from 0 to 1, a, b, c being the codes of three images.

    Attributes
    ----------
    corners : three of End
        At the lower left, the lower right and the upper left; the fourth, b + c - a, is nobody's code.
    images : two of (P, P, H, W, C) float32
        By the first and by the second model, the first row above.
    """

    corners: tuple[End, End, End]
    images: tuple[Array, Array]

    @property
    def words(self) -> str:
        """Where it lies."""
        a, b, c = (corner.title for corner in self.corners)
        return f"from {a} across to {b}, up to {c}"


def third_of(first: Trained, second: Trained, pairs: Pairs, ends: tuple[End, End], pick: str) -> End:
    """The image that makes a path a plane: one by name, else the first one of a third class, else of the others.

    Raises
    ------
    SettingsError, NotApplicableError
        Where an image is not among those that both know.
    """
    if pick:
        return image_named(first, second, pairs, pick)
    codes = pairs.codes[0]
    taken = [int(end.pick.partition(":")[2]) for end in ends if end.pick.startswith(f"{pairs.part}:")]
    others = np.flatnonzero(~np.isin(codes.index, taken))
    if codes.labels is not None:
        new = others[~np.isin(codes.labels[others], [end.y[0] for end in ends if end.y[0] is not None])]
        others = new if len(new) else others
    return end_at(pairs, int(others[0]))


def plane_of(
    first: Trained,
    second: Trained,
    ends: tuple[End, End],
    third: End,
    n: int,
    *,
    emit: Emit = ignore,
    stop: StopToken = NEVER,
) -> Plane | None:
    """The plane of three images, n x n decodes of each; None where fewer than two are wanted, or two are the same."""
    corners = (*ends, third)
    if n < 2 or len({corner.pick for corner in corners}) < 3:
        return None
    across, up = np.meshgrid(np.linspace(0, 1, n), np.linspace(1, 0, n))
    # Of each place, how much it is that of each corner.
    parts = np.stack([1 - across - up, across, up], -1).reshape(-1, 3)
    images = []
    for at, run in enumerate((first, second)):
        codes = parts @ np.stack([corner.z[at] for corner in corners]).astype(np.float64)
        classes: Array | None = None
        if is_conditional(run):
            # The nearest corner's; `strips_of` has refused images without a class.
            classes = np.array([corner.y[at] for corner in corners], np.int64)[parts.argmax(1)]
        there = decode(run, codes, classes, emit=emit, stop=stop)
        images.append(there.reshape(n, n, *there.shape[1:]))
    return Plane(corners, (images[0], images[1]))
