"""Plain auto-encoders: a code is a point and nothing pulls it anywhere (Hinton and Salakhutdinov 2006)."""

from __future__ import annotations

import math

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.architectures import linear_decoder, linear_encoder, mlp_decoder, mlp_encoder
from latentexplorer.models.convolutional import conv_decoder, conv_encoder, map_shape
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.network import EncoderModel


class AutoEncoder(EncoderModel):
    """Fully connected auto-encoder (report D: ReLU after every hidden layer)."""

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.encoder = mlp_encoder(config, image_shape, config.latent_dim, last_relu=True)
        self.decoder = mlp_decoder(config, config.latent_dim, image_shape)


class LinearAutoEncoder(EncoderModel):
    """Linear auto-encoder: its best solution spans the principal components (Baldi and Hornik 1989)."""

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.encoder = linear_encoder(config, image_shape)
        self.decoder = linear_decoder(config, image_shape)


class ConvAutoEncoder(EncoderModel):
    """Convolutional auto-encoder (Masci et al. 2011).

    With "strided" the code is a map of `latent_dim` channels, 16 numbers each at 32 x 32; with "dcgan" it is
    `latent_dim` numbers.
    """

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        linear = config.latent_dim if config.blueprint == "dcgan" else None
        self._code_dim = linear or math.prod(map_shape(config, image_shape))
        self.encoder = conv_encoder(config, image_shape, linear)
        self.decoder = conv_decoder(config, image_shape, linear)

    @property
    def code_dim(self) -> int:
        return self._code_dim
