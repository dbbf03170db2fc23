"""The code that planes and rows of an auto-decoder go through: that of a typical image.

Nothing pulls the free codes of an auto-decoder together, so that their mean, or that of a prior, may lie in the hollow
of a shell and decode to nothing that was ever learned. The code of an image never does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.views.lookup import decode

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

CANDIDATES = 32
"""Codes nearest to the median that are looked at."""
SAMPLE = 64
"""Codes whose decodes tell how much contrast is usual."""


def starts_at_code(trained: Trained) -> bool:
    """Whether what is shown by default goes through the code of an image, and along the codes' own quantiles."""
    return not trained.config.model.kind.encoder


def typical_image(trained: Trained) -> int:
    """The position of the training image whose code is typical of them all.

    Of those nearest to the median of the codes, each dimension in units of its spread, the one whose decode has the
    contrast that decodes usually have: among free codes, those in the middle are often those of the faintest images.
    """
    codes = trained.codes_of("train")
    z = codes.loc.astype(np.float64)
    median = np.median(z, axis=0)
    spread = np.median(np.abs(z - median), axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    near = np.argsort(np.square((z - median) / spread).sum(1), kind="stable")[:CANDIDATES]
    some = np.unique(np.linspace(0, len(z) - 1, min(SAMPLE, len(z))).astype(np.int64))
    rows = np.concatenate([near, some])
    y = None if codes.labels is None else codes.labels[rows]
    contrast = decode(trained, codes.loc[rows], y).std((1, 2, 3))
    usual = np.median(contrast[len(near) :])
    return int(codes.index[near[np.abs(contrast[: len(near)] - usual).argmin()]])
