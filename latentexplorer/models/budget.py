"""How networks follow the size of the images, where a person does not say (`hidden`, `channels`, `sigma`).

Up to 32 pixels the layers are those of the reference systems. Above, in one sentence: **fully connected layers see and
give a thumbnail of 32 pixels, a convolutional map of side s has 512 / s channels (8 to 128), and a linear path beside
every network starts at the principal components of the thumbnails**. So, up to 256 pixels and with a code of 16, the
weights of every family stay below `MOST_WEIGHTS` and the multiplications for one image, there and back, below
`MOST_OPERATIONS`.

An auto-decoder's last doubling gives the pixels themselves: a map of the image's own size before them would cost as
much as all other layers together.

Runs keep the rule that they were trained by (`model.sizing`): 1 is the first one, by which networks grew with the
image, each in its own way; 2 had that map.
"""

from __future__ import annotations

import math
from typing import Literal

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.layers import ImageShape

REFERENCE_SIDE = 32
"""Pixels of the longer side up to which the layers are those of the reference systems; and of a thumbnail."""
MOST_WEIGHTS = 2_500_000
MOST_OPERATIONS = 80_000_000
HIDDEN = (256, 128)
"""Fully connected layers above the reference size, from thumbnail to code."""
REFERENCE_SIGMA = 0.1
_CHANNELS_BY_SIDE = 512
_FEWEST, _MOST = 8, 128


def is_large(config: ModelConfig, image_shape: ImageShape) -> bool:
    """Whether the rule for large images holds."""
    return config.sizing >= 2 and max(image_shape[1:]) > REFERENCE_SIDE


def ends_in_doubling(config: ModelConfig, image_shape: ImageShape) -> bool:
    """Whether an auto-decoder's last doubling gives the pixels."""
    return is_large(config, image_shape) and config.sizing >= 3 and not config.channels


def thumbnail_shape(image_shape: ImageShape) -> ImageShape:
    """(C, h, w) of the picture that fully connected layers see: 32 pixels on the longer side, in proportion."""
    channels, height, width = image_shape
    scale = min(1.0, REFERENCE_SIDE / max(height, width))
    return channels, max(1, round(scale * height)), max(1, round(scale * width))


def evidence(image_shape: ImageShape) -> float:
    """How many pixels of a large picture count as one of 32 x 32: neighbours in it tell the same."""
    return max(1.0, math.prod(image_shape[1:]) / REFERENCE_SIDE**2)


def sigma_of(config: ModelConfig, image_shape: ImageShape) -> float | Literal["learned", "measured"]:
    """The pixels' standard deviation: as asked for; by itself 0.1 up to the reference size, above it measured.

    Measured is what as many principal components as the code has numbers leave of the training images, the
    maximum-likelihood sigma of probabilistic PCA (Tipping and Bishop 1999), times the root of `evidence`: so many nats
    are at stake as in the thumbnail, and the pull of the prior does not fade as pictures grow.
    """
    if config.sigma != "auto":
        return config.sigma
    return "measured" if is_large(config, image_shape) else REFERENCE_SIGMA


def channels_at(side: float) -> int:
    """Channels of a map of that side: an operation count that is the same at every scale, within bounds."""
    return min(_MOST, max(_FEWEST, int(2 ** round(math.log2(_CHANNELS_BY_SIDE / side)))))


def channels_down(image_shape: ImageShape, halvings: int, *, full: bool = False) -> tuple[int, ...]:
    """Channels after each halving, from image to code; `full`: those at the image's own size before them."""
    side = math.sqrt(math.prod(image_shape[1:]))
    return tuple(channels_at(side / 2**halving) for halving in range(0 if full else 1, halvings + 1))
