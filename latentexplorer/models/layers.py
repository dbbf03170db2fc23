"""Small pieces that networks are put together from, the sizes of convolutions, and their random start."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

ImageShape = tuple[int, int, int]
"""(C, H, W)"""


class Crop(nn.Module):
    """Keep the first `height` rows and `width` columns: strides of two overshoot sizes that are no multiple.

    Parameters
    ----------
    height, width : int
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, >= H, >= W) to (B, C, H, W)."""
        return x[..., : self.height, : self.width]


class Sigmoid(nn.Module):
    """A sigmoid in float32 whatever the number format of the network: pixels need more digits than bfloat16 has."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, to [0, 1]."""
        return torch.sigmoid(x.float())


class LeakyClamp(nn.Module):
    """Pixels on [0, 1] as they are; what leaves it comes back but for a hundredth, so that gradients never stop.

    A sigmoid bends all greys; this leaves a linear decoder linear, and still reaches black and white.
    """

    SLOPE = 0.01

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, to about [0, 1], float32."""
        x = x.float()
        inside = x.clamp(0, 1)
        return inside + self.SLOPE * (x - inside)


class JoinLabel(nn.Module):
    """Put the class, one-hot, behind the numbers of an image or a code (Sohn, Lee and Yan 2015).

    Parameters
    ----------
    num_classes : int
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """(B, ...) and (B,) int64 to (B, numel + K)."""
        flat = x.flatten(1)
        one_hot = flat.new_zeros(len(flat), self.num_classes).scatter_(1, y[:, None], 1.0)
        return torch.cat([flat, one_hot], dim=1)


def conv_size(size: int, kernel: int, stride: int, padding: int) -> int:
    """Output size of a convolution along one side."""
    return (size + 2 * padding - kernel) // stride + 1


def transposed_size(size: int, kernel: int, stride: int, padding: int, output_padding: int = 0) -> int:
    """Output size of a transposed convolution along one side: (in - 1) s - 2 p + (k - 1) + op + 1."""
    return (size - 1) * stride - 2 * padding + (kernel - 1) + output_padding + 1


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Give every layer of a network its random start from `generator`, with torch's own default distributions.

    Weights and biases are uniform on +-1/sqrt(fan in) (LeCun 1998). A module of ours that holds numbers of its own
    has a method `start(generator)`.
    """
    for layer in module.modules():
        start = getattr(layer, "start", None)
        if callable(start):
            start(generator)
        elif isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            # torch counts the fan in of a transposed convolution the same way.
            bound = 1 / math.sqrt(layer.weight[0].numel())
            with torch.no_grad():
                layer.weight.uniform_(-bound, bound, generator=generator)
                if layer.bias is not None:
                    layer.bias.uniform_(-bound, bound, generator=generator)
        elif isinstance(layer, nn.BatchNorm2d):
            layer.reset_parameters()
