"""Handwritten digits: 1,797 images of 8 x 8 that come with scikit-learn, so they are always there.

Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI machine learning repository).
"""

from __future__ import annotations

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.events import Emit
from latentexplorer.data.convert import Scale
from latentexplorer.data.parts import ArrayPixels, Loaded, Part

WHITE = 16
"""The set counts ink in 0..16."""


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """All digits, to be split."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    values = Scale(WHITE).to_uint8(np.asarray(bunch.images)[..., None])
    part = Part.of(ArrayPixels(values), np.asarray(bunch.target, np.int64))
    return Loaded("Handwritten digits", part, class_names=tuple("0123456789"))
