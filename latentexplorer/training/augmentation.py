"""Random changes of the training images that leave what they show the same: mirrored, shifted, drawn black and white.

Each step sees its images anew, so that a network cannot learn the pixels of a few images by heart. Mirrored and shifted
only where there is an encoder: an auto-decoder has one code for each image, which cannot follow the change.
"""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models import Batch
from latentexplorer.models.distributions import Draws, draw, unit_uniform


class Augmentation:
    """Mirrors and shifts the images of a batch, each by draws of its own.

    Parameters
    ----------
    config : RunConfig
        `training.flip` and `training.shift`, which change nothing in a family without an encoder, and
        `data.binarise` where it is "every-epoch": an image is in an epoch once.
    size : (H, W)
        Of the images, pixels.

    Raises
    ------
    SettingsError
        If a shift is as large as the images.
    """

    def __init__(self, config: RunConfig, size: tuple[int, int]) -> None:
        encoder = config.model.kind.encoder
        self.flip, self.shift = encoder and config.training.flip, config.training.shift if encoder else 0
        self.binarise = config.data.binarise == "every-epoch"
        if self.shift >= min(size):
            raise SettingsError(
                f"training.shift = {self.shift} is too much for images of {size[0]} x {size[1]}",
                f"Set it to {min(size) - 1} or less",
            )

    def changed(self, batch: Batch, draws: Draws) -> Batch:
        """The batch with its images, and the partners of mixtures, changed; as it is where nothing is asked for."""
        if not (self.flip or self.shift or self.binarise):
            return batch
        partner = None if batch.partner is None else self._changed(batch.partner, draws)
        return replace(batch, x=self._changed(batch.x, draws), partner=partner)

    def _changed(self, x: Tensor, draws: Draws) -> Tensor:
        if self.flip:
            mirrored = draw(x.new_empty(len(x), 1, 1, 1), draws, unit_uniform) < 0.5
            x = torch.where(mirrored, x.flip(3), x)
        if self.shift:
            by = draw(x.new_empty(len(x), 2), draws, unit_uniform) * (2 * self.shift + 1)
            x = _shifted(x, by.long(), self.shift)
        if self.binarise:
            x = (draw(torch.empty_like(x), draws, unit_uniform) < x).to(x.dtype)
        return x


def _shifted(x: Tensor, by: Tensor, most: int) -> Tensor:
    """Images (B, C, H, W) shifted by `by` - `most` (B, 2) pixels, down and to the right; edges are reflected."""
    _, channels, height, width = x.shape
    padded = F.pad(x, (most, most, most, most), mode="reflect")
    start = 2 * most - by
    rows = start[:, :1] + torch.arange(height, device=x.device)
    columns = start[:, 1:] + torch.arange(width, device=x.device)
    taken = padded.gather(2, rows[:, None, :, None].expand(-1, channels, -1, padded.shape[3]))
    return taken.gather(3, columns[:, None, None, :].expand(-1, channels, height, -1))
