"""Fully connected networks and the decoders of auto-decoders, each named as in `model.architecture`, with the
reference system whose layers it has. The others are in `convolutional` and `separation`.

At the size of a reference system the layers are exactly that system's. At other sizes the number of stride-2 stages
follows the image, the map of codes keeps its proportions, and what overshoots is cropped: any height and width, grey
or colour. How wide layers are above 32 pixels is in `budget`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models.budget import HIDDEN, channels_down, ends_in_doubling, is_large, thumbnail_shape
from latentexplorer.models.layers import Crop, ImageShape, Sigmoid
from latentexplorer.models.linear_path import PathDecoder, PathEncoder, without_end

MLP_HIDDEN = (128, 64, 32)
"""Report D."""
MLP_HIDDEN_AUTODECODER = (512, 256)


def mlp(sizes: Sequence[int]) -> list[nn.Module]:
    """Fully connected layers of the given sizes with ReLU between."""
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return layers[:-1]


def linear_encoder(config: ModelConfig, image_shape: ImageShape, num_out: int | None = None) -> nn.Module:
    """Image to code by one linear layer, (B, C, H, W) to (B, D), or to (B, num_out)."""
    wanted = num_out or config.latent_dim
    if is_large(config, image_shape):
        return PathEncoder(None, image_shape, 0, wanted, on_thumbnail=True)
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(image_shape), wanted))


def linear_decoder(config: ModelConfig, image_shape: ImageShape) -> nn.Module:
    """Code to image by one linear layer, which may leave [0, 1].

    It ends in a sigmoid only where the likelihood is a Bernoulli (logistic PCA, Collins et al. 2001), which needs one.
    """
    if is_large(config, image_shape):
        return PathDecoder(None, config.latent_dim, image_shape, config.likelihood)
    end = [Sigmoid()] if config.likelihood == "bernoulli" else []
    return nn.Sequential(nn.Linear(config.latent_dim, math.prod(image_shape)), *end, nn.Unflatten(1, image_shape))


def mlp_encoder(
    config: ModelConfig, image_shape: ImageShape, num_out: int, *, num_labels: int = 0, last_relu: bool = False
) -> nn.Module:
    """Image to code, (B, C H W + num_labels) to (B, num_out).

    Parameters
    ----------
    last_relu : bool
        Whether a ReLU follows the last of several hidden layers: report D's auto-encoder and "mlp-relu" have it,
        report D's VAE has none.
        A single hidden layer always has one (report C).
    """
    large = is_large(config, image_shape)
    seen = thumbnail_shape(image_shape) if large else image_shape
    hidden = config.hidden or (HIDDEN if large else MLP_HIDDEN)
    layers = mlp([math.prod(seen) + num_labels, *hidden])
    if last_relu or len(hidden) == 1:
        layers.append(nn.ReLU())
    network = nn.Sequential(nn.Flatten(), *layers, nn.Linear(hidden[-1], num_out))
    return PathEncoder(network, image_shape, num_labels, num_out, on_thumbnail=True) if large else network


def mlp_decoder(
    config: ModelConfig, num_in: int, image_shape: ImageShape, usual: Sequence[int] = MLP_HIDDEN
) -> nn.Module:
    """Code to image: the hidden sizes (`usual`: where none are set) in reverse, ReLU between, sigmoid at the end."""
    if is_large(config, image_shape):
        small = thumbnail_shape(image_shape)
        layers = mlp([num_in, *reversed(config.hidden or HIDDEN), math.prod(small)])
        return PathDecoder(nn.Sequential(*layers, nn.Unflatten(1, small)), num_in, image_shape, config.likelihood)
    layers = mlp([num_in, *reversed(config.hidden or usual), math.prod(image_shape)])
    return nn.Sequential(*layers, Sigmoid(), nn.Unflatten(1, image_shape))


def autodecoder_network(config: ModelConfig, image_shape: ImageShape) -> nn.Module:
    """The decoder of an auto-decoder, (B, D) to (B, C, H, W)."""
    builders = {"dcgan": dcgan, "linear-dcgan": linear_dcgan, "dcgan-linear": dcgan_linear}
    if config.blueprint == "mlp":
        return mlp_decoder(config, config.latent_dim, image_shape, MLP_HIDDEN_AUTODECODER)
    build = builders[config.blueprint]
    if not is_large(config, image_shape):
        return build(config, image_shape)
    # A linear layer over all pixels grows with their square: it gives a thumbnail.
    decoded = thumbnail_shape(image_shape) if config.blueprint == "dcgan-linear" else image_shape
    network = without_end(build(config.model_copy(update={"likelihood": "gaussian"}), decoded))
    return PathDecoder(network, config.latent_dim, image_shape, config.likelihood)


def _stages(image_shape: ImageShape) -> int:
    """Stride-2 stages of an auto-decoder: the first map is 4 to 8 pixels on its longer side (or 2, for 8 x 8)."""
    return max(2, math.ceil(math.log2(max(image_shape[1:]) / 8)))


def _base(image_shape: ImageShape, stages: int) -> tuple[int, int]:
    """Size of the map that `stages` doublings bring to the image's size or just above."""
    return math.ceil(image_shape[1] / 2**stages), math.ceil(image_shape[2] / 2**stages)


