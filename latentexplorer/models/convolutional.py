"""Convolutional encoders and decoders, named as in `model.architecture`: "strided" (report D) and "dcgan" (report C).

At 32 x 32 the layers are exactly those of the reports. At other sizes there are as many halvings as bring the longer
side to 4 pixels (at least two), and what the decoder overshoots is cropped. How many channels they have above 32 pixels
is in `budget`.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models.architectures import check_stages
from latentexplorer.models.budget import channels_down, is_large
from latentexplorer.models.layers import Crop, ImageShape, Sigmoid, conv_size
from latentexplorer.models.linear_path import PathDecoder, PathEncoder

MAX_JOINT_PIXELS = 4096
"""Numbers in an image up to which a class is joined by a linear layer over all pixels, whose weights grow with their
square."""


def conv_encoder(config: ModelConfig, image_shape: ImageShape, num_out: int | None) -> nn.Module:
    """Image to code, (B, C, H, W) to (B, num_out); None: the last map itself, flattened."""
    network = _encoder_layers(config, image_shape, num_out)
    if not is_large(config, image_shape):
        return network
    wide = num_out or math.prod(map_shape(config, image_shape))
    return PathEncoder(network, image_shape, 0, wide, on_thumbnail=False)


def joint_encoder(config: ModelConfig, image_shape: ImageShape, num_classes: int, num_out: int) -> nn.Module:
    """Image and class to code, (B, C H W + K) to (B, num_out)."""
    large = is_large(config, image_shape)
    joint = JointImage(image_shape, num_classes, plane=large)
    network = nn.Sequential(joint, *_encoder_layers(config, joint.out_shape, num_out))
    return PathEncoder(network, image_shape, num_classes, num_out, on_thumbnail=False) if large else network


def _encoder_layers(config: ModelConfig, image_shape: ImageShape, num_out: int | None) -> nn.Sequential:
    if config.blueprint == "strided":
        layers = _strided_encoder(config, image_shape)
    else:
        layers = _dcgan_encoder(config, image_shape)
    layers.append(nn.Flatten())
    if num_out is not None:
        layers.append(nn.Linear(math.prod(map_shape(config, image_shape)), num_out))
    return nn.Sequential(*layers)


def conv_decoder(config: ModelConfig, image_shape: ImageShape, num_in: int | None) -> nn.Module:
    """Code to image, (B, num_in) to (B, C, H, W); None: the code is the first map, flattened."""
    first = _first_map(config, image_shape)
    layers: list[nn.Module] = []
    if num_in is not None:
        layers.append(nn.Linear(num_in, math.prod(first)))
        if config.blueprint == "dcgan":
            layers.append(nn.ReLU())
    layers.append(nn.Unflatten(1, first))
    if config.blueprint == "strided":
        layers += _strided_decoder(config, image_shape)
    else:
        layers += _dcgan_decoder(config, image_shape)
    crop = Crop(*image_shape[1:])
    if is_large(config, image_shape):
        return PathDecoder(nn.Sequential(*layers, crop), num_in or math.prod(first), image_shape, config.likelihood)
    return nn.Sequential(*layers, crop, Sigmoid())


def map_shape(config: ModelConfig, image_shape: ImageShape) -> ImageShape:
    """(C, H, W) of the encoder's last map: 16 numbers per latent dimension for "strided" at 32 x 32."""
    if config.blueprint == "strided":
        return _first_map(config, image_shape)
    channels = _dcgan_channels(config, image_shape)
    _, height, width = image_shape
    for _ in channels:
        height, width = conv_size(height, 4, 2, 1), conv_size(width, 4, 2, 1)
    if min(height, width) < 1:
        raise SettingsError(
            f"Images of {image_shape[1]} x {image_shape[2]} are too small for {len(channels)} halvings",
            "Name fewer model.channels, or take model.architecture = 'strided'",
        )
    return channels[-1], height, width


def _halvings(image_shape: ImageShape) -> int:
    return max(2, math.ceil(math.log2(max(image_shape[1:]) / 4)))


def _first_map(config: ModelConfig, image_shape: ImageShape) -> ImageShape:
    """(C, H, W) that the decoder's doublings start from."""
    if config.blueprint == "strided":
        stages, channels = len(_strided_channels(config, image_shape)) + 1, config.latent_dim
    else:
        stages, channels = len(_dcgan_channels(config, image_shape)), _dcgan_channels(config, image_shape)[-1]
    return channels, math.ceil(image_shape[1] / 2**stages), math.ceil(image_shape[2] / 2**stages)


