"""Networks of images above the reference size: a linear path between thumbnail and code, and a network beside it.

Both paths are added up, as in residual networks (He et al. 2016). The linear one can start at the principal components
of the images (`latentexplorer.models.linear_start`), so that the model begins as PCA and learns what is not linear.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentexplorer.models.budget import thumbnail_shape
from latentexplorer.models.layers import ImageShape, LeakyClamp, Sigmoid

NETWORK_START = 0.1
"""Part of its usual random start that the last layer of a network beside a started linear path keeps."""


def thumbnail(x: Tensor, shape: ImageShape) -> Tensor:
    """Images (B, C, H, W) averaged down to `shape` (C, h, w)."""
    return F.adaptive_avg_pool2d(x, shape[1:])


class PathEncoder(nn.Module):
    """Image, and class one-hot behind its numbers, to raw numbers of a code.

    Parameters
    ----------
    network : nn.Module or None
        Thumbnail and class (B, c h w + K) to (B, P) where `on_thumbnail`; else what is handed in. None: linear only.
    image_shape : (C, H, W)
    num_labels : int
        K; 0 where the class is not told.
    num_out : int
        P.
    """

    def __init__(
        self, network: nn.Module | None, image_shape: ImageShape, num_labels: int, num_out: int, *, on_thumbnail: bool
    ) -> None:
        super().__init__()
        self.image_shape, self.on_thumbnail = image_shape, on_thumbnail
        self.thumbnail_shape = thumbnail_shape(image_shape)
        self.linear = nn.Linear(math.prod(self.thumbnail_shape) + num_labels, num_out)
        self.network = network

    def linear_part(self, small: Tensor) -> Tensor:
        """What the linear path says (B, P) of thumbnails (B, c h w), whatever their class."""
        return F.linear(small, self.linear.weight[:, : small.shape[1]], self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W), or (B, C H W + K), to (B, P)."""
        flat, numel = x.flatten(1), math.prod(self.image_shape)
        small = thumbnail(flat[:, :numel].reshape(-1, *self.image_shape), self.thumbnail_shape)
        seen = torch.cat([small.flatten(1), flat[:, numel:]], 1)
        found: Tensor = self.linear(seen)
        return found if self.network is None else found + self.network(seen if self.on_thumbnail else x)


class PathDecoder(nn.Module):
    """Code, and class one-hot behind it, to an image.

    Parameters
    ----------
    network : nn.Module or None
        (B, D + K) to a thumbnail (B, C, h, w) or an image (B, C, H, W), before what brings numbers to [0, 1]. None:
        linear only, and nothing brings them there but the sigmoid of a Bernoulli.
    num_in : int
        D + K.
    image_shape : (C, H, W)
    likelihood : str
        A Bernoulli needs a sigmoid at the end; elsewhere numbers on [0, 1] stay as they are.
    """

    def __init__(self, network: nn.Module | None, num_in: int, image_shape: ImageShape, likelihood: str) -> None:
        super().__init__()
        self.image_shape = image_shape
        self.thumbnail_shape = thumbnail_shape(image_shape)
        self.linear = nn.Linear(num_in, math.prod(self.thumbnail_shape))
        self.network = network
        self.end: nn.Module = Sigmoid() if likelihood == "bernoulli" else LeakyClamp() if network else nn.Identity()

    def forward(self, z: Tensor) -> Tensor:
        """(B, D + K) to (B, C, H, W)."""
        pixels: Tensor = self.linear(z).reshape(-1, *self.thumbnail_shape)
        found = None if self.network is None else self.network(z)
        if found is not None and found.shape[2:] == pixels.shape[2:]:
            pixels, found = pixels + found, None
        pixels = F.interpolate(pixels, size=self.image_shape[1:], mode="bilinear", align_corners=False)
        shown: Tensor = self.end(pixels if found is None else pixels + found)
        return shown


def without_end(network: nn.Sequential) -> nn.Sequential:
    """The same layers but for the sigmoid at their end, where there is one."""
    return network[:-1] if isinstance(network[-1], Sigmoid) else network


def quieten(network: nn.Module | None) -> None:
    """Let the network beside a linear path say little at first."""
    kinds = nn.Linear | nn.Conv2d | nn.ConvTranspose2d
    layers = [] if network is None else [layer for layer in network.modules() if isinstance(layer, kinds)]
    if layers:
        layers[-1].weight.mul_(NETWORK_START)
        if layers[-1].bias is not None:
            layers[-1].bias.zero_()
