"""Posteriors q(z given x): points, normal, Laplace, exponential (also as its logarithm), uniform."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import Distribution, Exponential, Gumbel, Laplace, Normal, Uniform

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.models.distributions.base import Posterior, Prior
from latentexplorer.models.distributions.draws import (
    Draws,
    centred_uniform,
    draw,
    standard_exponential,
    standard_laplace,
    standard_normal,
)

EULER = 0.5772156649
LOG_UNIT = math.sqrt(6) / math.pi
"""One over the standard deviation of the logarithm of an exponential variable."""


class Point(Posterior):
    """A code without a spread, as plain auto-encoders, auto-decoders and PCA have.

    Parameters
    ----------
    mean : Tensor (B, D)
    """

    def __init__(self, mean: Tensor) -> None:
        self.mean, self.scale = mean, None

    @property
    def distribution(self) -> Distribution:
        raise NotApplicableError("A code of this model is a point: it has no distribution")

    def rsample(self, draws: Draws) -> Tensor:
        """The point itself."""
        return self.mean

    def kl(self, prior: Prior) -> Tensor:
        raise NotApplicableError("A code of this model is a point: it has no KL divergence")


class NormalPosterior(Posterior):
    """N(mean, scale^2).

    Parameters
    ----------
    mean, scale : Tensor (B, D)
    """

    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        self.mean, self.scale = mean, scale

    @property
    def distribution(self) -> Normal:
        return Normal(self.mean, self.scale, validate_args=False)

    def kl(self, prior: Prior) -> Tensor:
        if prior.name != "normal":
            return super().kl(prior)
        # Kingma and Welling 2014, appendix B: half the operations that torch needs for any two normals.
        mean, scale = (part if prior.scale == 1 else part / prior.scale for part in (self.mean, self.scale))
        return torch.addcmul(mean * mean, scale, scale).sub(1).mul(0.5) - scale.log()

    def rsample(self, draws: Draws) -> Tensor:
        return self.mean + self.scale * draw(self.mean, draws, standard_normal)


class LaplacePosterior(Posterior):
    """Laplace(mean, b); its standard deviation is sqrt(2) b.

    Parameters
    ----------
    mean, b : Tensor (B, D)
    """

    def __init__(self, mean: Tensor, b: Tensor) -> None:
        self.mean, self.b, self.scale = mean, b, b * math.sqrt(2)

    @property
    def distribution(self) -> Laplace:
        return Laplace(self.mean, self.b, validate_args=False)

    def rsample(self, draws: Draws) -> Tensor:
        return self.mean + self.b * draw(self.mean, draws, standard_laplace)


class ExponentialPosterior(Posterior):
    """Exponential of the given rate; mean and standard deviation are both 1 / rate.

    Parameters
    ----------
    rate : Tensor (B, D)
    """

    def __init__(self, rate: Tensor) -> None:
        self.rate, self.mean = rate, 1 / rate
        self.scale = self.mean

    @property
    def distribution(self) -> Exponential:
        return Exponential(self.rate, validate_args=False)

    def rsample(self, draws: Draws) -> Tensor:
        return self.mean * draw(self.mean, draws, standard_exponential)


class LogExponentialPosterior(Posterior):
    """Minus the logarithm of an exponential variable, as `LogExponentialPrior` scales it.

    Parameters
    ----------
    log_rate : Tensor (B, D)
        Of the exponential.
    """

    def __init__(self, log_rate: Tensor) -> None:
        self.mean = LOG_UNIT * log_rate
        self.scale = torch.ones_like(self.mean)
        self.loc = self.mean - EULER * LOG_UNIT

    @property
    def distribution(self) -> Gumbel:
        return Gumbel(self.loc, torch.full_like(self.loc, LOG_UNIT), validate_args=False)

    def rsample(self, draws: Draws) -> Tensor:
        size = draw(self.mean, draws, standard_exponential)
        return self.loc - LOG_UNIT * size.clamp_min(torch.finfo(size.dtype).tiny).log()


class UniformPosterior(Posterior):
    """Uniform on [mean - half, mean + half].

    Parameters
    ----------
    mean, half : Tensor (B, D)
        Centre and half the width.
    """

    def __init__(self, mean: Tensor, half: Tensor) -> None:
        self.mean, self.half, self.scale = mean, half, half / math.sqrt(3)

    @property
    def distribution(self) -> Uniform:
        return Uniform(self.mean - self.half, self.mean + self.half, validate_args=False)

    def rsample(self, draws: Draws) -> Tensor:
        z = self.mean + self.half * draw(self.mean, draws, centred_uniform)
        # Few draws in a million round onto the upper edge, where torch finds no density any more.
        inside = torch.nextafter((self.mean + self.half).detach(), self.mean.detach())
        return torch.minimum(z, inside)
