"""What every latent-variable model answers, so that nobody has to ask which family it is.

The one exception is the training of an auto-decoder's codes, which works on the codebook itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.catalog import Family
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import RunError
from latentexplorer.models.distributions import Draws, Posterior, Prior


def all_there(values: Tensor) -> Tensor:
    """The numbers (B, ...) of all images of a batch that no other process has a share of."""
    return values


@dataclass
class Batch:
    """Images with what is known of them.

    Attributes
    ----------
    x : Tensor (B, C, H, W), float32, [0, 1]
    y : Tensor (B,), int64, or None
        Class of each image.
    index : Tensor (B,), int64, or None
        Position in the training set: what an auto-decoder looks its codes up by. None for unseen images.
    partner : Tensor (B, C, H, W), float32, [0, 1], or None
        The second image of a mixture, for the separation family. None: `x` itself is the mixture.
    whole : callable
        What makes numbers (B, ...) of these images those of all images of the batch that several processes share,
        these first, with gradients; nothing to do where these are all. All processes must call it alike.
    """

    x: Tensor
    y: Tensor | None = None
    index: Tensor | None = None
    partner: Tensor | None = None
    whole: Callable[[Tensor], Tensor] = all_there


@dataclass
class LossTerms:
    """A model's objective, per image.

    Attributes
    ----------
    recon : Tensor (B,)
        -log p(x given z) in nats, with its constant, summed over pixels.
    kl : Tensor (B,)
        KL(q(z given x), p(z)) in nats, summed over dimensions; zeros where there is no posterior.
    kl_per_dim : Tensor (B, D) or None
        The same per dimension.
    x_hat : Tensor (B, C, H, W'), detached
        The reconstruction the terms were computed from: the mean of the likelihood as the decoder gives it. A linear
        output layer may leave [0, 1]; errors are of what it says, only pictures are clamped.
    target : Tensor, the shape of `x_hat`
        What it is compared with: the images, or the two originals of a mixture side by side.
    extra : dict of str to Tensor (B,)
        What else the family's loss has, by the names of `Family.terms`, before their weights.
    means : Tensor (B, D) or None, detached
        Means of the posteriors, which active units are counted by, or the codes themselves where there are none.
    """

    recon: Tensor
    kl: Tensor
    kl_per_dim: Tensor | None
    x_hat: Tensor
    target: Tensor
    extra: dict[str, Tensor] = field(default_factory=dict)
    means: Tensor | None = None


def batch_mean(values: Tensor) -> Tensor:
    """Mean (D,) of (B, D)."""
    return values.mean(0)


class LatentModel(nn.Module):
    """Base of all models. Built by `latentexplorer.models.build_model`, never directly.

    Constructors only lay out the parts; `build_model` fills in the numbers afterwards.

    Parameters
    ----------
    config : ModelConfig
    image_shape : (C, H, W)
        Shape of the images it learns.
    num_classes : int
        Classes, 0 where images carry none. Conditional families need at least one.
    num_images : int
        N, training images; the size of an auto-decoder's codebook.
    """

    prior: Prior | None = None
    """The distribution of codes before any image is seen; None where the family has none (plain auto-encoders)."""

    def __init__(self, config: ModelConfig, image_shape: tuple[int, int, int], num_classes: int) -> None:
        super().__init__()
        self.config = config
        self.image_shape = image_shape
        self.num_classes = num_classes

    @property
    def kind(self) -> Family:
        """What this family can do."""
        return self.config.kind

    @property
    def code_dim(self) -> int:
        """D: numbers in a code (for a convolutional AE more than `latent_dim`: 16 per latent channel, say)."""
        raise NotImplementedError

    @property
    def not_captured(self) -> str:
        """Why a training step cannot be captured (`latentexplorer.models.captured`), for a person; "" where it can."""
        return ""

    @property
    def decoded_shape(self) -> tuple[int, int, int]:
        """(C, H, W') of a decode; W' = W times the family's components, which stand side by side."""
        channels, height, width = self.image_shape
        return channels, height, width * self.kind.components

    def use(self, config: ModelConfig) -> None:
        """Go on with other settings of the objective; what the model is built of stays."""
        self.config = config

    def to_device(self, device: torch.device) -> Self:
        """Move to a device what belongs there; returns the model itself."""
        return self.to(device)

    def decode(self, z: Tensor, y: Tensor | None = None, *, clamped: bool = True) -> Tensor:
        """Images of codes: the mean of the likelihood.

        Parameters
        ----------
        z : Tensor (B, D)
        y : Tensor (B,), int64, or None
            Classes; required by conditional families, ignored by the others.
        clamped : bool
            False: as the decoder gives them; a linear output layer may leave [0, 1].

        Returns
        -------
        Tensor (B, C, H, W'), float32, in [0, 1]

        Raises
        ------
        NotApplicableError
            If a conditional model is given no classes.
        """
        raise NotImplementedError

    def posterior(self, batch: Batch) -> Posterior:
        """What is known of the codes of images: from the encoder, or for an auto-decoder from its codebook.

        Raises
        ------
        NotApplicableError
            If an auto-decoder is asked for images without `index`: use `models.fitting.infer_codes`.
        """
        raise NotImplementedError

    def loss(self, batch: Batch, draws: Draws | None = None) -> LossTerms:
        """The objective's terms for a batch, one draw from the posterior per image.

        Parameters
        ----------
        draws : torch.Generator, a share of what it draws, or None
            Source of the draw, on the model's device. None evaluates at the posterior mean.
        """
        return self.loss_of(self.posterior(batch), batch, draws)

    def loss_of(self, posterior: Posterior, batch: Batch, draws: Draws | None = None) -> LossTerms:
        """The objective's terms for images whose posterior is already known; see `loss`."""
        raise NotImplementedError

    def loss_at(self, z: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """-log p(x given z) per image (B,) in nats for codes `z` (B, D), and `x_hat` (B, C, H, W')."""
        raise NotImplementedError

    def mixed(self, batch: Batch) -> Tensor:
        """What an encoder is shown of a batch (B, C, H, W), [0, 1]: its images, or mixtures of them with partners."""
        return batch.x

    def fit(self, images: npt.NDArray[np.uint8], stop: StopToken = NEVER) -> None:
        """Solve for all numbers at once, in a family that is not trained by gradient steps.

        Parameters
        ----------
        images : ndarray (N, H, W, C), uint8
            The training images; may be a memory map.

        Raises
        ------
        SettingsError
            If there are too few images.
        Stopped
            If asked to stop; the model is then as before.
        """
        raise NotImplementedError

    def log_likelihood(self, batch: Batch) -> Tensor | None:
        """log p(x) of each image (B,), float64, nats, its code integrated out; None where that has no closed form."""
        return None

    def variance_shares(self) -> Tensor | None:
        """Part of the training images' variance that each dimension carries (D,), 0..1; None where nothing says so."""
        return None

    def kl_cost(self, terms: LossTerms, beta: float | Tensor, mean: Callable[[Tensor], Tensor] = batch_mean) -> Tensor:
        """The weighted KL per image (B,): `beta` times the KL, where free bits per dimension cost nothing.

        Free bits (Kingma et al. 2016, eq. 15): a dimension whose mean KL over the batch is below the allowance
        costs the allowance, a constant, so that nothing pulls it further down.

        Parameters
        ----------
        mean : callable
            Mean (D,) of (B, D) over the batch; over all of it where `terms` are those of a share.
        """
        free = self.config.free_bits
        if terms.kl_per_dim is None or free == 0:
            return beta * terms.kl
        return beta * torch.where(mean(terms.kl_per_dim) > free, terms.kl_per_dim, free).sum(1)

    def cost(self, terms: LossTerms, beta: float | Tensor, mean: Callable[[Tensor], Tensor] = batch_mean) -> Tensor:
        """The loss of each image (B,): reconstruction, the weighted KL, and the family's own terms by their weights.

        Parameters as for `kl_cost`.
        """
        cost = terms.recon + self.kl_cost(terms, beta, mean)
        for name, weight in self.config.term_weights.items():
            if weight:
                cost = cost + weight * terms.extra[name]
        return cost

    def network_parameters(self) -> list[nn.Parameter]:
        """What the learning rate applies to: all weights but an auto-decoder's codes."""
        return list(self.parameters())

    def code_parameters(self) -> list[nn.Parameter]:
        """What the code learning rate applies to: an auto-decoder's codebook (sparse gradients); else nothing."""
        return []

    def start_codes(self, generator: torch.Generator, labels: Tensor | None, start: Tensor | None = None) -> None:
        """Give an auto-decoder's codes their random start; nothing to do in the other families."""

    def set_codes(self, index: Tensor, mean: Tensor, scale: Tensor | None = None) -> None:
        """Put codes (B, D) into an auto-decoder's codebook at the positions `index` (B,); nothing in other families."""

    def keep_codes(self, first: int, stride: int) -> None:
        """Of an auto-decoder's codes keep those of the images `first`, `first` + `stride` ...: one process's share."""

    def network_state(self) -> dict[str, Tensor]:
        """Weights and statistics by name, without an auto-decoder's codebook; not copied."""
        codes = {id(parameter) for parameter in self.code_parameters()}
        own = {name for name, parameter in self.named_parameters() if id(parameter) in codes}
        return {name: tensor for name, tensor in self.state_dict().items() if name not in own}

    def load_network_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `network_state` gave; codes stay as they are.

        Raises
        ------
        RunError
            If names or shapes are not those of this model.
        """
        mine = self.network_state()
        wrong = sorted(mine.keys() ^ state.keys())
        wrong += sorted(name for name in mine.keys() & state.keys() if mine[name].shape != state[name].shape)
        if wrong:
            raise RunError(
                f"The stored weights are not those of this model (see {wrong[0]!r})", "Restore the run from a copy"
            )
        with torch.no_grad():
            for name, tensor in mine.items():
                tensor.copy_(state[name])
