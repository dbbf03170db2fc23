"""The terms of losses beside reconstruction and KL: closed forms, and what an image has to do with the others."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig
from latentexplorer.models import Batch, build_model
from latentexplorer.models.distributions import NormalPosterior, NormalPrior, make_prior
from latentexplorer.models.families.tc_vae import kl_in_three
from latentexplorer.models.families.wae import WIDTHS, squared_mmd

WITH_TERMS = [family.name for family in FAMILIES if family.terms]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def mmd_of_normals(mean: Tensor, variance: Tensor) -> float:
    """Squared MMD of N(mean, variance) and N(0, I): normal densities under kernels of normal shape (D,)."""
    found = 0.0
    for width in WIDTHS:
        v = width * len(mean)
        among = (v / (v + 2 * variance)).sqrt().prod()
        between = ((v / (v + variance + 1)).sqrt() * torch.exp(-(mean**2) / (2 * (v + variance + 1)))).prod()
        found += float(among - 2 * between + (v / (v + 2)) ** (len(mean) / 2)) / len(WIDTHS)
    return found


@pytest.mark.parametrize(
    ("mean", "variance"), [([0.0, 0.0], [1.0, 1.0]), ([0.5, 0.0, -0.3], [2.0, 0.2, 1.0]), ([3.0], [0.01])]
)
def test_the_mmd_is_that_of_two_normal_distributions_without_bias(mean: list[float], variance: list[float]) -> None:
    m, v = torch.tensor(mean), torch.tensor(variance)
    # In batches as small as these a bias of 1 / B would be seen from afar.
    codes = m + v.sqrt() * torch.randn(4000, 8, len(m), generator=generator())
    found = torch.stack([squared_mmd(z) for z in codes]).double()
    error = float(found.std()) / math.sqrt(len(found))
    assert float(found.mean()) == pytest.approx(mmd_of_normals(m, v), abs=4 * error)
    assert error < 0.02 * (mmd_of_normals(m, v) + 0.2)


def test_the_mmd_draws_codes_towards_the_prior() -> None:
    z = (3 + 0.1 * torch.randn(64, 2, generator=generator())).requires_grad_()
    before = squared_mmd(z)
    (slope,) = torch.autograd.grad(before, z)
    assert bool((slope.mean(0) > 0).all())
    assert float(squared_mmd(torch.randn(64, 2, generator=generator(1)))) < 0.02 < float(before.detach())
    assert float(squared_mmd(torch.ones(1, 2))) == 0


def test_the_three_terms_of_the_kl_are_those_of_normal_posteriors_around_normal_means() -> None:
    """With means from N(0, S) and one scale for all, q(z) is N(0, S + scale^2) when there are many images."""
    count = 4000
    spread = torch.tensor([[1.3, 0.0], [1.04, 0.78]])
    scale = torch.tensor([0.5, 0.7])
    posteriors = NormalPosterior(torch.randn(count, 2, generator=generator()) @ spread.T, scale.expand(count, 2))
    z = posteriors.rsample(generator(1))
    covariance = spread @ spread.T + torch.diag(scale**2)
    variance = covariance.diagonal()
    expected = {
        "mi": (torch.logdet(covariance) - 2 * scale.log().sum()) / 2,
        "tc": (variance.log().sum() - torch.logdet(covariance)) / 2,
        "dimwise_kl": (variance - 1 - variance.log()).sum() / 2,
    }
    found = kl_in_three(posteriors, z, NormalPrior(), count)
    for name, value in found.items():
        error = float(value.std()) / math.sqrt(count)
        assert float(value.mean()) == pytest.approx(float(expected[name]), abs=4 * error), name
        assert 4 * error < 0.3 * float(expected[name])


@pytest.mark.parametrize("name", ["normal", "laplace", "exponential", "log-exponential", "uniform"])
def test_the_three_terms_add_up_to_the_kl_at_every_draw(name: str) -> None:
    prior = make_prior(name)
    posteriors = prior.posterior(torch.randn(24, prior.params_per_dim * 3, generator=generator()))
    z = posteriors.rsample(generator(1))
    found = kl_in_three(posteriors, z, prior, 1000)
    expected = (posteriors.log_prob(z) - prior.log_prob(z)).sum(1)
    torch.testing.assert_close(sum(found.values()), expected, rtol=1e-4, atol=1e-4)
    # Draws of some images, among the posteriors of all of them, are worth the same.
    some = kl_in_three(posteriors, z[:5], prior, 1000)
    for key, value in found.items():
        torch.testing.assert_close(some[key], value[:5])


def test_the_density_of_all_codes_is_estimated_without_bias_from_a_batch() -> None:
    count, size = 40, 5
    posteriors = NormalPosterior(torch.randn(count, 1, generator=generator()), torch.full((count, 1), 0.3))
    z = posteriors.rsample(generator(1))[:1]
    of_image = posteriors.log_prob(z)[0, 0]
    exact = torch.exp(of_image - kl_in_three(posteriors, z, NormalPrior(), count)["mi"])
    draws, shuffle = [], generator(2)
    for _ in range(5_000):
        rows = torch.cat(
            [torch.zeros(1, dtype=torch.int64), 1 + torch.randperm(count - 1, generator=shuffle)[: size - 1]]
        )
        batch = NormalPosterior(posteriors.mean[rows], posteriors.scale[rows])
        draws.append(torch.exp(of_image - kl_in_three(batch, z, NormalPrior(), count)["mi"]))
    found = torch.cat(draws).double()
    assert float(found.mean()) == pytest.approx(float(exact), abs=4 * float(found.std()) / math.sqrt(len(found)))
    assert float(found.std()) / math.sqrt(len(found)) < 0.02 * float(exact)


def test_a_tc_vae_without_its_weight_is_a_vae() -> None:
    batch = Batch(torch.rand(8, 1, 8, 8, generator=generator()))
    costs = []
    for family in ("vae", "tc-vae"):
        model = build_model(ModelConfig(family=family, latent_dim=3, tc_weight=0), (1, 8, 8), 0, 100)
        costs.append(model.cost(model.loss(batch, generator(1)), 1.0))
    assert torch.equal(*costs)
    model.config = model.config.model_copy(update={"tc_weight": 4.0})
    terms = model.loss(batch, generator(1))
    torch.testing.assert_close(model.cost(terms, 1.0) - costs[0], 4 * terms.extra["tc"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("family", WITH_TERMS)
def test_what_a_term_is_with_several_processes_is_what_it_is(family: str) -> None:
    """A term that is no quantity of the batch is the same whatever other images are in the batch."""
    kind = FAMILIES[family]
    model = build_model(
        ModelConfig(family=family, latent_dim=3, architecture=kind.architectures[-1]), (1, 8, 8), 0, 100
    )
    model.eval()
    x = torch.rand(12, 1, 8, 8, generator=generator())
    whole = model.loss(Batch(x, index=torch.arange(12))).extra
    part = model.loss(Batch(x[:5], index=torch.arange(5))).extra
    for term in kind.terms:
        same = torch.allclose(whole[term.name][:5], part[term.name], rtol=1e-4)
        assert same != term.of_batch, f"{term.name} says of_batch = {term.of_batch}"
