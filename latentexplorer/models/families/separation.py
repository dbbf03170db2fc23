"""Taking a mixture of two images apart: one encoder, two decoders (report E).

The difference of two images says which is which, so each decoder always gives the same one. Sum and mean are
symmetric: no network can know the order, and the loss counts the better of both for each pair (permutation-invariant
training, Yu et al. 2017).

Inside, pixels are on [-1, 1]: difference (x1 - x2) / 2, mean (x1 + x2) / 2, sum x1 + x2. Outside they are on [0, 1] as
everywhere.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.models.base import Batch, LatentModel, LossTerms
from latentexplorer.models.budget import REFERENCE_SIDE, channels_down, is_large, thumbnail_shape
from latentexplorer.models.distributions import Draws, Point, Posterior, draw, unit_uniform
from latentexplorer.models.layers import ImageShape, LeakyClamp, conv_size
from latentexplorer.models.likelihoods import Laplace
from latentexplorer.models.linear_path import thumbnail

CODE_CHANNELS = 128
PATH_NUMBERS = 128
"""Numbers of the code that the linear path of large images uses."""
_SMALLEST_SIDE = 8
SIGMA = 0.1
"""Standard deviation of the pixels; a constant factor of the L1 error, so that it changes nothing but the unit."""


class SeparationAutoEncoder(LatentModel):
    """Separation auto-encoder. Objective per pair: the L1 errors of both components, as a Laplace likelihood in nats.

    Its code is what is left of the mixture after the convolutions: 128 x 2 x 2 = 512 numbers, except for tiny images.
    """

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.likelihood = Laplace(SIGMA)
        # What is larger than the report's images is halved first, and doubled last.
        halvings = _halvings(image_shape) if is_large(config, image_shape) else 0
        self.encoder, code = _encoder(image_shape, halvings)
        self._code_dim = math.prod(code)
        self.path = MixturePath(image_shape, self._code_dim) if halvings else None
        # The dropout's places differ between the decoders in the report.
        self.decoders = nn.ModuleList(
            [ComponentDecoder(code, image_shape, config.dropout, after, halvings) for after in (2, 3)]
        )

    @property
    def code_dim(self) -> int:
        return self._code_dim

    def use(self, config: ModelConfig) -> None:
        super().use(config)
        for decoder in self.modules():
            if isinstance(decoder, ComponentDecoder):
                decoder.dropout = config.dropout

    def mixed(self, batch: Batch) -> Tensor:
        """The mixture (B, C, H, W) of `x` and `partner`, shown on [0, 1]; `x` itself where there is no partner."""
        if batch.partner is None:
            return batch.x
        if self.config.mixture == "difference":
            return (batch.x - batch.partner + 1) / 2
        return (batch.x + batch.partner) / 2

    def posterior(self, batch: Batch) -> Posterior:
        mixture = 2 * self.mixed(batch) - 1
        if self.config.mixture == "sum":
            mixture = 2 * mixture
        code = self.encoder(mixture).flatten(1).float()
        return Point(code if self.path is None else self.path.add_to(code, mixture))

    def decode(self, z: Tensor, y: Tensor | None = None, *, clamped: bool = True) -> Tensor:
        decoded = torch.cat(self._components(z, None), dim=3)
        return decoded.clamp(0, 1) if clamped else decoded

    def loss_of(self, posterior: Posterior, batch: Batch, draws: Draws | None = None) -> LossTerms:
        """As in every family; `draws` is here the source of dropout, which only acts in training mode."""
        z = posterior.mean
        recon, x_hat, target = self._compare(z, batch, draws)
        return LossTerms(recon, torch.zeros_like(recon), None, x_hat, target, means=z.detach())

    def loss_at(self, z: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        recon, x_hat, _ = self._compare(z, batch, None)
        return recon, x_hat

    def _compare(self, z: Tensor, batch: Batch, draws: Draws | None) -> tuple[Tensor, Tensor, Tensor]:
        """Nats per pair (B,), both components and both originals side by side (B, C, H, 2 W)."""
        if batch.partner is None:
            raise NotApplicableError(
                "The error of a separation needs both original images", "Give the second image as the batch's partner"
            )
        found = torch.cat(self._components(z, draws), dim=3)
        straight = torch.cat([batch.x, batch.partner], dim=3)
        recon, target = self.likelihood.nll(found, straight), straight
        if self.config.mixture != "difference":
            crossed = torch.cat([batch.partner, batch.x], dim=3)
            other = self.likelihood.nll(found, crossed)
            target = torch.where((other < recon)[:, None, None, None], crossed, straight)
            recon = torch.minimum(recon, other)
        return recon, found.detach(), target

    def _components(self, z: Tensor, draws: Draws | None) -> list[Tensor]:
        found = [decoder(z, draws) for decoder in self.decoders]
        if self.path is not None:
            return self.path.beside(found, z)
        return [(torch.tanh(each) + 1) / 2 for each in found]


class MixturePath(nn.Module):
    """A linear path beside all networks: the thumbnail to some numbers of the code, and these to both images.

    It starts at the best that a linear model can do with as many principal components of the images: of a difference
    the mean image and half of the difference on either side, of a sum half of it for each.
    """

    def __init__(self, image_shape: ImageShape, code_dim: int) -> None:
        super().__init__()
        self.size, self.shape = image_shape[1:], thumbnail_shape(image_shape)
        self.count, pixels = min(PATH_NUMBERS, code_dim), math.prod(self.shape)
        self.encoder = nn.Linear(pixels, self.count)
        self.decoders = nn.ModuleList([nn.Linear(self.count, pixels) for _ in range(2)])
        self.end = LeakyClamp()

    def add_to(self, code: Tensor, mixture: Tensor) -> Tensor:
        """The code (B, D) of a network with what this path sees in the mixture (B, C, H, W), on the network's scale."""
        seen = self.encoder(thumbnail(mixture, self.shape).flatten(1))
        return torch.cat([code[:, : self.count] + seen, code[:, self.count :]], 1)

    def beside(self, found: list[Tensor], z: Tensor) -> list[Tensor]:
        """Both images (B, C, H, W): what this path makes of codes (B, D), and what a network found, added up."""
        images = []
        for decoder, network in zip(self.decoders, found, strict=True):
            small = decoder(z[:, : self.count]).reshape(-1, *self.shape)
            images.append(
                self.end(network + F.interpolate(small, size=self.size, mode="bilinear", align_corners=False))
            )
        return images

    @torch.no_grad()
    def begin(self, axes: Tensor, variance: Tensor, mean: Tensor, mixture: str) -> None:
        """Begin at principal components (k, p) of the images' thumbnails, with their variances (k,) and mean (p,)."""
        axes, variance = axes[: self.count], variance[: self.count]
        # The encoder sees a (x1 +- x2) + b, whose components are those of the images.
        scale, sign = (2.0 if mixture == "sum" else 1.0), (-1.0 if mixture == "difference" else 1.0)
        middle = torch.zeros_like(mean) if mixture == "difference" else scale * (2 * mean - 1)
        spread = (2 * variance).sqrt()
        weights = axes / (scale * spread)[:, None]
        _set(self.encoder, weights, -(weights @ middle))
        for decoder, way in zip(self.decoders, (1.0, sign), strict=True):
            _set(decoder, way * axes.T * spread / 2, mean)


