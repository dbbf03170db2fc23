"""Codes of images as plain arrays: what is stored in a run, projected, plotted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass
class Codes:
    """Posterior means of images, with what is known of them.

    Attributes
    ----------
    loc : ndarray (N, D), float32
        Posterior means.
    scale : ndarray (N, D), float32, or None
        Posterior standard deviations; None where codes are points.
    index : ndarray (N,), int64
        Position of each image in its part of the data.
    labels : ndarray (N,), int64, or None
        Classes.
    """

    loc: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32] | None
    index: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.loc)

    def take(self, rows: npt.ArrayLike | slice) -> Codes:
        """The given rows (positions, a mask or a slice), in that order."""
        rows = rows if isinstance(rows, slice) else np.asarray(rows)
        return Codes(
            self.loc[rows],
            None if self.scale is None else self.scale[rows],
            self.index[rows],
            None if self.labels is None else self.labels[rows],
        )
