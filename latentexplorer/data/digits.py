"""Handwritten digits: 1,797 images of 8 x 8 that come with scikit-learn, so they are always there.

Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI machine learning repository).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.events import Emit
from latentexplorer.core.imports import one_at_a_time
from latentexplorer.data.convert import Scale
from latentexplorer.data.pixels import ArrayPixels, Block, Loaded

WHITE = 16
"""The set counts ink in 0..16."""
FILE = "datasets/data/digits.csv.gz"
"""Where scikit-learn keeps it: a line an image, 64 numbers and its class."""


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """All digits, to be split."""
    pixels, labels = _read()
    block = Block.of(ArrayPixels(Scale(WHITE).to_uint8(pixels[..., None])), labels)
    return Loaded("Handwritten digits", block, class_names=tuple("0123456789"))


def _read() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Images (N, 8, 8) and classes (N,). Read without the library where its file is found: it takes a second to load,
    which would be most of what a person waits for when the window opens."""
    found = find_spec("sklearn")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        if (Path(folder) / FILE).is_file():
            table = _table(Path(folder) / FILE)
            return table[:, :-1].reshape(-1, 8, 8).astype(np.float64), table[:, -1].astype(np.int64)
    with one_at_a_time():
        from sklearn.datasets import load_digits

    bunch = load_digits()
    return np.asarray(bunch.images), np.asarray(bunch.target, np.int64)


@lru_cache(maxsize=1)
def _table(file: Path) -> npt.NDArray[np.uint8]:
    """Lines of the file (N, 65), kept: every run of these images reads them, and numbers as text take a while."""
    return np.loadtxt(file, delimiter=",", dtype=np.uint8)
