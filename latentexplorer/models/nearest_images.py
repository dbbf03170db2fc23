"""The nearest images by pixels, in pieces, so that sets of any size fit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken

_PIECE_BYTES = 64 * 1024**2


def nearest_images(
    images: npt.NDArray[np.uint8],
    known: npt.NDArray[np.uint8],
    count: int,
    *,
    stop: StopToken = NEVER,
    device: torch.device | None = None,
) -> npt.NDArray[np.int64]:
    """Positions (B, count) of the nearest known images by Euclidean distance of pixels, nearest first.

    Parameters
    ----------
    images : ndarray (B, H, W, C), uint8
    known : ndarray (N, H, W, C), uint8; may be a memory map
    count : int
        At most N are returned.
    device : torch.device or None
        Where they are compared; None: on the processor.
    """
    query = _flat(images, device)
    best = query.new_empty(len(images), 0)
    where = torch.empty(len(images), 0, dtype=torch.long, device=device)
    piece = max(1, _PIECE_BYTES // (4 * query.shape[1]))
    for begin in range(0, len(known), piece):
        stop.check()
        block = _flat(known[begin : begin + piece], device)
        # |a - b|^2 without |a|^2, which is the same for all candidates.
        distances = block.square().sum(1) - 2 * query @ block.T
        found = torch.arange(begin, begin + len(block), device=device).expand(len(query), -1)
        best, order = torch.cat([best, distances], dim=1).topk(
            min(count, best.shape[1] + len(block)), dim=1, largest=False
        )
        where = torch.cat([where, found], dim=1).gather(1, order)
    result: npt.NDArray[np.int64] = where.cpu().numpy()
    return result


def _flat(images: npt.NDArray[np.uint8], device: torch.device | None) -> Tensor:
    return torch.from_numpy(np.array(images)).to(device).flatten(1).float().div_(255)
