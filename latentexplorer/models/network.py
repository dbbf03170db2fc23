"""What all models trained by gradient steps share: decode, compare with the image, add the KL."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.models.base import Batch, LatentModel, LossTerms
from latentexplorer.models.budget import sigma_of
from latentexplorer.models.distributions import Draws, Point, Posterior
from latentexplorer.models.layers import ImageShape, JoinLabel
from latentexplorer.models.likelihoods import make_likelihood
from latentexplorer.models.linear_path import PathEncoder


class NetworkModel(LatentModel):
    """A decoder network and a likelihood; where codes come from is up to the family.

    Attributes
    ----------
    decoder : nn.Module
        (B, D) to (B, C, H, W); conditional families: (B, D + K).
    likelihood : Likelihood
    """

    decoder: nn.Module

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.likelihood = make_likelihood(config.likelihood, sigma_of(config, image_shape))
        self.join = JoinLabel(num_classes) if self.kind.conditional else None

    @property
    def code_dim(self) -> int:
        return self.config.latent_dim

    def decode(self, z: Tensor, y: Tensor | None = None, *, clamped: bool = True) -> Tensor:
        decoded = self._decode(z, y).float()
        return decoded.clamp(0, 1) if clamped else decoded

    def loss_at(self, z: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        x_hat = self._decode(z, batch.y)
        return self.likelihood.nll(x_hat, batch.x), x_hat.detach().float()

    def loss_of(self, posterior: Posterior, batch: Batch, draws: Draws | None = None) -> LossTerms:
        z = posterior.mean if draws is None else posterior.rsample(draws)
        recon, x_hat = self.loss_at(z, batch)
        kl, kl_per_dim = torch.zeros_like(recon), None
        if self.prior is not None and not isinstance(posterior, Point):
            kl_per_dim = posterior.kl(self.prior)
            kl = kl_per_dim.sum(1)
        extra, means = self.extra_terms(posterior, z, batch), posterior.mean.detach()
        return LossTerms(recon, kl, kl_per_dim, x_hat, batch.x, extra, means)

    def linear_codes(self, index: Tensor, small: Tensor) -> Tensor:
        """Codes (n, D) that the linear path starts from, of training images by position and by thumbnail (n, p)."""
        raise NotImplementedError

    def extra_terms(self, posterior: Posterior, z: Tensor, batch: Batch) -> dict[str, Tensor]:
        """The terms (B,) that `Family.terms` names, before their weights; none in most families.

        A term of the batch (`Term.of_batch`) is worked out from numbers that went through `batch.whole`, and may be the
        same for all images.

        Parameters
        ----------
        z : Tensor (B, D)
            The draw from the posterior that was decoded, or its mean.
        """
        return {}

    def _decode(self, z: Tensor, y: Tensor | None) -> Tensor:
        """The decoder's answer as it is: a linear one may leave [0, 1]."""
        x_hat: Tensor = self.decoder(self._with_label(z, y))
        return x_hat

    def _with_label(self, x: Tensor, y: Tensor | None) -> Tensor:
        if self.join is None:
            return x
        if y is None:
            raise NotApplicableError(
                "This model is conditional and needs a class", "Say which class to decode or encode"
            )
        joined: Tensor = self.join(x, y)
        return joined


class EncoderModel(NetworkModel):
    """A model whose encoder network answers with a posterior at once.

    Attributes
    ----------
    encoder : nn.Module
        (B, C, H, W) to raw numbers (B, P * D), or to codes (B, D) where there is no prior; conditional families get
        (B, numel + K).
    """

    encoder: nn.Module

    def posterior(self, batch: Batch) -> Posterior:
        return self._posterior_of(self.encoder(self._with_label(batch.x, batch.y)))

    def linear_codes(self, index: Tensor, small: Tensor) -> Tensor:
        if not isinstance(self.encoder, PathEncoder):
            raise NotApplicableError("This model has no linear path", "Take images above 32 pixels")
        return self._posterior_of(self.encoder.linear_part(small)).mean

    def _posterior_of(self, params: Tensor) -> Posterior:
        if self.prior is None or not self.kind.variational:
            return Point(params.float())
        return self.prior.posterior(params)
