"""Posteriors and priors of latent codes: normal, Laplace, exponential (also as its logarithm), uniform; points.

Densities, quantiles and KL divergences are those of torch.distributions. Draws are made here from standard draws,
because torch.distributions cannot take a generator of its own and would draw from the global one.

A network or a codebook answers with raw numbers, `params` (B, P * D), P blocks of D: P = 2 (location and scale) or
1 (exponential: its rate). Every raw number is allowed; scales are bounded softly, so that nothing overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, Exponential, Gumbel, Laplace, Normal, Uniform, kl_divergence

from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.core.registry import suggest

LOG_SCALE_LIMIT = 10.0
"""Bound on the absolute log of a scale or rate: e^-10 .. e^10."""
EULER = 0.5772156649
LOG_UNIT = math.sqrt(6) / math.pi
"""One over the standard deviation of the logarithm of an exponential variable."""
START_SCALE = 0.1
"""Standard deviation that a codebook's posteriors start with; the exponential, which has no scale of its own, starts
at its prior."""
UNIFORM_MARGIN = 1e-4
"""How far a uniform posterior stays inside its prior's support."""


@dataclass(frozen=True)
class ShareOfDraws:
    """The draws of some images of a batch: those that they would get if the whole batch were drawn for at once.

    Attributes
    ----------
    generator : torch.Generator
    rows : Tensor (b,), int64
        Positions of these images in the batch.
    count : int
        Images of the whole batch.
    """

    generator: torch.Generator
    rows: Tensor
    count: int


Draws = torch.Generator | ShareOfDraws
"""Where the draws for a batch come from; a share where several processes train on one batch."""


def draw(like: Tensor, draws: Draws, fill: Callable[[Tensor, torch.Generator], Tensor]) -> Tensor:
    """Random numbers (b, ...) of the shape, type and device of `like`, whose first dimension are images.

    Parameters
    ----------
    fill : callable
        Fills a tensor from a generator: see `standard_normal`.
    """
    if isinstance(draws, torch.Generator):
        return fill(torch.empty(like.shape, dtype=like.dtype, device=like.device), draws)
    whole = torch.empty((draws.count, *like.shape[1:]), dtype=like.dtype, device=like.device)
    return fill(whole, draws.generator)[draws.rows]


def standard_normal(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from N(0, 1)."""
    return out.normal_(generator=generator)


def standard_exponential(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from an exponential of rate 1."""
    return out.exponential_(generator=generator)


def standard_laplace(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from Laplace(0, 1): the difference of two unit exponentials, which is always finite."""
    return out.exponential_(generator=generator) - torch.empty_like(out).exponential_(generator=generator)


def unit_uniform(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from the uniform distribution on [0, 1)."""
    return out.uniform_(generator=generator)


def centred_uniform(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill with draws from the uniform distribution on [-1, 1)."""
    return out.uniform_(-1, 1, generator=generator)


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

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z) per dimension (B, D), nats; -inf outside the support."""
        return _log_prob(self.distribution, z)

    def kl(self, prior: Prior) -> Tensor:
        """KL(q, p) per dimension (B, D), nats; infinite where q reaches outside the support of p."""
        return _kl(self.distribution, prior.distribution_on(self.mean))


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
        return self.mean + self.half * draw(self.mean, draws, centred_uniform)


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
        """Quantiles: the z below which a part `p` (0..1, any shape) of the prior lies."""
        quantiles: Tensor = self.distribution_on(p).icdf(p)
        return quantiles


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
        return Gumbel(like.new_tensor(-EULER * LOG_UNIT), like.new_tensor(LOG_UNIT), validate_args=False)

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
        part = (scale * math.sqrt(3) / self._inside).clamp(1.0 / (1 + math.exp(LOG_SCALE_LIMIT - 0.1)), 1 - 1e-4)
        room = self._inside * (1 - part)
        centre = torch.atanh((mean / room).clamp(-1 + 1e-6, 1 - 1e-6))
        return torch.cat([centre, _unbounded(torch.logit(part))], dim=1)

    def init_params(self, loc: Tensor) -> Tensor:
        """A narrow interval whose centre is about tanh(`loc`)."""
        part = torch.full_like(loc, START_SCALE * math.sqrt(3) / self._inside)
        return torch.cat([loc, _unbounded(torch.logit(part))], dim=1)


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


# torch.distributions carries no types.
def _log_prob(distribution: Any, z: Tensor) -> Tensor:
    value: Tensor = distribution.log_prob(z)
    if isinstance(distribution, Exponential):
        # With its argument check off, torch continues the density to negative numbers.
        value = value.masked_fill(z < 0, -math.inf)
    return value


def _kl(q: Any, p: Any) -> Tensor:
    value: Tensor = kl_divergence(q, p)
    return value
