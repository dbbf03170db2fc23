"""Likelihoods against torch.distributions: nats per image with their constants."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, distributions

from latentexplorer.core.errors import SettingsError
from latentexplorer.models.likelihoods import SIGMA_FLOOR, Bernoulli, Gaussian, Laplace, Likelihood, make_likelihood


def images() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, 1, 5, 4, generator=generator), torch.rand(3, 1, 5, 4, generator=generator)


@pytest.mark.parametrize("sigma", [0.05, math.sqrt(0.5), 2.0])
def test_gaussian_and_laplace_are_densities_of_that_standard_deviation(sigma: float) -> None:
    x_hat, x = images()
    normal = distributions.Normal(x_hat, sigma)
    laplace = distributions.Laplace(x_hat, sigma / math.sqrt(2))
    assert float(laplace.stddev.mean()) == pytest.approx(sigma)
    for ours, density in ((Gaussian(sigma), normal), (Laplace(sigma), laplace)):
        torch.testing.assert_close(ours.nll(x_hat, x), -density.log_prob(x).flatten(1).sum(1), rtol=1e-5, atol=1e-3)


def test_bernoulli_is_the_cross_entropy() -> None:
    x_hat, x = images()
    expected = torch.nn.functional.binary_cross_entropy(x_hat, x, reduction="none").flatten(1).sum(1)
    torch.testing.assert_close(Bernoulli().nll(x_hat, x), expected, rtol=1e-4, atol=1e-4)
    black = (x > 0.5).float()
    density = distributions.Bernoulli(x_hat)
    torch.testing.assert_close(
        Bernoulli().nll(x_hat, black), -density.log_prob(black).flatten(1).sum(1), rtol=1e-4, atol=0
    )


def test_bernoulli_is_finite_for_a_decoder_that_is_certain_and_wrong() -> None:
    x_hat = torch.tensor([[0.0, 1.0]], requires_grad=True)
    nll = Bernoulli().nll(x_hat, torch.tensor([[1.0, 0.0]]))
    nll.sum().backward()
    assert bool(nll.isfinite().all()) and bool(x_hat.grad.isfinite().all())


@pytest.mark.parametrize("kind", [Gaussian, Laplace])
def test_a_learned_sigma_finds_the_error_that_there_is(kind: type[Likelihood]) -> None:
    likelihood = make_likelihood(kind.__name__.lower(), "learned")
    likelihood.start(torch.Generator())
    generator = torch.Generator().manual_seed(0)
    x_hat = torch.full((200, 100), 0.5)
    noise = distributions.Normal(0.0, 0.07) if kind is Gaussian else distributions.Laplace(0.0, 0.07 / math.sqrt(2))
    x = x_hat + noise.icdf(torch.rand(x_hat.shape, generator=generator).clamp(1e-6, 1 - 1e-6))
    optimiser = torch.optim.Adam(likelihood.parameters(), lr=1e-2)
    for _ in range(300):
        optimiser.zero_grad()
        likelihood.nll(x_hat, x).mean().backward()
        optimiser.step()
    assert math.exp(float(torch.as_tensor(likelihood.log_sigma).detach())) == pytest.approx(0.07, rel=0.03)


def test_a_learned_sigma_has_a_floor() -> None:
    likelihood = Gaussian("learned")
    likelihood.set_sigma(1e-9)
    assert math.exp(float(torch.as_tensor(likelihood.log_sigma).detach())) == pytest.approx(SIGMA_FLOOR, rel=1e-3)
    likelihood.set_sigma(0.25)
    assert math.exp(float(torch.as_tensor(likelihood.log_sigma).detach())) == pytest.approx(0.25, rel=1e-4)


def test_an_unknown_likelihood_is_named() -> None:
    with pytest.raises(SettingsError, match=r"gausian.*gaussian"):
        make_likelihood("gausian", 0.1)
