"""Which image an image is mixed with, for families that take mixtures apart."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

Rows = TypeVar("Rows", int, npt.NDArray[np.int64], Tensor)


def partner_row(row: Rows, count: int) -> Rows:
    """The row that each `row` of `count` images encoded together is mixed with: the next one, the first for the last.

    While a model is trained partners are drawn at random; everywhere else they must be the same every time.
    """
    return (row + 1) % count