def _up(before: int, after: int) -> list[nn.Module]:
    """A doubling: CT(before, after, 4, 2, 1) BN ReLU, without bias."""
    return [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def check_stages(stages: int, image_shape: ImageShape) -> None:
    """Refuse more doublings than the image has: the network would compute mostly what is cropped.

    Raises
    ------
    SettingsError
    """
    most = math.ceil(math.log2(max(image_shape[1:])))
    if stages > most:
        raise SettingsError(
            f"model.channels asks for {stages} halvings of an image of {image_shape[1]} x {image_shape[2]}",
            f"Name fewer channels; at most {most} halvings make sense",
        )


def _dcgan_channels(config: ModelConfig, image_shape: ImageShape) -> list[int]:
    """From code to image: 256, 128, 64 at two stages; from the setting otherwise, which runs from image to code."""
    if config.channels:
        check_stages(len(config.channels) - 1, image_shape)
        return list(reversed(config.channels))
    if is_large(config, image_shape):
        full = not ends_in_doubling(config, image_shape)
        return list(reversed(channels_down(image_shape, _stages(image_shape), full=full)))
    return [min(64 * 2**i, 512) for i in reversed(range(_stages(image_shape) + 1))]


def _dcgan_layers(config: ModelConfig, image_shape: ImageShape) -> tuple[ImageShape, list[nn.Module]]:
    """(C, H, W) of the first map, and the layers from it to the image."""
    channels = _dcgan_channels(config, image_shape)
    layers = [layer for before, after in pairwise(channels) for layer in _up(before, after)]
    stages = len(channels) - 1
    if ends_in_doubling(config, image_shape):
        layers.append(nn.ConvTranspose2d(channels[-1], image_shape[0], 4, 2, 1, bias=False))
        stages += 1
    else:
        layers.append(nn.ConvTranspose2d(channels[-1], image_shape[0], 3, 1, 1, bias=False))
    return (channels[0], *_base(image_shape, stages)), [*layers, Crop(*image_shape[1:]), Sigmoid()]


def dcgan(config: ModelConfig, image_shape: ImageShape) -> nn.Sequential:
    """`ad-128` of report A: the code as a 1 x 1 map, transposed convolutions, no biases (Radford et al. 2016)."""
    (channels, height, width), layers = _dcgan_layers(config, image_shape)
    return nn.Sequential(
        nn.Unflatten(1, (config.latent_dim, 1, 1)),
        nn.ConvTranspose2d(config.latent_dim, channels, (height, width), 1, 0, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        *layers,
    )


def linear_dcgan(config: ModelConfig, image_shape: ImageShape) -> nn.Sequential:
    """`vad-normal-60` of report A: a linear layer to the first map, then as `dcgan`."""
    first, layers = _dcgan_layers(config, image_shape)
    return nn.Sequential(
        nn.Linear(config.latent_dim, math.prod(first)),
        nn.ReLU(),
        nn.Unflatten(1, first),
        *layers,
    )


def dcgan_linear(config: ModelConfig, image_shape: ImageShape) -> nn.Sequential:
    """`ad-100` of report B: transposed convolutions with biases, a sigmoid, and a linear layer over all pixels.

    The linear layer may leave [0, 1]; it ends in a sigmoid only where the likelihood is a Bernoulli, which needs one.
    """
    if config.channels:
        check_stages(len(config.channels), image_shape)
        channels = list(reversed(config.channels))
    else:
        channels = [min(64 * 2**i, 512) for i in reversed(range(_stages(image_shape)))]
    sides = [*channels, image_shape[0]]
    layers: list[nn.Module] = [
        nn.Unflatten(1, (config.latent_dim, 1, 1)),
        nn.ConvTranspose2d(config.latent_dim, channels[0], _base(image_shape, len(channels))),
    ]
    for before, after in pairwise(sides):
        layers += [nn.BatchNorm2d(before), nn.ReLU(), nn.ConvTranspose2d(before, after, 4, 2, 1)]
    numel = math.prod(image_shape)
    layers += [Crop(*image_shape[1:]), Sigmoid(), nn.Flatten(), nn.Linear(numel, numel)]
    if config.likelihood == "bernoulli":
        layers.append(Sigmoid())
    return nn.Sequential(*layers, nn.Unflatten(1, image_shape))
