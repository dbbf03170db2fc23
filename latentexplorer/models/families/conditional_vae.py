"""Conditional variational auto-encoders (Sohn, Lee and Yan 2015): encoder and decoder are told the class.

The class, one-hot, is joined to the image and to the code. `decode` and `posterior` need it: there is no image of "no
class".
"""

from __future__ import annotations

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.architectures import mlp_decoder, mlp_encoder
from latentexplorer.models.convolutional import conv_decoder, joint_encoder
from latentexplorer.models.distributions import make_prior
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.network import EncoderModel


class ConditionalVAE(EncoderModel):
    """Fully connected conditional VAE. Objective per image: recon + beta KL(q(z given x, y), p(z))."""

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.prior = make_prior(config.code_prior)
        num_params = self.prior.params_per_dim * config.latent_dim
        self.encoder = mlp_encoder(config, image_shape, num_params, num_labels=num_classes)
        self.decoder = mlp_decoder(config, config.latent_dim + num_classes, image_shape)


class ConditionalConvVAE(EncoderModel):
    """Convolutional conditional VAE; the objective is that of `ConditionalVAE`."""

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.prior = make_prior(config.code_prior)
        num_params = self.prior.params_per_dim * config.latent_dim
        self.encoder = joint_encoder(config, image_shape, num_classes, num_params)
        self.decoder = conv_decoder(config, image_shape, config.latent_dim + num_classes)
