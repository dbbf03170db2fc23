"""A model of large images begins as probabilistic PCA (Tipping and Bishop 1999) and learns what is not linear.

Networks above the reference size have a linear path (`linear_path`). Before training its encoder is put at the
principal components of the thumbnails, each scaled to a spread of one as the prior is, with the width of posterior that
is best there; its decoder at the regression from codes to thumbnails; and a measured sigma at what that leaves.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy.linalg import eigh
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.data.subsets import spaced
from latentexplorer.models.base import LatentModel
from latentexplorer.models.budget import evidence, thumbnail_shape
from latentexplorer.models.distributions import Prior
from latentexplorer.models.encoding import at_once, chunks, to_batch
from latentexplorer.models.families.separation import SeparationAutoEncoder
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.likelihoods import Gaussian, Laplace
from latentexplorer.models.linear_path import PathDecoder, PathEncoder, quieten, thumbnail
from latentexplorer.models.network import EncoderModel, NetworkModel

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

MOST_IMAGES = 2000
"""Images that components and regression are found from: enough for a start, and quick whatever the set."""
MOST_FULL = 200
"""Images at full size that sigma is measured on."""
_RIDGE = 1e-3
_WIDEST = 0.5
"""Standard deviation that no posterior starts above: a network must hear the code to learn."""
_EDGE = 0.02
"""How near to black and white a logit is taken."""


class LinearStart:
    """Principal components of the thumbnails of some training images.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8; may be a memory map
    labels : ndarray (N,), int64, or None
    count : int
        Components wanted; there may be fewer.

    Attributes
    ----------
    index : ndarray (n,)
        The images they were found from.
    small : Tensor (n, p)
        Their thumbnails.
    axes : Tensor (k, p)
        Orthonormal, by falling variance; the largest entry of each is positive.
    variance : Tensor (k,)
    """

    def __init__(self, images: Images, labels: Labels | None, count: int, stop: StopToken = NEVER) -> None:
        self.images, self.labels = images, labels
        height, width, channels = images.shape[1:]
        self.image_shape: ImageShape = (channels, height, width)
        self.shape = thumbnail_shape(self.image_shape)
        self.index = spaced(len(images), MOST_IMAGES)
        self.small = self._thumbnails(self.index, stop)
        self.mean = self.small.mean(0)
        self.axes, self.variance = _principal(self.small - self.mean, count)

    def codes(self, prior: Prior | None, *, equal: bool = True, stop: StopToken = NEVER) -> Tensor:
        """Coordinates (N, k) of all images along the components.

        Parameters
        ----------
        equal : bool
            Whether each has a spread of one; else each keeps its share of the variance, and one is their mean.
        """
        spread = self.variance if equal else self.variance.mean().expand_as(self.variance)
        weights = _spread(prior) * self.axes / spread.sqrt()[:, None]
        everything = np.arange(len(self.images))
        step = self._step()
        pieces = [
            (self._thumbnails(everything[rows], stop) - self.mean) @ weights.T for rows in chunks(len(everything), step)
        ]
        return torch.cat(pieces)

    @torch.no_grad()
    def apply(self, model: LatentModel) -> None:
        """Put the linear paths of a model, just built, where it begins, and its sigma where that is measured."""
        if isinstance(model, SeparationAutoEncoder) and model.path is not None:
            model.path.begin(self.axes, self.variance, self.mean, model.config.mixture)
            for network in (model.encoder, *model.decoders):
                quieten(network)
        if not isinstance(model, NetworkModel):
            return
        if isinstance(model.likelihood, Gaussian | Laplace) and model.likelihood.measured_sigma is not None:
            model.likelihood.set_sigma(self._left(model.code_dim) * math.sqrt(evidence(self.image_shape)))
        encoder = model.encoder if isinstance(model, EncoderModel) else None
        if isinstance(encoder, PathEncoder):
            self._start_encoder(encoder, model)
        if isinstance(model.decoder, PathDecoder):
            self._start_decoder(model.decoder, model)

    def _start_encoder(self, encoder: PathEncoder, model: NetworkModel) -> None:
        count, linear = len(self.axes), encoder.linear
        weights = _spread(model.prior) * self.axes / self.variance.sqrt()[:, None]
        linear.weight.zero_()
        linear.bias.zero_()
        linear.weight[:count, : weights.shape[1]] = weights
        linear.bias[:count] = -(weights @ self.mean)
        if model.prior is not None and model.kind.variational and model.prior.params_per_dim == 2:
            scale = torch.full((1, model.code_dim), _WIDEST)
            scale[0, :count] = self._posterior_scale(model).clamp_max(_WIDEST)
            linear.bias[model.code_dim :] = model.prior.params_of(torch.zeros_like(scale), scale)[0, model.code_dim :]
        quieten(encoder.network)

    def _posterior_scale(self, model: NetworkModel) -> Tensor:
        """Standard deviations (k,) that cost least: sqrt(s / (s + v)), s beta sigma^2 and v a component's variance."""
        likelihood = model.likelihood
        sigma = likelihood.sigma if isinstance(likelihood, Gaussian | Laplace) else 1.0
        noise = model.config.beta * sigma**2
        variance = self.variance * math.prod(self.image_shape) / math.prod(self.shape)
        return (noise / (noise + variance)).sqrt().clamp_min(1e-3)

    def _start_decoder(self, decoder: PathDecoder, model: NetworkModel) -> None:
        """Ridge regression from codes (and classes) to thumbnails; logits where a sigmoid follows."""
        codes = model.linear_codes(torch.from_numpy(self.index), self.small)
        if model.join is not None and self.labels is not None:
            codes = model.join(codes, torch.from_numpy(np.array(self.labels[self.index], np.int64)))
        target = self.small
        if model.config.likelihood == "bernoulli":
            target = torch.logit(target.clamp(_EDGE, 1 - _EDGE))
        middle, centre = codes.mean(0), target.mean(0)
        codes, target = (codes - middle).double(), (target - centre).double()
        ridge = _RIDGE * len(codes) * torch.eye(codes.shape[1], dtype=torch.float64)
        weights = torch.linalg.solve(codes.T @ codes + ridge, codes.T @ target).T.float()
        decoder.linear.weight.copy_(weights)
        decoder.linear.bias.copy_(centre - weights @ middle)
        quieten(decoder.network)

    def _left(self, dims: int) -> float:
        """Root mean square of what so many components leave of images at full size."""
        chosen = self.index[:: max(1, len(self.index) // MOST_FULL)]
        axes, total, count = self.axes[:dims], 0.0, 0
        for rows in chunks(len(chosen), self._step()):
            x = to_batch(self.images[chosen[rows]]).x
            away = thumbnail(x, self.shape).flatten(1) - self.mean
            seen = (away @ axes.T @ axes + self.mean).reshape(-1, *self.shape)
            seen = F.interpolate(seen, size=self.image_shape[1:], mode="bilinear", align_corners=False)
            total += float((seen - x).square().sum())
            count += x.numel()
        return math.sqrt(total / count)

    def _thumbnails(self, index: npt.NDArray[np.int64], stop: StopToken) -> Tensor:
        found = []
        for rows in chunks(len(index), self._step()):
            stop.check()
            found.append(thumbnail(to_batch(self.images[index[rows]]).x, self.shape).flatten(1))
        return torch.cat(found)

    def _step(self) -> int:
        return at_once(self.image_shape)


def _principal(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Leading axes (k, p) and variances (k,) of centred numbers (n, p), from the smaller of both products."""
    x = x.double()
    wide = len(x) < x.shape[1]
    product = (x @ x.T if wide else x.T @ x).numpy() / max(1, len(x) - 1)
    size = len(product)
    wanted = min(count, size - 1 if wide else size)
    if wanted < 1:
        return torch.zeros(0, x.shape[1]), torch.zeros(0)
    values, vectors = eigh(product, subset_by_index=[size - wanted, size - 1])
    kept = values[::-1] > max(float(values[-1]), 1e-12) * 1e-9
    variance = torch.from_numpy(values[::-1][kept].copy())
    axes = torch.from_numpy(vectors[:, ::-1].T[kept].copy())
    if wide:
        axes = axes @ x / (variance * (len(x) - 1)).sqrt()[:, None]
    if len(axes):
        largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
        axes = axes * largest.sign()
    return axes.float(), variance.float()


def _spread(prior: Prior | None) -> float:
    """Spread of the numbers that codes start with: less for a prior with ends, which codes must not sit at."""
    return 0.5 if prior is not None and math.isfinite(sum(prior.support)) else 1.0
