"""The image that a run begins with: the one looked at before, where it is one of its own, else a telling one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.models.codes import Codes
    from latentexplorer.runs import Trained

MOST_LOOKED_AT = 2000
"""Codes among which it is looked for."""


def same_image(run: Trained, image: Array) -> tuple[str, int] | None:
    """The part and the position of the first image of a run that is `image` (H, W, C), uint8, pixel by pixel.

    Looked for among those whose codes the run keeps, at most `MOST_LOOKED_AT` of a part. None where there is none, or
    the images are not there.
    """
    if run.data is None:
        return None
    for part in ("test", "train"):
        codes, images = run.codes.get(part), run.images(part).images
        if codes is None or images.shape[1:] != image.shape:
            continue
        index = codes.index[codes.index < len(images)][:MOST_LOOKED_AT]
        # A row from the middle tells nearly all of them apart.
        middle = image.shape[0] // 2
        index = index[(images[index, middle] == image[middle]).all((1, 2))]
        for each in index.tolist():
            if (images[each] == image).all():
                return part, each
    return None


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
