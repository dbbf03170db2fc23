"""Wasserstein auto-encoders with the MMD (Tolstikhin, Bousquet, Gelly and Schoelkopf 2018, algorithm 2).

A VAE pulls the posterior of every single image towards the prior, and images blur where posteriors overlap. A WAE pulls
the codes of all images together: each may be a point, as long as the points are spread like draws from the prior. Here
they are points, as in the experiments of the paper: the encoder is that of an auto-encoder, and the one term that is
added is what makes decodes of draws from the prior look like images.
"""

from __future__ import annotations

import torch
from torch import Tensor

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.architectures import mlp_decoder, mlp_encoder
from latentexplorer.models.base import Batch
from latentexplorer.models.distributions import NormalPrior, Posterior
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.network import EncoderModel

WIDTHS = (0.25, 1.0, 4.0)
"""Variances of the kernels for each dimension of a code: near codes are told apart, and far ones are still drawn in."""


def squared_mmd(z: Tensor) -> Tensor:
    """Squared maximum mean discrepancy between the distribution of codes z (B, D) and N(0, I).

    Mean over the kernels k(x, y) = exp(-|x - y|^2 / 2 v), v = D times one of `WIDTHS`. Unbiased (Gretton et al. 2012,
    eq. 3), so that it is below zero now and then. Expectations over N(0, I) are worked out and not sampled: a kernel is
    a normal density but for a factor, and normal densities integrate to normal densities. 0 for a single code, which
    says nothing about a distribution.
    """
    count, dims = z.shape
    lengths = z.square().sum(1)
    with torch.autocast(z.device.type, enabled=False):
        distances = lengths[:, None] + lengths - 2 * z @ z.T
    found = []
    for width in WIDTHS:
        v = width * dims
        kernel = torch.exp(-distances / (2 * v))
        # Not `trace`, whose gradient asks the host for a number: such a step cannot be captured.
        among_codes = (kernel.sum() - kernel.diagonal().sum()) / max(count * (count - 1), 1)
        to_prior = (v / (v + 1)) ** (dims / 2) * torch.exp(-lengths / (2 * (v + 1))).mean()
        within_prior = (v / (v + 2)) ** (dims / 2)
        found.append(among_codes - 2 * to_prior + within_prior)
    mmd = torch.stack(found).mean()
    return mmd if count > 1 else 0 * mmd


class WAE(EncoderModel):
    """Fully connected WAE-MMD. Objective per image: recon + mmd_weight MMD^2 of the batch's codes to the prior."""

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.prior = NormalPrior()
        self.encoder = mlp_encoder(config, image_shape, config.latent_dim)
        self.decoder = mlp_decoder(config, config.latent_dim, image_shape)

    def extra_terms(self, posterior: Posterior, z: Tensor, batch: Batch) -> dict[str, Tensor]:
        return {"mmd": squared_mmd(batch.whole(z)).expand(len(z))}