def _strided_channels(config: ModelConfig, image_shape: ImageShape) -> tuple[int, ...]:
    """8, 16 at 32 x 32, doubling with size; the last halving leads to `latent_dim` channels."""
    if config.channels:
        check_stages(len(config.channels) + 1, image_shape)
        return config.channels
    if is_large(config, image_shape):
        return channels_down(image_shape, _halvings(image_shape) - 1)
    return tuple(min(8 * 2**i, 128) for i in range(_halvings(image_shape) - 1))


def _strided_encoder(config: ModelConfig, image_shape: ImageShape) -> list[nn.Module]:
    """Report D: C(k 3, s 2, p 1) BN ReLU without bias, the last one plain and with bias."""
    channels = [image_shape[0], *_strided_channels(config, image_shape)]
    layers: list[nn.Module] = []
    for before, after in pairwise(channels):
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return [*layers, nn.Conv2d(channels[-1], config.latent_dim, 3, 2, 1)]


def _strided_decoder(config: ModelConfig, image_shape: ImageShape) -> list[nn.Module]:
    """Report D: CT(k 3, s 2, p 1, op 1) BN ReLU, the last one plain; with biases."""
    channels = [config.latent_dim, *reversed(_strided_channels(config, image_shape)), image_shape[0]]
    layers: list[nn.Module] = []
    for before, after in pairwise(channels):
        layers += [nn.ConvTranspose2d(before, after, 3, 2, 1, output_padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return layers[:-2]


def _dcgan_channels(config: ModelConfig, image_shape: ImageShape) -> tuple[int, ...]:
    """16, 32, 128 at 32 x 32; no more halvings than the shorter side allows."""
    if config.channels:
        check_stages(len(config.channels), image_shape)
        return config.channels
    halvings = max(1, min(_halvings(image_shape), int(math.log2(min(image_shape[1:])))))
    if is_large(config, image_shape):
        return channels_down(image_shape, halvings)
    return (*(min(16 * 2**i, 128) for i in range(halvings - 1)), 128)


def _dcgan_encoder(config: ModelConfig, image_shape: ImageShape) -> list[nn.Module]:
    """Report C: C(k 4, s 2, p 1) ReLU."""
    layers: list[nn.Module] = []
    for before, after in pairwise([image_shape[0], *_dcgan_channels(config, image_shape)]):
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.ReLU()]
    return layers


def _dcgan_decoder(config: ModelConfig, image_shape: ImageShape) -> list[nn.Module]:
    """Report C: CT(k 4, s 2, p 1) ReLU, the channels halved each time, the last one plain."""
    channels = _dcgan_channels(config, image_shape)
    if is_large(config, image_shape) and not config.channels:
        widths = [*reversed(channels), image_shape[0]]
    else:
        widths = [max(channels[-1] // 2**i, 1) for i in range(len(channels))] + [image_shape[0]]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.ReLU()]
    return layers[:-1]


class JointImage(nn.Module):
    """An image and its class as one image, for a convolutional encoder.

    Report D: Lin(numel + K, numel), seen as an image again. For images of more than `MAX_JOINT_PIXELS` numbers that
    layer would hold most of the model; there, and where a `plane` is asked for, the class becomes one more channel,
    Lin(K, H W).

    Parameters
    ----------
    image_shape : (C, H, W)
    num_classes : int
    plane : bool
    """

    def __init__(self, image_shape: ImageShape, num_classes: int, *, plane: bool = False) -> None:
        super().__init__()
        self.image_shape = image_shape
        channels, height, width = image_shape
        numel = math.prod(image_shape)
        self.joint = numel <= MAX_JOINT_PIXELS and not plane
        self.linear = nn.Linear(numel + num_classes, numel) if self.joint else nn.Linear(num_classes, height * width)
        self.out_shape: ImageShape = image_shape if self.joint else (channels + 1, height, width)

    def forward(self, joined: Tensor) -> Tensor:
        """(B, numel + K), class one-hot at the end, to (B, C or C + 1, H, W)."""
        if self.joint:
            mixed: Tensor = self.linear(joined)
            return mixed.reshape(-1, *self.image_shape)
        numel = math.prod(self.image_shape)
        x = joined[:, :numel].reshape(-1, *self.image_shape)
        plane = self.linear(joined[:, numel:]).reshape(-1, 1, *self.image_shape[1:])
        return torch.cat([x, plane], dim=1)
