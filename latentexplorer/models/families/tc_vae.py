"""VAEs whose KL is taken apart: beta-TC-VAE (Chen, Li, Grosse and Duvenaud 2018).

The mean KL over all images is the sum of three (their eq. 2), with q(z) the mean of all posteriors:

* index-code mutual information, KL(q(z, n), q(z) p(n)): how much a code tells of which image it is;
* total correlation, KL(q(z), prod_j q(z_j)): how much its dimensions tell of each other;
* dimension-wise KL, sum_j KL(q(z_j), p(z_j)): how far each of them is from the prior.

beta-VAEs weigh all three; here the total correlation has a weight of its own beside that of the KL, so that dimensions
are made to tell of different things at a smaller price in what they tell.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.base import Batch
from latentexplorer.models.distributions import Posterior, Prior
from latentexplorer.models.families.vae import VAE
from latentexplorer.models.layers import ImageShape


def kl_in_three(posteriors: Posterior, z: Tensor, prior: Prior, num_images: int) -> dict[str, Tensor]:
    """The three terms (b,) of the KL at draws z (b, D): at each draw they add up to log q(z given x) - log p(z).

    The density of q(z) is estimated from the posteriors of a batch of M of N images, drawn without putting back: that
    of the image itself has the weight 1 / N, which it has in q(z), and all others share the rest. That is the
    stratified estimate of the paper (appendix C.2), averaged over which image there has the odd weight; the density is
    unbiased, its logarithm is not, but for a batch of all images: compare what batches of one size say. Mutual
    information is never more than log N. What posteriors that hardly overlap say beyond that is total correlation.

    Parameters
    ----------
    posteriors : Posterior
        Of the M images; the first b of them are those that `z` was drawn for.
    num_images : int
        N.
    """
    log_q = posteriors.log_prob(z[:, None])
    count, of_batch = log_q.shape[:2]
    total = max(num_images, of_batch)
    own, other = (1 / total, (1 - 1 / total) / (of_batch - 1)) if of_batch > 1 else (1.0, 1.0)
    log_weights = z.new_full((count, of_batch), math.log(other)).fill_diagonal_(math.log(own))
    of_image = log_q[:, :count].diagonal().sum(0)
    of_all = torch.logsumexp(log_q.sum(2) + log_weights, 1)
    of_each_dim = torch.logsumexp(log_q + log_weights[..., None], 1).sum(1)
    of_prior = prior.log_prob(z).sum(1)
    return {"mi": of_image - of_all, "tc": of_all - of_each_dim, "dimwise_kl": of_each_dim - of_prior}


class TCVAE(VAE):
    """Fully connected beta-TC-VAE. Objective per image: recon + beta KL(q(z given x), p(z)) + tc_weight TC.

    With beta = 1 that is eq. 4 of the paper with its beta = 1 + tc_weight. Mutual information and dimension-wise KL are
    watched: the loss has them in the KL, which is worked out and not drawn.
    """

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes, num_images)
        self.num_images = num_images

    def extra_terms(self, posterior: Posterior, z: Tensor, batch: Batch) -> dict[str, Tensor]:
        return kl_in_three(posterior.mapped(batch.whole), z, self.prior, self.num_images)
