"""Variational auto-encoders (Kingma and Welling 2014); the weight on the KL is that of Higgins et al. 2017."""

from __future__ import annotations

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.architectures import linear_decoder, linear_encoder, mlp_decoder, mlp_encoder
from latentexplorer.models.convolutional import conv_decoder, conv_encoder
from latentexplorer.models.distributions import Prior, make_prior
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.network import EncoderModel


class VAE(EncoderModel):
    """Fully connected VAE. Objective per image: recon + beta KL(q(z given x), p(z)).

    With "mlp-relu" a ReLU follows every hidden layer. With "linear" there are none: where sigma is learned, its best
    solution is probabilistic PCA (Lucas, Tucker, Grosse and Norouzi 2019).
    """

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.prior: Prior = make_prior(config.code_prior)
        num_codes = config.latent_dim
        num_out = self.prior.params_per_dim * num_codes
        if config.blueprint == "linear":
            self.encoder = linear_encoder(config, image_shape, num_out)
            self.decoder = linear_decoder(config, image_shape)
            return
        last_relu = config.blueprint == "mlp-relu"
        self.encoder = mlp_encoder(config, image_shape, num_out, last_relu=last_relu)
        self.decoder = mlp_decoder(config, num_codes, image_shape)


class ConvVAE(EncoderModel):
    """Convolutional VAE; the objective is that of `VAE`."""

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.prior = make_prior(config.code_prior)
        self.encoder = conv_encoder(config, image_shape, self.prior.params_per_dim * config.latent_dim)
        self.decoder = conv_decoder(config, image_shape, config.latent_dim)
