"""Priors p(z), and the posteriors that go with them: normal, Laplace, exponential (also as its logarithm), uniform.

A network or a codebook answers with raw numbers, `params` (B, P * D), P blocks of D: P = 2 (location and scale) or
1 (exponential: its rate). Every raw number is allowed; scales are bounded softly, so that nothing overflows.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.distributions import Exponential, Gumbel, Laplace, Normal, Uniform

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.registry import suggest
from latentexplorer.models.distributions.base import Prior
from latentexplorer.models.distributions.draws import (
    centred_uniform,
    standard_exponential,
    standard_laplace,
    standard_normal,
)
from latentexplorer.models.distributions.posteriors import (
    EULER,
    LOG_UNIT,
    ExponentialPosterior,
    LaplacePosterior,
    LogExponentialPosterior,
    NormalPosterior,
    UniformPosterior,
)

LOG_SCALE_LIMIT = 10.0
"""Bound on the absolute log of a scale or rate: e^-10 .. e^10."""
START_SCALE = 0.1
"""Standard deviation that a codebook's posteriors start with; the exponential, which has no scale of its own, starts
at its prior."""
UNIFORM_MARGIN = 1e-4
"""How far a uniform posterior stays inside its prior's support."""


class NormalPrior(Prior):
    """N(0, scale^2). Raw numbers: mean, log-variance.

    Parameters
    ----------
    scale : float
        Standard deviation; 1 but for auto-decoders whose code penalty asks for less.
    """

    name = "normal"

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def distribution_on(self, like: Tensor) -> Normal:
        zero = like.new_zeros(())
        return Normal(zero, zero + self.scale, validate_args=False)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return self.scale * standard_normal(_empty(shape, generator), generator)

    def posterior(self, params: Tensor) -> NormalPosterior:
        mean, log_variance = params.float().chunk(2, dim=1)
        return NormalPosterior(mean, _bounded(log_variance / 2).exp())

    def params_of(self, mean: Tensor, scale: Tensor) -> Tensor:
        return torch.cat([mean, 2 * _unbounded(scale.log())], dim=1)

    def init_params(self, loc: Tensor) -> Tensor:
        return self.params_of(loc, torch.full_like(loc, START_SCALE))


class LaplacePrior(Prior):
    """Laplace(0, 1). Raw numbers: location, log-scale."""

    name = "laplace"
    scale = math.sqrt(2)

    def distribution_on(self, like: Tensor) -> Laplace:
        zero = like.new_zeros(())
        return Laplace(zero, zero + 1, validate_args=False)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return standard_laplace(_empty(shape, generator), generator)

    def posterior(self, params: Tensor) -> LaplacePosterior:
        mean, log_b = params.float().chunk(2, dim=1)
        return LaplacePosterior(mean, _bounded(log_b).exp())

    def params_of(self, mean: Tensor, scale: Tensor) -> Tensor:
        return torch.cat([mean, _unbounded((scale / math.sqrt(2)).log())], dim=1)

    def init_params(self, loc: Tensor) -> Tensor:
        return self.params_of(loc, torch.full_like(loc, START_SCALE))


class ExponentialPrior(Prior):
    """Exponential(1), codes are positive. Raw number: log-rate, so one number sets mean and spread together."""

    name = "exponential"
    params_per_dim = 1
    mean = 1.0
    support = (0.0, math.inf)

    def distribution_on(self, like: Tensor) -> Exponential:
        return Exponential(like.new_ones(()), validate_args=False)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return standard_exponential(_empty(shape, generator), generator)

    def posterior(self, params: Tensor) -> ExponentialPosterior:
        return ExponentialPosterior(_bounded(params.float()).exp())

    def params_of(self, mean: Tensor, scale: Tensor) -> Tensor:
        return _unbounded(-mean.clamp_min(math.exp(-LOG_SCALE_LIMIT)).log())

    def init_params(self, loc: Tensor) -> Tensor:
        """Rates around the prior's: `loc` is the log of the mean."""
        return -loc