def _set(layer: nn.Module, weight: Tensor, bias: Tensor) -> None:
    """Give a linear layer these numbers; components that there are not are zero."""
    assert isinstance(layer, nn.Linear)
    layer.weight.zero_()
    layer.bias.zero_()
    layer.weight[: weight.shape[0], : weight.shape[1]] = weight
    layer.bias[: len(bias)] = bias


def _halvings(image_shape: ImageShape) -> int:
    """What brings the longer side to the report's 32 pixels or below, as far as the shorter one allows."""
    wanted = math.ceil(math.log2(max(image_shape[1:]) / REFERENCE_SIDE))
    return max(0, min(wanted, int(math.log2(min(image_shape[1:]) / _SMALLEST_SIDE))))


def _encoder(image_shape: ImageShape, halvings: int) -> tuple[nn.Sequential, ImageShape]:
    """Report E's encoder, after so many halvings, and the (C, H, W) of its code.

    The last kernel leaves 2 x 2, which at 32 x 32 makes it 6.
    """
    channels, height, width = image_shape
    plan = [*((after, 2) for after in channels_down(image_shape, halvings)), (32, 2), (64, 1), (64, 1), (64, 2)]
    layers: list[nn.Module] = []
    for after, stride in plan:
        layers += [nn.Conv2d(channels, after, 4, stride, 1), nn.LeakyReLU()]
        channels, height, width = after, conv_size(height, 4, stride, 1), conv_size(width, 4, stride, 1)
        if min(height, width) < 1:
            raise SettingsError(
                f"Images of {image_shape[1]} x {image_shape[2]} are too small to be taken apart",
                "Take images of 8 x 8 or more (data.size)",
            )
    kernel = (max(height - 1, 1), max(width - 1, 1))
    layers.append(nn.Conv2d(channels, CODE_CHANNELS, kernel))
    return nn.Sequential(*layers), (CODE_CHANNELS, height - kernel[0] + 1, width - kernel[1] + 1)


