"""Plain auto-encoders: a code is a point and nothing pulls it anywhere (Hinton and Salakhutdinov 2006)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from latentexplorer.core.config import ModelConfig
from latentexplorer.models.architectures import MLP_HIDDEN, mlp_decoder, mlp_encoder
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.network import EncoderModel


class AutoEncoder(EncoderModel):
    """Fully connected auto-encoder (report D: ReLU after every hidden layer)."""

    def __init__(
        self,
        config: ModelConfig,
        image_shape: ImageShape,
        num_classes: int,
        num_images: int,
        labels: Tensor | None,
        generator: torch.Generator,
    ) -> None:
        super().__init__(config, image_shape, num_classes)
        self.encoder = mlp_encoder(config, math.prod(image_shape), config.latent_dim, last_relu=True)
        self.decoder = mlp_decoder(config.hidden or MLP_HIDDEN, config.latent_dim, image_shape)
