"""The image that a run begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latentexplorer.models.codes import Codes

MOST_LOOKED_AT = 2000
"""Codes among which it is looked for."""


def telling_image(codes: Codes) -> int:
    """The image, by its position in its part, that a run begins with: always the same for the same codes.

    The first one of a set is there by chance, and may be one that nobody could read. So each class names the image
    whose code is nearest to the median code of the class: it looks as most of them do, which a model learns best, and
    has neighbours on all sides. Of these the one counts whose class lies closest together for the distance to the
    nearest other class: what is near it on map and grid is then like it. Without classes it is the image nearest to
    the median of all. Nothing is decoded for it, so it costs the window nothing.
    """
    loc = codes.loc[:MOST_LOOKED_AT].reshape(min(len(codes.loc), MOST_LOOKED_AT), -1)
    labels = np.zeros(len(loc), int) if codes.labels is None else codes.labels[: len(loc)]
    typical, spread, middles = [], [], []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        middle = np.median(loc[rows], axis=0)
        away = np.linalg.norm(loc[rows] - middle, axis=1)
        typical.append(rows[np.argmin(away)])
        # One or two images lie together whatever the model does.
        spread.append(float(np.median(away)) if len(rows) > 2 else np.inf)
        middles.append(middle)
    centres = np.array(middles)
    length = (centres**2).sum(axis=1)
    apart = np.sqrt(np.maximum(length[:, None] + length - 2 * centres @ centres.T, 1e-12))
    np.fill_diagonal(apart, np.inf)
    nearest = np.where(len(centres) > 1, apart.min(axis=1), 1.0)
    return int(codes.index[typical[int(np.argmin(np.array(spread) / nearest))]])
