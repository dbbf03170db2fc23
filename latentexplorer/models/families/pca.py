"""Principal components (Pearson 1901; as a Gaussian latent-variable model: Tipping and Bishop 1999)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from scipy.linalg import eigh
from torch import Tensor

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models.base import Batch
from latentexplorer.models.distributions import Point, Posterior
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.likelihoods import Gaussian
from latentexplorer.models.network import NetworkModel

Floats = npt.NDArray[np.float64]
Basis = npt.NDArray[np.float32]

EXACT_PIXELS = 2048
"""Numbers in an image up to which the covariance is held and solved exactly."""
_PIECE = 1000
_PIECE_NUMBERS = 2**22
"""Images of a block, and numbers in it (16 MB of them) where images are large."""
_PASSES = 8
_SPARE = 20


class PrincipalComponents(NetworkModel):
    """PCA: `z = components (x - mean)`, `x_hat = mean + components^T z`, pixels on [0, 1]; `fit` solves it.

    Attributes
    ----------
    components : Tensor (D, C H W)
        Orthonormal rows, by falling variance; the largest entry of each is positive, so that the sign is definite.
    mean : Tensor (C H W,)
    explained_variance : Tensor (D,)
        Variance of the training images along each component (divisor N - 1).
    explained_variance_ratio : Tensor (D,)
        The same as parts of the total variance.
    """

    components: Tensor
    mean: Tensor
    explained_variance: Tensor
    explained_variance_ratio: Tensor

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        numel, count = math.prod(image_shape), config.latent_dim
        if count > numel:
            raise SettingsError(
                f"PCA cannot have {count} components of images of {numel} numbers",
                f"Take model.latent_dim = {numel} or less",
            )
        self.register_buffer("components", torch.zeros(count, numel))
        self.register_buffer("mean", torch.zeros(numel))
        self.register_buffer("explained_variance", torch.zeros(count))
        self.register_buffer("explained_variance_ratio", torch.zeros(count))

    def posterior(self, batch: Batch) -> Posterior:
        return Point((batch.x.flatten(1) - self.mean) @ self.components.T)

    def _decode(self, z: Tensor, y: Tensor | None) -> Tensor:
        return (z @ self.components + self.mean).reshape(-1, *self.image_shape)

    def variance_shares(self) -> Tensor:
        return self.explained_variance_ratio

    def log_likelihood(self, batch: Batch) -> Tensor | None:
        """log p(x) under probabilistic PCA at its maximum (Tipping and Bishop 1999, eqs. 7 and 8).

        The noise is the mean of the eigenvalues that are left out, those of pixels that never vary included: the
        likelihood is one over all pixels. None where nothing is left out, or a component carries nothing: there the
        density has no bound.
        """
        variance, ratio = self.explained_variance.double(), self.explained_variance_ratio.double().sum()
        left = variance.sum() * (1 / ratio - 1) if ratio > 0 else variance.sum()
        spare = len(self.mean) - len(variance)
        if spare < 1 or left <= 1e-9 * variance.sum() or variance.min() <= 0:
            return None
        noise = left / spare
        away = batch.x.flatten(1).double() - self.mean.double()
        z = away @ self.components.double().T
        outside = (away.square().sum(1) - z.square().sum(1)).clamp_min(0)
        constant = len(self.mean) * math.log(2 * math.pi) + variance.log().sum() + spare * noise.log()
        return -0.5 * (constant + (z.square() / variance).sum(1) + outside / noise)

    def fit(self, images: npt.NDArray[np.uint8], stop: StopToken = NEVER) -> None:
        """Find the components; a sigma that is not fixed becomes the root mean square of what they leave."""
        count, wanted = len(images), len(self.components)
        if count < max(2, wanted):
            raise SettingsError(
                f"PCA cannot find {wanted} components of {count} images",
                "Take a smaller model.latent_dim or more images",
            )
        mean, total = _moments(images, stop)
        components, variance = _solved(images, mean, wanted, stop)
        self.components.copy_(torch.from_numpy(components))
        self.mean.copy_(torch.from_numpy(mean))
        self.explained_variance.copy_(torch.from_numpy(variance))
        self.explained_variance_ratio.copy_(torch.from_numpy(variance / total if total > 0 else variance))
        if isinstance(self.likelihood, Gaussian):
            left = max(total - float(variance.sum()), 0.0) * (count - 1) / count
            self.likelihood.set_sigma(math.sqrt(left / len(mean)))


def principal_codes(images: npt.NDArray[np.uint8], dims: int, stop: StopToken = NEVER) -> Basis:
    """Coordinates of images along their principal components: where the codes of an auto-decoder can start.

    Their overall variance is 1, and each component keeps its share of it: the first dimensions say the most.

    Parameters
    ----------
    images : ndarray (N, H, W, C), uint8; may be a memory map
    dims : int
        Components wanted.

    Returns
    -------
    ndarray (N, k), float32
        k is `dims`, or fewer where the images have not so many components: at most N - 1 and at most H W C.
    """
    mean, total = _moments(images, stop) if len(images) > 1 else (np.zeros(math.prod(images.shape[1:])), 0.0)
    wanted = min(dims, len(images) - 1, len(mean))
    if wanted < 1 or total <= 0:
        return np.zeros((len(images), 0), np.float32)
    components, variance = _solved(images, mean, wanted, stop)
    basis = (components / math.sqrt(variance.mean())).astype(np.float32)
    codes = np.zeros((len(images), wanted), np.float32)
    for begin, block in _blocks(images, stop):
        codes[begin : begin + len(block)] = (block - mean.astype(np.float32)) @ basis.T
    return codes


def _moments(images: npt.NDArray[np.uint8], stop: StopToken) -> tuple[Floats, float]:
    """Mean image (numel,) and total variance (divisor N - 1), on [0, 1]."""
    numel = math.prod(images.shape[1:])
    total, squares = np.zeros(numel), np.zeros(numel)
    for _, block in _blocks(images, stop):
        exact = block.astype(np.float64)
        total += exact.sum(0)
        squares += np.square(exact).sum(0)
    mean = total / len(images)
    return mean, float(np.maximum(squares - len(images) * mean**2, 0).sum() / (len(images) - 1))


def _solved(images: npt.NDArray[np.uint8], mean: Floats, wanted: int, stop: StopToken) -> tuple[Floats, Floats]:
    """Leading components (D, numel), their signs made definite, and variances (D,), by falling variance."""
    solve = _exactly if len(mean) <= EXACT_PIXELS else _by_iteration
    components, variance = solve(images, mean, wanted, stop)
    largest = np.abs(components).argmax(1)
    components *= np.where(components[np.arange(wanted), largest] < 0, -1.0, 1.0)[:, None]
    return components, np.maximum(variance, 0)


def _exactly(images: npt.NDArray[np.uint8], mean: Floats, wanted: int, stop: StopToken) -> tuple[Floats, Floats]:
    """Leading eigenvectors (D, numel) and eigenvalues (D,) of the covariance, by falling eigenvalue."""
    covariance = np.zeros((len(mean), len(mean)))
    for _, block in _blocks(images, stop):
        block -= mean.astype(np.float32)
        covariance += block.T @ block
    covariance /= len(images) - 1
    stop.check()
    values, vectors = eigh(covariance, subset_by_index=[len(mean) - wanted, len(mean) - 1])
    # A copy: one row of a reversed array counts as contiguous, and torch takes no negative strides.
    return vectors[:, ::-1].T.copy(), values[::-1].copy()


def _by_iteration(images: npt.NDArray[np.uint8], mean: Floats, wanted: int, stop: StopToken) -> tuple[Floats, Floats]:
    """The same without holding the covariance: subspace iteration (Halko, Martinsson and Tropp 2011, alg. 4.4)."""
    size = min(wanted + _SPARE, len(mean))
    basis: Basis = np.random.default_rng(0).standard_normal((len(mean), size)).astype(np.float32)
    centre = mean.astype(np.float32)
    for turn in range(_PASSES):
        basis = np.linalg.qr(basis)[0]
        image, small = np.zeros_like(basis), np.zeros((size, size))
        for _, block in _blocks(images, stop):
            block -= centre
            coordinates = block @ basis
            image += block.T @ coordinates
            small += coordinates.T @ coordinates
        if turn + 1 < _PASSES:
            basis = image
    values, vectors = eigh(small / (len(images) - 1))
    leading = slice(None, -wanted - 1, -1)
    return (basis @ vectors[:, leading]).T.astype(np.float64), values[leading]


def _blocks(images: npt.NDArray[np.uint8], stop: StopToken) -> Iterator[tuple[int, Basis]]:
    """Pieces of the images as numbers (B, C H W), each with the position of its first image."""
    step = max(1, min(_PIECE, _PIECE_NUMBERS // math.prod(images.shape[1:])))
    for begin in range(0, len(images), step):
        stop.check()
        yield begin, _flat(images[begin : begin + step])


def _flat(images: npt.NDArray[np.uint8]) -> Basis:
    """(B, H, W, C) uint8 to (B, C H W) float32 on [0, 1]."""
    flat: Basis = np.moveaxis(images, 3, 1).reshape(len(images), -1).astype(np.float32)
    flat /= 255
    return flat
