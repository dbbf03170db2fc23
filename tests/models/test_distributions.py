"""Posteriors and priors against torch.distributions, integration, Monte Carlo and the known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from torch import Tensor, distributions

from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.models.distributions import Point, Posterior, UniformPosterior, make_prior

NAMES = ("normal", "laplace", "exponential", "log-exponential", "uniform")
DRAWS = 1_000_000


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_params(name: str, rows: int = 4, dims: int = 3, spread: float = 1.0) -> Tensor:
    width = make_prior(name).params_per_dim * dims
    return spread * torch.randn(rows, width, generator=seeded(3), dtype=torch.float64).float()


def some_posterior(name: str) -> Posterior:
    return make_prior(name).posterior(some_params(name))


def reference_kl(name: str, q: Posterior) -> Tensor:
    """Closed forms, written out apart from torch: of q against the standard distribution of its kind."""
    d = q.distribution
    if name == "normal":
        return -d.scale.log() + (d.scale**2 + d.loc**2) / 2 - 0.5
    if name == "laplace":
        return d.loc.abs() + d.scale * (-d.loc.abs() / d.scale).exp() - d.scale.log() - 1
    if name == "exponential":
        return d.rate.log() + 1 / d.rate - 1
    if name == "log-exponential":
        log_rate = q.mean * math.pi / math.sqrt(6)
        return log_rate + (-log_rate).exp() - 1
    return (2 / (d.high - d.low)).log()


@pytest.mark.parametrize("name", NAMES)
def test_kl_is_the_closed_form(name: str) -> None:
    q = some_posterior(name)
    torch.testing.assert_close(q.kl(make_prior(name)), reference_kl(name, q), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_kl_is_what_torch_says(name: str) -> None:
    q = some_posterior(name)
    standard = {
        "normal": distributions.Normal(0.0, 1.0),
        "laplace": distributions.Laplace(0.0, 1.0),
        "exponential": distributions.Exponential(1.0),
        "log-exponential": distributions.Gumbel(-0.5772157 * math.sqrt(6) / math.pi, math.sqrt(6) / math.pi),
        "uniform": distributions.Uniform(-1.0, 1.0),
    }[name]
    expected = distributions.kl_divergence(q.distribution, standard)
    torch.testing.assert_close(q.kl(make_prior(name)), expected)


@pytest.mark.parametrize("name", NAMES)
def test_kl_is_the_integral(name: str) -> None:
    prior = make_prior(name)
    q = prior.posterior(some_params(name, rows=1, dims=2))
    for dim in range(2):

        def density(z: float, dim: int = dim) -> float:
            value = torch.full((1, 2), z, dtype=torch.float32)
            log_q, log_p = q.log_prob(value)[0, dim], prior.log_prob(value)[0, dim]
            return 0.0 if log_q == -math.inf else float(log_q.double().exp() * (log_q.double() - log_p.double()))

        mean, scale = float(q.mean[0, dim]), float(q.scale[0, dim])
        if name == "uniform":
            low, high = float(q.distribution.low[0, dim]), float(q.distribution.high[0, dim])
        else:
            low, high = (max(mean - 25 * scale, prior.support[0]), mean + 25 * scale)
        integral = quad(density, low, high, points=[min(max(mean, low), high)], limit=400, epsabs=1e-7, epsrel=1e-6)[0]
        assert integral == pytest.approx(float(q.kl(prior)[0, dim]), rel=2e-3, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_kl_is_the_mean_over_draws(name: str) -> None:
    prior = make_prior(name)
    params = prior.init_params(torch.tensor([[0.5]])) if name != "exponential" else torch.tensor([[0.7]])
    q = prior.posterior(params.expand(DRAWS, -1))
    z = q.rsample(seeded(1))
    estimate = (q.log_prob(z) - prior.log_prob(z)).double().mean()
    assert float(estimate) == pytest.approx(float(q.kl(prior)[0, 0]), rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_draws_have_the_moments_and_quantiles_of_the_distribution(name: str) -> None:
    q = make_prior(name).posterior(some_params(name, rows=1, dims=1).expand(DRAWS, -1))
    z = q.rsample(seeded(2)).double()
    mean, scale = float(q.mean[0, 0]), float(q.scale[0, 0])
    assert float(z.mean()) == pytest.approx(mean, abs=0.01 * scale)
    assert float(z.std()) == pytest.approx(scale, rel=0.01)
    assert scale == pytest.approx(float(q.distribution.stddev[0, 0]), rel=1e-5)
    assert mean == pytest.approx(float(q.distribution.mean[0, 0]), rel=1e-5)
    for p in (0.05, 0.3, 0.8, 0.99):
        quantile = q.distribution.icdf(torch.tensor(p))[0, 0]
        assert float((z <= quantile).double().mean()) == pytest.approx(p, abs=2e-3)


@pytest.mark.parametrize("name", NAMES)
def test_prior_draws_and_quantiles(name: str) -> None:
    prior = make_prior(name)
    z = prior.sample((DRAWS // 10, 10), seeded(4))
    assert z.shape == (DRAWS // 10, 10)
    assert float(z.mean()) == pytest.approx(prior.mean, abs=0.01 * prior.scale)
    assert float(z.std()) == pytest.approx(prior.scale, rel=0.01)
    assert float(z.min()) >= prior.support[0] and float(z.max()) <= prior.support[1]
    p = torch.tensor([[0.01, 0.25], [0.5, 0.97]])
    below = torch.stack([(z <= quantile).float().mean() for quantile in prior.icdf(p).flatten()])
    torch.testing.assert_close(below, p.flatten(), atol=2e-3, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_log_densities_integrate_to_one_and_end_at_the_support(name: str) -> None:
    prior = make_prior(name)
    low, high = max(prior.support[0], -40.0), min(prior.support[1], 40.0)
    total = quad(lambda z: float(prior.log_prob(torch.tensor([z])).exp()), low, high, points=[0.0], limit=200)[0]
    assert total == pytest.approx(1, abs=1e-4)
    if math.isfinite(prior.support[0]):
        assert prior.log_prob(torch.tensor([prior.support[0] - 0.01])) == -math.inf


@pytest.mark.parametrize("name", NAMES)
def test_the_posterior_at_the_prior_costs_nothing(name: str) -> None:
    prior = make_prior(name)
    mean = torch.full((1, 2), prior.mean)
    q = prior.posterior(prior.params_of(mean, torch.full((1, 2), prior.scale)))
    assert float(q.kl(prior).max()) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_draws_come_from_the_generator_alone(name: str) -> None:
    before = torch.get_rng_state()
    q, prior = some_posterior(name), make_prior(name)
    assert torch.equal(q.rsample(seeded(5)), q.rsample(seeded(5)))
    assert not torch.equal(q.rsample(seeded(5)), q.rsample(seeded(6)))
    assert torch.equal(prior.sample((3, 2), seeded(5)), prior.sample((3, 2), seeded(5)))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", NAMES)
def test_gradients_flow_through_a_reparameterised_draw(name: str) -> None:
    params = some_params(name).requires_grad_()
    q = make_prior(name).posterior(params)
    (gradient,) = torch.autograd.grad(q.rsample(seeded()).square().sum(), params)
    assert bool((gradient != 0).all())
    assert not q.distribution.sample().requires_grad, "a plain draw has no gradient"


def test_the_gradient_of_a_draw_is_that_of_its_expectation() -> None:
    """d/dm E z^2 = 2 m for a normal: what makes reparameterised draws worth taking."""
    params = torch.tensor([[0.8, 0.0]]).requires_grad_()
    z = make_prior("normal").posterior(params.expand(DRAWS, -1)).rsample(seeded())
    (gradient,) = torch.autograd.grad(z.square().mean(), params)
    assert float(gradient[0, 0]) == pytest.approx(1.6, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [30.0, 1e4, 1e30])
def test_absurd_raw_numbers_stay_finite(name: str, size: float) -> None:
    params = torch.cat([size * torch.sign(some_params(name))] * 2).requires_grad_()
    q = make_prior(name).posterior(params)
    log_scale = torch.cat([q.scale.log(), q.rsample(seeded()) / size])
    assert bool(log_scale.isfinite().all())
    kl = q.kl(make_prior(name))
    assert bool((kl >= -1e-5).all())
    if size < 1e30:
        assert bool(kl.isfinite().all())
        (gradient,) = torch.autograd.grad(kl.sum(), params)
        assert bool(gradient.isfinite().all())


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0, 1e3, 1e30])
def test_a_uniform_posterior_never_leaves_its_prior(size: float) -> None:
    prior = make_prior("uniform")
    q = prior.posterior(size * torch.randn(500, 8, generator=seeded()))
    assert float(q.distribution.low.min()) > -1 and float(q.distribution.high.max()) < 1
    assert bool(q.kl(prior).isfinite().all())
    z = q.rsample(seeded())
    assert bool(prior.log_prob(z).isfinite().all())


@pytest.mark.parametrize("name", NAMES)
def test_raw_numbers_of_a_posterior_give_it_back(name: str) -> None:
    prior = make_prior(name)
    q = prior.posterior(some_params(name, spread=2.0))
    again = prior.posterior(prior.params_of(q.mean, q.scale))
    torch.testing.assert_close(again.mean, q.mean, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(again.scale, q.scale, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_codebook_starts_small_and_apart(name: str) -> None:
    prior = make_prior(name)
    loc = 0.1 * torch.randn(50, 4, generator=seeded())
    q = prior.posterior(prior.init_params(loc))
    assert q.mean.shape == (50, 4)
    assert float(q.mean.std()) > 0.05
    if "exponential" not in name:
        assert 0.05 < float(q.scale.mean()) < 0.3


@pytest.mark.parametrize("spread", [0.1, 1.0, 1.5])
def test_sizes_start_as_large_as_their_prior(spread: float) -> None:
    """However far apart their logarithms are; a start far above the prior costs its own size in nats."""
    prior = make_prior("log-exponential")
    params = prior.init_params(spread * torch.randn(50_000, 4, generator=seeded()))
    assert float((-params).exp().mean()) == pytest.approx(1, rel=0.1)
    assert float(prior.posterior(params).mean.std()) == pytest.approx(spread, rel=0.1)
    assert prior.init_params(torch.zeros(0, 4)).shape == (0, 4)


def test_a_logarithmic_scale_changes_codes_and_no_kl() -> None:
    rate, log_rate = make_prior("exponential"), make_prior("log-exponential")
    params = torch.linspace(-4, 4, 9)[:, None]
    size, code = rate.posterior(params), log_rate.posterior(params)
    torch.testing.assert_close(code.kl(log_rate), size.kl(rate), rtol=1e-4, atol=1e-5)
    # The same draws, written differently: minus the logarithm, to mean 0 and standard deviation 1 of the prior.
    drawn, written = size.rsample(seeded()), code.rsample(seeded())
    torch.testing.assert_close(written, -(drawn.log() + 0.577216) * math.sqrt(6) / math.pi, rtol=1e-4, atol=1e-4)


def test_half_precision_parameters_are_computed_in_float32() -> None:
    for name in NAMES:
        q = make_prior(name).posterior(some_params(name).bfloat16())
        assert q.mean.dtype == q.scale.dtype == q.kl(make_prior(name)).dtype == torch.float32


def test_a_point_is_its_own_draw_and_has_no_density() -> None:
    z = torch.ones(2, 3)
    point = Point(z)
    assert point.scale is None and point.rsample(seeded()) is z
    with pytest.raises(NotApplicableError):
        point.kl(make_prior("normal"))
    with pytest.raises(NotApplicableError):
        point.log_prob(z)


def test_an_unknown_prior_is_named() -> None:
    with pytest.raises(SettingsError, match=r"laplac.*laplace"):
        make_prior("laplac")


def test_the_known_answers_of_the_reports() -> None:
    """KL of a fair coin from a 0.7 / 0.3 coin, and the general Gaussian form that one report has upside down."""
    fair, biased = (distributions.Categorical(torch.tensor(p)) for p in ([0.5, 0.5], [0.7, 0.3]))
    kl = float(distributions.kl_divergence(fair, biased))
    assert kl == pytest.approx(0.08718, abs=5e-6)
    assert kl / math.log(10) == pytest.approx(0.03786, abs=5e-6)
    (m_q, s_q), (m_p, s_p) = (0.3, 0.5), (-0.2, 2.0)
    expected = math.log(s_p / s_q) + (s_q**2 + (m_q - m_p) ** 2) / (2 * s_p**2) - 0.5
    normals = [distributions.Normal(m, s) for m, s in ((m_q, s_q), (m_p, s_p))]
    assert float(distributions.kl_divergence(*normals)) == pytest.approx(expected, rel=1e-5)


def test_wrong_forms_of_the_reports_are_not_ours() -> None:
    """At these values the printed formulas differ from the right ones by far more than rounding."""
    exponential = make_prior("exponential")
    posterior = exponential.posterior(torch.tensor([[math.log(3.0)]]))
    ours, rate = float(posterior.kl(exponential)), float(posterior.rate)
    assert ours == pytest.approx(math.log(rate) + 1 / rate - 1, rel=1e-5)
    assert abs(ours - (-math.log(rate) + rate - 1)) > 0.4
    laplace = make_prior("laplace")
    q = laplace.posterior(torch.tensor([[1.5, math.log(0.2)]]))
    b = float(q.b)
    assert float(q.kl(laplace)) == pytest.approx(1.5 + b * np.exp(-1.5 / b) - np.log(b) - 1, rel=1e-4)
    # With q and p in each other's place, as printed.
    assert abs(float(q.kl(laplace)) - (1.5 + np.exp(-1.5) / b + np.log(b) - 1)) > 0.4


def test_the_mean_size_of_a_laplace_draw_is_not_one_more_than_its_location() -> None:
    mu, b = 1.5, 0.4
    drawn = make_prior("laplace").posterior(torch.tensor([[mu, math.log(b)]]).expand(DRAWS, -1))
    size = float(drawn.rsample(seeded()).abs().double().mean())
    b = float(drawn.b[0, 0])
    assert size == pytest.approx(mu + b * math.exp(-mu / b), rel=2e-3)
    assert abs(size - (1 + mu)) > 0.5


def test_a_uniform_posterior_with_free_ends_costs_infinitely_much() -> None:
    """Why ours stays inside its prior, where the cost is the logarithm of how much narrower it is."""
    prior = distributions.Uniform(-1.0, 1.0)
    assert float(distributions.kl_divergence(distributions.Uniform(-0.5, 1.2), prior)) == math.inf
    ours = make_prior("uniform")
    q = ours.posterior(torch.tensor([[0.3, -0.8]]))
    low, high = float(q.distribution.low), float(q.distribution.high)
    assert float(q.kl(ours)) == pytest.approx(math.log(2 / (high - low)), rel=1e-5)


def test_a_density_is_no_cumulative_distribution() -> None:
    laplace = make_prior("laplace")
    z = torch.tensor([0.0, 1.0])
    density, below = laplace.log_prob(z).exp(), distributions.Laplace(0.0, 1.0).cdf(z)
    torch.testing.assert_close(density, (-z.abs()).exp() / 2)
    assert bool((below - density).abs().max() > 0.3)


def test_a_divergence_is_cross_entropy_less_entropy() -> None:
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([0.7, 0.3])
    entropy, cross = float(-(p * p.log()).sum()), float(-(p * q.log()).sum())
    kl = float(distributions.kl_divergence(distributions.Categorical(p), distributions.Categorical(q)))
    assert kl == pytest.approx(cross - entropy) and kl > 0


def test_noise_is_as_wide_as_the_standard_deviation_not_its_root() -> None:
    prior = make_prior("normal")
    raw = prior.params_of(torch.zeros(1, 1), torch.full((1, 1), 0.25))
    drawn = prior.posterior(raw.expand(DRAWS, -1)).rsample(seeded())
    assert float(drawn.double().std()) == pytest.approx(0.25, rel=0.01)


def test_no_uniform_draw_falls_onto_an_edge_where_it_has_no_density() -> None:
    mean = torch.full((2_000_000, 1), 0.9)
    posterior = UniformPosterior(mean, torch.full_like(mean, 1e-3))
    z = posterior.rsample(torch.Generator().manual_seed(0))
    assert bool(posterior.log_prob(z).isfinite().all())