class LogExponentialPrior(Prior):
    """Minus the logarithm of Exponential(1), on the whole line: a Gumbel, shifted and scaled to mean 0 and deviation 1.

    Exponential posteriors differ by the order of their size alone. On this scale all of them are equally wide, and KLs
    are those of the sizes, because no change of variables changes a KL. Raw number: log-rate of the exponential.
    """

    name = "log-exponential"
    params_per_dim = 1

    def distribution_on(self, like: Tensor) -> Gumbel:
        return Gumbel(like.new_full((), -EULER * LOG_UNIT), like.new_full((), LOG_UNIT), validate_args=False)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return self.posterior(_empty(shape, generator).zero_()).rsample(generator)

    def posterior(self, params: Tensor) -> LogExponentialPosterior:
        return LogExponentialPosterior(_bounded(params.float()))

    def params_of(self, mean: Tensor, scale: Tensor) -> Tensor:
        return _unbounded(mean / LOG_UNIT)

    def init_params(self, loc: Tensor) -> Tensor:
        """Means `loc`, moved so that the sizes are the prior's in the mean where `loc` is normal.

        The mean of a lognormal variable is exp(m + v / 2), m and v the mean and variance of its logarithm; sizes above
        the prior's cost themselves in nats.
        """
        log_rate = loc / LOG_UNIT
        return log_rate + (log_rate.square().mean() / 2 if log_rate.numel() else 0)


class UniformPrior(Prior):
    """Uniform on [-1, 1]. Raw numbers: centre, width, mapped so that the interval always lies inside the support.

    A uniform posterior that reached outside would have an infinite KL. With half-width
    h = m sigmoid(w), m = 1 - UNIFORM_MARGIN, and centre (m - h) tanh(c), it never does, and both ends can move freely.
    """

    name = "uniform"
    scale = 1 / math.sqrt(3)
    support = (-1.0, 1.0)
    _inside = 1 - UNIFORM_MARGIN

    def distribution_on(self, like: Tensor) -> Uniform:
        one = like.new_ones(())
        return Uniform(-one, one, validate_args=False)

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        return centred_uniform(_empty(shape, generator), generator)

    def posterior(self, params: Tensor) -> UniformPosterior:
        centre, width = params.float().chunk(2, dim=1)
        half = self._inside * torch.sigmoid(_bounded(width))
        return UniformPosterior((self._inside - half) * torch.tanh(centre), half)

    def params_of(self, mean: Tensor, scale: Tensor) -> Tensor:
        fraction = (scale * math.sqrt(3) / self._inside).clamp(1.0 / (1 + math.exp(LOG_SCALE_LIMIT - 0.1)), 1 - 1e-4)
        room = self._inside * (1 - fraction)
        centre = torch.atanh((mean / room).clamp(-1 + 1e-6, 1 - 1e-6))
        return torch.cat([centre, _unbounded(torch.logit(fraction))], dim=1)

    def init_params(self, loc: Tensor) -> Tensor:
        """A narrow interval whose centre is about tanh(`loc`)."""
        fraction = torch.full_like(loc, START_SCALE * math.sqrt(3) / self._inside)
        return torch.cat([loc, _unbounded(torch.logit(fraction))], dim=1)


_PRIORS: dict[str, type[Prior]] = {
    prior.name: prior for prior in (NormalPrior, LaplacePrior, ExponentialPrior, LogExponentialPrior, UniformPrior)
}


def make_prior(name: str) -> Prior:
    """The prior named: normal, laplace, exponential, log-exponential or uniform (`ModelConfig.code_prior`).

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if name not in _PRIORS:
        raise SettingsError(f"There is no prior named {name!r}", suggest(name, _PRIORS))
    return _PRIORS[name]()


def _bounded(log_scale: Tensor) -> Tensor:
    """Near zero the identity; approaches +-LOG_SCALE_LIMIT smoothly, so that gradients never stop."""
    return LOG_SCALE_LIMIT * torch.tanh(log_scale / LOG_SCALE_LIMIT)


def _unbounded(log_scale: Tensor) -> Tensor:
    """The inverse of `_bounded`."""
    return LOG_SCALE_LIMIT * torch.atanh((log_scale / LOG_SCALE_LIMIT).clamp(-0.999, 0.999))


def _empty(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.empty(shape, device=generator.device)
