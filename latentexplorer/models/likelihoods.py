"""How a decoded image explains the pixels: -log p(x given z) in nats per image, with its constants.

All are densities (Bernoulli: a cross-entropy) of pixels on [0, 1], independent given z, summed over the image.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.registry import suggest

SIGMA_FLOOR = 1 / 255
"""A learned sigma stays above one grey level: pixels are that coarse, and below it the density has no bound."""
SIGMA_START = 0.3
_SIGMA_PACE = 10.0
Sigma = float | Literal["learned", "measured"]


class Likelihood(nn.Module):
    """p(x given z), whose mean is the decoded image. Call `nll`."""

    def nll(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """-log p(x given x_hat), nats.

        Parameters
        ----------
        x_hat : Tensor (B, ...), what the decoder answers; a linear decoder may leave [0, 1]
        x : Tensor (B, ...), float32, [0, 1]

        Returns
        -------
        Tensor (B,)
        """
        raise NotImplementedError

    def start(self, generator: torch.Generator) -> None:
        """Give learned numbers their first values."""


class _Scaled(Likelihood):
    """A likelihood with one standard deviation for all pixels: fixed, learned with the weights, or measured.

    Measured: a number that is set before training (`set_sigma`) and kept with the weights.

    Learned: log sigma = log floor + softplus(10 p), p a scalar; 10 makes it move at ten times the pace of a weight,
    because all pixels inform it (Rybkin et al. 2021, sigma-VAE).
    """

    measured_sigma: Tensor | None

    def __init__(self, sigma: Sigma) -> None:
        super().__init__()
        self.raw_sigma = nn.Parameter(torch.empty(())) if sigma == "learned" else None
        self.register_buffer("measured_sigma", torch.empty(()) if sigma == "measured" else None)
        if not isinstance(sigma, str):
            self.fixed_sigma = float(sigma)

    def start(self, generator: torch.Generator) -> None:
        self.set_sigma(SIGMA_START)

    def set_sigma(self, sigma: float) -> None:
        """Set a learned or measured sigma, at least `SIGMA_FLOOR`; nothing to do where it is fixed."""
        if self.raw_sigma is not None:
            above = math.log(max(sigma / SIGMA_FLOOR, 1 + 1e-6))
            nn.init.constant_(self.raw_sigma, math.log(math.expm1(above)) / _SIGMA_PACE)
        if self.measured_sigma is not None:
            self.measured_sigma.fill_(max(sigma, SIGMA_FLOOR))

    @property
    def sigma(self) -> float:
        """Standard deviation of the pixels, as it is now."""
        return math.exp(float(self.log_sigma))

    @property
    def log_sigma(self) -> Tensor | float:
        """Natural logarithm of sigma: a number where it is fixed, else a scalar tensor."""
        if self.measured_sigma is not None:
            return self.measured_sigma.log()
        if self.raw_sigma is None:
            return math.log(self.fixed_sigma)
        return math.log(SIGMA_FLOOR) + F.softplus(_SIGMA_PACE * self.raw_sigma)


class Gaussian(_Scaled):
    """N(x_hat, sigma^2): squared error / (2 sigma^2) + log(sigma sqrt(2 pi)) per pixel.

    Parameters
    ----------
    sigma : float, "learned" or "measured"
    """

    def nll(self, x_hat: Tensor, x: Tensor) -> Tensor:
        log_sigma = self.log_sigma
        weight = 0.5 * _exp(-2 * log_sigma)
        squared = F.mse_loss(x_hat.float(), x, reduction="none").flatten(1)
        return weight * squared.sum(1) + squared.shape[1] * (log_sigma + 0.5 * math.log(2 * math.pi))


class Laplace(_Scaled):
    """Laplace(x_hat, b) with b = sigma / sqrt(2), so that sigma is its standard deviation: an L1 error.

    |x - x_hat| / b + log(2 b) per pixel.

    Parameters
    ----------
    sigma : float, "learned" or "measured"
    """

    def nll(self, x_hat: Tensor, x: Tensor) -> Tensor:
        log_b = self.log_sigma - 0.5 * math.log(2)
        absolute = (x_hat.float() - x).abs().flatten(1)
        return _exp(-log_b) * absolute.sum(1) + absolute.shape[1] * (log_b + math.log(2))


class Bernoulli(Likelihood):
    """Cross-entropy of grey values on [0, 1], as the field uses it for VAEs: -x log x_hat - (1 - x) log(1 - x_hat).

    For grey values between 0 and 1 this is no normalised density: the constant of the continuous Bernoulli
    (Loaiza-Ganem and Cunningham 2019) is left out, as it is in the papers whose figures it is compared with.
    """

    EPS = 1e-6

    def nll(self, x_hat: Tensor, x: Tensor) -> Tensor:
        p = x_hat.float().clamp(self.EPS, 1 - self.EPS)
        return -(x * p.log() + (1 - x) * torch.log1p(-p)).flatten(1).sum(1)


def make_likelihood(name: str, sigma: Sigma) -> Likelihood:
    """The likelihood named in `model.likelihood`; `sigma` is a number, "learned" or "measured" (Bernoulli has none).

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if name == "gaussian":
        return Gaussian(sigma)
    if name == "laplace":
        return Laplace(sigma)
    if name == "bernoulli":
        return Bernoulli()
    raise SettingsError(f"There is no likelihood named {name!r}", suggest(name, ("gaussian", "bernoulli", "laplace")))


def measured_sigma(model: nn.Module) -> float | None:
    """The pixels' standard deviation of a model, where it was measured before training; else None."""
    for module in model.modules():
        if isinstance(module, _Scaled) and module.measured_sigma is not None:
            return module.sigma
    return None


def learned_sigma(model: nn.Module) -> float | None:
    """The pixels' standard deviation of a model, where it is learned with the weights, as it is now; else None."""
    for module in model.modules():
        if isinstance(module, _Scaled) and module.raw_sigma is not None:
            return module.sigma
    return None


def _exp(value: Tensor | float) -> Tensor | float:
    return value.exp() if isinstance(value, Tensor) else math.exp(value)
