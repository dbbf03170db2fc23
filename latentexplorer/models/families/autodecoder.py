"""Auto-decoders: a decoder and, instead of an encoder, one code or posterior per training image, learned with it.

Codes as free parameters: Bojanowski et al. 2018 (GLO), Park et al. 2019 (DeepSDF, eq. 10). Posteriors as free
parameters: Zadeh et al. 2019 (Variational Auto-Decoder). Codes of unseen images are fitted with the decoder
frozen: `latentexplorer.models.fitting.infer_codes`.
"""

from __future__ import annotations

import math
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.models.architectures import autodecoder_network
from latentexplorer.models.base import Batch, LossTerms
from latentexplorer.models.codes import Codes
from latentexplorer.models.distributions import Draws, NormalPrior, Point, Posterior, Prior, make_prior
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.linear_path import PathDecoder
from latentexplorer.models.network import NetworkModel

CODEBOOK = "codebook.weight"
"""Name of the codes among an auto-decoder's parameters."""


class Codebook(nn.Embedding):
    """Raw numbers of every training image's code, with sparse gradients: a step costs by the batch, not by N.

    Parameters
    ----------
    num_images, width : int
        N, and numbers per image (P * D).
    """

    def __init__(self, num_images: int, width: int) -> None:
        super().__init__(num_images, width, sparse=True)
        self.stride = 1

    def reset_parameters(self) -> None:
        """Nothing: the numbers come from `start` or a file; drawing a million here would be work for nothing."""

    def start(self, generator: torch.Generator) -> None:
        """Zeros until `AutoDecoder.start_codes` fills it."""
        nn.init.zeros_(self.weight)

    def keep(self, first: int, stride: int) -> None:
        """Keep the numbers of the images `first`, `first` + `stride` ... only: those that this process trains.

        Images go on being named by their position among all of them.
        """
        self.weight = nn.Parameter(self.weight.detach()[first::stride].clone())
        self.num_embeddings, self.stride = len(self.weight), stride

    def forward(self, index: Tensor) -> Tensor:
        """Raw numbers (B, width) of the images at positions `index` (B,), on the device of `index`."""
        rows = index.to(self.weight.device)
        found: Tensor = super().forward(rows if self.stride == 1 else rows // self.stride)
        return found.to(index.device)

    def fits(self, device: torch.device) -> bool:
        """Whether the numbers and the moments of their optimiser take less than a third of what is free there."""
        if device.type != "cuda":
            return True
        return 3 * self.weight.nbytes < torch.cuda.mem_get_info(device)[0] / 3


class AutoDecoder(NetworkModel):
    """Auto-decoder (AD). Objective per image: recon + code_penalty |z|^2.

    The penalty is the negative logarithm of a Gaussian prior N(0, 1 / (2 code_penalty)) up to its constant (DeepSDF,
    eq. 9). That is the `prior` draws come from, but never wider than the unit normal: a weak penalty says next to
    nothing about where codes lie, and codes are then free to lie elsewhere (a sampler fitted to them tells better).
    """

    params_per_dim = 1

    def __init__(self, config: ModelConfig, image_shape: ImageShape, num_classes: int, num_images: int) -> None:
        super().__init__(config, image_shape, num_classes)
        self.prior: Prior = self._make_prior()
        self.codebook = Codebook(num_images, self.params_per_dim * config.latent_dim)
        self.decoder = autodecoder_network(config, image_shape)

    def _make_prior(self) -> Prior:
        weight = self.config.code_penalty
        return NormalPrior(1.0 if weight <= 0.5 else 1 / math.sqrt(2 * weight))

    @property
    def not_captured(self) -> str:
        beside = self.codebook.weight.device != next(self.decoder.parameters()).device
        return "the codes of all images do not fit on the device" if beside else ""

    def posterior(self, batch: Batch) -> Posterior:
        return self.posterior_of(self._params(batch))

    def posterior_of(self, params: Tensor) -> Posterior:
        """The posterior of raw numbers (B, P * D) that do not come from the codebook."""
        return Point(params.float())

    @torch.no_grad()
    def codes_of(
        self, params: Tensor, index: npt.NDArray[np.int64], labels: npt.NDArray[np.int64] | None = None
    ) -> Codes:
        """Raw numbers (B, P * D) of images at positions `index` (B,) as codes."""
        found = [self.posterior_of(piece) for piece in torch.split(params, 10_000)]
        scales = [posterior.scale.cpu() for posterior in found if posterior.scale is not None]
        loc = torch.cat([posterior.mean.cpu() for posterior in found])
        return Codes(loc.numpy(), torch.cat(scales).numpy() if scales else None, index, labels)

    def loss_with(self, params: Tensor, batch: Batch, draws: Draws | None = None) -> LossTerms:
        """The objective's terms of images whose raw numbers (B, P * D) are given: what fits new codes."""
        return self.loss_of(self.posterior_of(params), batch, draws)

    def extra_terms(self, posterior: Posterior, z: Tensor, batch: Batch) -> dict[str, Tensor]:
        return {"penalty": self.config.code_penalty * z.square().sum(1)}

    def start_params(
        self, count: int, generator: torch.Generator, labels: Tensor | None = None, start: Tensor | None = None
    ) -> Tensor:
        """Random raw numbers (count, P * D), as a codebook starts (`model.code_init`).

        Parameters
        ----------
        labels : Tensor (count,), int64, or None
            Needed for code_init "per-class", where codes start around one random centre per class, N(0, 1).
        start : Tensor (count, k), or None
            For code_init "pca" and "auto": principal components of the images, which take the place of the first k
            random numbers (after Bojanowski et al. 2018, who whiten them). Without them the start is random.

        Raises
        ------
        SettingsError
            For "per-class" without labels.
        """
        config, shape = self.config, (count, self.code_dim)
        centres = None
        if config.code_init == "per-class":
            if labels is None or self.num_classes < 1:
                raise SettingsError(
                    "model.code_init = 'per-class' needs classes and these images carry no labels",
                    "Take model.code_init = 'normal'",
                )
            centres = torch.empty(self.num_classes, self.code_dim).normal_(generator=generator)
        # In place: codes of many images are most of what there is in memory.
        loc = torch.zeros(shape)
        if config.code_init != "zero":
            loc.normal_(generator=generator).mul_(config.code_init_scale)
        if centres is not None and labels is not None:
            loc += centres[labels.cpu()]
        if start is not None:
            # By itself codes start with a spread of one, as the linear path of a large image's decoder expects them.
            loc[:, : start.shape[1]] = (1.0 if config.code_init == "auto" else config.code_init_scale) * start
        return self._init_params(loc)

    def linear_codes(self, index: Tensor, small: Tensor) -> Tensor:
        return self.posterior_of(self.codebook(index)).mean

    def _init_params(self, loc: Tensor) -> Tensor:
        return loc

    def start_codes(self, generator: torch.Generator, labels: Tensor | None, start: Tensor | None = None) -> None:
        """Fill the codebook with `start_params`; nothing to do for a decoder without images."""
        count = self.codebook.num_embeddings
        if labels is not None and len(labels) != count:
            raise SettingsError(f"There are {len(labels)} labels for {count} images", "Give one label for each image")
        if count:
            with torch.no_grad():
                self.codebook.weight.copy_(self.start_params(count, generator, labels, start))

    def params_of(self, mean: Tensor, scale: Tensor | None) -> Tensor:
        """The raw numbers (B, P * D) of codes given as mean and standard deviation (B, D)."""
        return mean

    def to_device(self, device: torch.device) -> Self:
        # Too many codes for the device stay where they are: a batch takes its own along.
        book = self.codebook
        if book.fits(device):
            return super().to_device(device)
        self.codebook = Codebook(0, book.embedding_dim)
        self.to(device)
        self.codebook = book
        return self

    def set_codes(self, index: Tensor, mean: Tensor, scale: Tensor | None = None) -> None:
        with torch.no_grad():
            self.codebook.weight[index] = self.params_of(mean, scale).to(self.codebook.weight)

    def keep_codes(self, first: int, stride: int) -> None:
        self.codebook.keep(first, stride)

    def network_parameters(self) -> list[nn.Parameter]:
        return [parameter for name, parameter in self.named_parameters() if name != CODEBOOK]

    def code_parameters(self) -> list[nn.Parameter]:
        return [self.get_parameter(CODEBOOK)]

    def _params(self, batch: Batch) -> Tensor:
        if batch.index is None:
            raise NotApplicableError(
                "This model has no encoder: it knows the codes of its training images only",
                "Fit codes of other images with infer_codes",
            )
        params: Tensor = self.codebook(batch.index)
        return params


def _layers_of_code(decoder: nn.Module) -> list[nn.Linear | nn.ConvTranspose2d]:
    """The layers of a decoder that a code goes into."""
    if isinstance(decoder, PathDecoder):
        return [decoder.linear, *([] if decoder.network is None else _layers_of_code(decoder.network))]
    return [next(layer for layer in decoder.modules() if isinstance(layer, nn.Linear | nn.ConvTranspose2d))]


class VariationalAutoDecoder(AutoDecoder):
    """Variational auto-decoder (VAD). Objective per image: recon + beta KL(q, p), q a free posterior per image."""

    def _make_prior(self) -> Prior:
        prior = make_prior(self.config.code_prior)
        self.params_per_dim = prior.params_per_dim
        return prior

    def posterior_of(self, params: Tensor) -> Posterior:
        return self.prior.posterior(params)

    def extra_terms(self, posterior: Posterior, z: Tensor, batch: Batch) -> dict[str, Tensor]:
        return {}

    @torch.no_grad()
    def rescale(self, widths: Tensor) -> None:
        """Write the decoder for codes divided by `widths` (D,): their images are what those of the codes were."""
        for layer in _layers_of_code(self.decoder):
            # Numbers of a code are the columns of a matrix, and the first axis of a transposed convolution.
            shape = (1, -1) if isinstance(layer, nn.Linear) else (-1, 1, 1, 1)
            layer.weight.mul_(widths.to(layer.weight).reshape(shape))

    def _init_params(self, loc: Tensor) -> Tensor:
        return self.prior.init_params(loc)

    def params_of(self, mean: Tensor, scale: Tensor | None) -> Tensor:
        if scale is None:
            raise NotApplicableError("Codes of a variational model need a scale")
        return self.prior.params_of(mean, scale)