class ComponentDecoder(nn.Module):
    """One of report E's two decoders: code (B, 512) to what becomes an image (B, C, H, W).

    Parameters
    ----------
    code, image_shape : (C, H, W)
    dropout : float
        Fraction of the channels that is dropped while training.
    dropout_after : int
        Layer whose output it acts on, counted from 1.
    doublings : int
        More of them than the report's.
    """

    def __init__(
        self, code: ImageShape, image_shape: ImageShape, dropout: float, dropout_after: int, doublings: int = 0
    ) -> None:
        super().__init__()
        self.code, self.size, self.dropout, self.dropout_after = code, image_shape[1:], dropout, dropout_after
        self.enlarging = "bilinear" if doublings else "nearest"
        more = [*reversed(channels_down(image_shape, doublings)), image_shape[0]]
        self.layers = nn.ModuleList(
            [
                nn.ConvTranspose2d(code[0], 64, 2, 1, 0),
                nn.ConvTranspose2d(64, 64, 4, 2, 1, output_padding=1),
                nn.ConvTranspose2d(64, 64, 4, 1, 0),
                nn.ConvTranspose2d(64, 32, 4, 1, 0),
                nn.ConvTranspose2d(32, more[0], 4, 2, 1, output_padding=1),
                *(nn.ConvTranspose2d(before, after, 4, 2, 1) for before, after in pairwise(more)),
            ]
        )

    def forward(self, z: Tensor, draws: Draws | None = None) -> Tensor:
        """Without draws, or in eval mode, nothing is dropped."""
        h = z.reshape(-1, *self.code)
        for number, layer in enumerate(self.layers, 1):
            h = layer(h)
            if number < len(self.layers):
                h = F.leaky_relu(h)
            if number == self.dropout_after and self.training and draws is not None and self.dropout > 0:
                h = _dropped(h, self.dropout, draws)
        return F.interpolate(h.float(), size=self.size, mode=self.enlarging)


def _dropped(h: Tensor, rate: float, draws: Draws) -> Tensor:
    """2-D dropout from draws of its own: whole channels to zero, the others scaled up."""
    channels = torch.empty(h.shape[0], h.shape[1], 1, 1, device=h.device)
    kept = draw(channels, draws, unit_uniform) >= rate
    return h * kept.to(h.dtype) / (1 - rate)
