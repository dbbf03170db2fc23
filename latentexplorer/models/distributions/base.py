"""What every posterior and every prior of codes answers; densities and divergences are those of torch.distributions."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any, Self

import torch
from torch import Tensor
from torch.distributions import Distribution, Exponential, Uniform, kl_divergence

from latentexplorer.models.distributions.draws import Draws


class Posterior:
    """q(z given x): what is known of the codes of B images, each dimension on its own.

    Attributes
    ----------
    mean : Tensor (B, D)
    scale : Tensor (B, D) or None
        Standard deviation; None for a point.
    """

    mean: Tensor
    scale: Tensor | None

    @property
    def distribution(self) -> Distribution:
        """The torch distribution, with batch shape (B, D)."""
        raise NotImplementedError

    def rsample(self, draws: Draws) -> Tensor:
        """A draw (B, D) through which gradients flow (Kingma and Welling 2014, section 2.4).

        Parameters
        ----------
        draws : torch.Generator, or a share of what it draws
            On the device of the parameters.
        """
        raise NotImplementedError

    def mapped(self, by: Callable[[Tensor], Tensor]) -> Self:
        """The posterior of other parameters: what `by` makes of these (B, D), such as those of a whole batch."""
        other = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(other, name, by(value))
        return other

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z) per dimension (B, D), nats; -inf outside the support."""
        return _log_prob(self.distribution, z)

    def kl(self, prior: Prior) -> Tensor:
        """KL(q, p) per dimension (B, D), nats; infinite where q reaches outside the support of p."""
        return _kl(self.distribution, prior.distribution_on(self.mean))


class Prior:
    """p(z): the same distribution for every dimension of a code.

    Attributes
    ----------
    name : str
        As in `model.prior`.
    params_per_dim : int
        P, raw numbers that describe one dimension of a posterior.
    mean : float
    scale : float
        Standard deviation.
    support : (float, float)
        Where the density is not zero; may be infinite.
    """

    name: str
    params_per_dim: int = 2
    mean: float = 0.0
    scale: float = 1.0
    support: tuple[float, float] = (-math.inf, math.inf)

    def distribution_on(self, like: Tensor) -> Distribution:
        """The torch distribution with scalar parameters of the dtype and device of `like`."""
        raise NotImplementedError

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Draws of the given shape, float32, on the generator's device."""
        raise NotImplementedError

    def posterior(self, params: Tensor) -> Posterior:
        """The posterior of raw numbers `params` (B, P * D), any real values; computed in float32."""
        raise NotImplementedError

    def params_of(self, mean: Tensor, scale: Tensor) -> Tensor:
        """The raw numbers (B, P * D) whose posterior has this mean and standard deviation (B, D).

        What the prior's support does not allow is moved to the nearest that it does.
        """
        raise NotImplementedError

    def init_params(self, loc: Tensor) -> Tensor:
        """Raw numbers (B, P * D) that a codebook starts with: location parameters `loc` (B, D), a small scale."""
        raise NotImplementedError

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) per dimension, the shape of `z`, nats; -inf outside the support."""
        return _log_prob(self.distribution_on(z), z)

    def icdf(self, p: Tensor) -> Tensor:
        """Quantiles: the z below which a fraction `p` (0..1, any shape) of the prior lies."""
        quantiles: Tensor = self.distribution_on(p).icdf(p)
        return quantiles


# torch.distributions carries no types.
def _log_prob(distribution: Any, z: Tensor) -> Tensor:
    value: Tensor = distribution.log_prob(z)
    if isinstance(distribution, Exponential):
        # With its argument check off, torch continues the density to negative numbers.
        value = value.masked_fill(z < 0, -math.inf)
    return value


def _kl(q: Any, p: Any) -> Tensor:
    if isinstance(q, Uniform) and isinstance(p, Uniform):
        # As torch has it, but without a number from the host, which a card that captures the work would wait for.
        nats: Tensor = ((p.high - p.low) / (q.high - q.low)).log()
        return nats.masked_fill((p.low > q.low) | (p.high < q.high), math.inf)
    value: Tensor = kl_divergence(q, p)
    return value
