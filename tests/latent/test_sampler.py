"""New codes from the prior and from a fitted density."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.neighbors import NearestNeighbors

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.latent.codes import draw_posteriors, kl_per_dim
from latentexplorer.latent.sampler import FittedSampler, PriorSampler
from latentexplorer.models import Codes
from latentexplorer.models.distributions import make_prior

CENTRES = np.array([[-4.0, 0, 1], [4, 2, 1], [0, -5, 1]])


def clusters(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    which = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    return (CENTRES[which] + 0.3 * rng.normal(size=(n, 3))).astype(np.float32), which


def test_a_fitted_sampler_recovers_a_known_mixture() -> None:
    codes, _ = clusters(3000)
    sampler = FittedSampler.fit(codes)
    z, y = sampler.sample(20_000, 1)
    assert y is None and z.shape == (20_000, 3) and z.dtype == np.float32
    nearest = np.linalg.norm(z[:, None] - CENTRES, axis=2).argmin(1)
    np.testing.assert_allclose(np.bincount(nearest) / len(z), [0.5, 0.3, 0.2], atol=0.03)
    assert (np.linalg.norm(z - CENTRES[nearest], axis=1) < 1.5).mean() > 0.99
    np.testing.assert_allclose(z.mean(0), codes.mean(0), atol=0.15)
    np.testing.assert_allclose(np.cov(z.T), np.cov(codes.T), atol=0.5)
    assert np.array_equal(z, FittedSampler.fit(codes).sample(20_000, 1)[0])
    assert "fitted to the training codes" in sampler.description


class StopsLater(StopToken):
    """Asked to stop at the given look."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def check(self) -> None:
        self.looks -= 1
        if not self.looks:
            raise Stopped


@pytest.mark.parametrize("dims", [3, 40])
def test_neighbours_sought_in_pieces_are_those_of_a_whole_search_which_can_be_stopped(dims: int) -> None:
    codes = np.random.default_rng(0).normal(size=(1100, dims))
    codes[500:520] = 20
    found = FittedSampler.fit(codes).densities[None].nearest
    whole = NearestNeighbors(n_neighbors=5).fit(codes).kneighbors(return_distance=False)
    alone = np.r_[:500, 520:1100]
    np.testing.assert_array_equal(found[alone], whole[alone])
    assert ((found[500:520] >= 500) & (found[500:520] < 520)).all()
    assert (found != np.arange(1100)[:, None]).all()
    with pytest.raises(Stopped):
        FittedSampler.fit(codes, stop=StopsLater(4))


def test_draws_are_new_codes_spread_as_the_known_ones_are() -> None:
    rng = np.random.default_rng(0)
    # A curved sheet of two dimensions in twenty: what a few Gaussians cannot follow.
    sheet = rng.uniform(-2, 2, (1500, 2))
    curve = rng.normal(size=(6, 20))
    bent = np.stack([*sheet.T, *np.sin(2 * sheet.T), *np.cos(2 * sheet.T)], axis=1)
    codes = (bent @ curve).astype(np.float32)
    z, _ = FittedSampler.fit(codes).sample(1500, 1)
    np.testing.assert_allclose(z.var(0), codes.var(0), rtol=0.15)
    np.testing.assert_allclose(z.mean(0), codes.mean(0), atol=0.3)
    known = NearestNeighbors(n_neighbors=1).fit(codes)
    between = NearestNeighbors(n_neighbors=1).fit(codes).kneighbors(return_distance=False)
    apart = np.linalg.norm(codes - codes[between[:, 0]], axis=1)
    away = known.kneighbors(z)[0][:, 0]
    # Neither copies of what is known, nor far from the sheet.
    assert np.median(away) > 0.2 * np.median(apart)
    assert np.quantile(away, 0.95) < 3 * np.quantile(apart, 0.95)


def test_without_temperature_draws_are_known_codes() -> None:
    codes = clusters(2000)[0]
    cold = FittedSampler.fit(codes).sample(500, 0, temperature=0.0)[0]
    assert {tuple(row) for row in cold.round(4)} <= {tuple(row) for row in codes.round(4)}
    prior = PriorSampler(make_prior("exponential"), 2)
    assert np.allclose(prior.sample(5, 0, temperature=0.0)[0], 1)
    warm = prior.sample(500, 0, temperature=3.0)[0]
    assert warm.min() >= 0


@pytest.mark.parametrize(("n", "least"), [(30, 0), (200, 1), (700, 3), (0, 0)])
def test_every_code_has_as_many_draws_near_it_as_any_other(n: int, least: int) -> None:
    codes = clusters(200)[0]
    cold = FittedSampler.fit(codes).sample(n, 3, temperature=0.0)[0]
    known = (np.linalg.norm(cold[:, None] - codes, axis=2)).argmin(1)
    counts = np.bincount(known, minlength=200)
    assert len(cold) == n and set(counts.tolist()) <= {least, least + 1}
    # In no order: a part of them is like the whole.
    assert n < 2 or (np.diff(known) < 0).any()


def test_draws_that_say_what_chance_does_are_independent_of_each_other() -> None:
    codes = clusters(400)[0]
    sampler = FittedSampler.fit(codes)
    # The mean of so many draws is as far off as their spread says, and not nearer.
    means = [sampler.sample(400, seed, alone=True)[0].mean(0) for seed in range(200)]
    np.testing.assert_allclose(np.std(means, axis=0) * math.sqrt(400), codes.std(0), rtol=0.2)
    even = [sampler.sample(400, seed)[0].mean(0) for seed in range(20)]
    assert (np.std(even, axis=0) * math.sqrt(400) < 0.5 * codes.std(0)).all()


@pytest.mark.parametrize("name", ["exponential", "uniform"])
def test_draws_stay_inside_a_bounded_support(name: str) -> None:
    prior = make_prior(name)
    codes = PriorSampler(prior, 3).sample(2000, 0)[0]
    z, _ = FittedSampler.fit(codes, support=prior.support).sample(5000, 1)
    low, high = prior.support
    assert z.min() >= low and z.max() <= high
    np.testing.assert_allclose(np.quantile(z, [0.25, 0.5, 0.75]), np.quantile(codes, [0.25, 0.5, 0.75]), atol=0.12)


def test_one_density_a_class_for_conditional_models() -> None:
    codes, which = clusters(900)
    sampler = FittedSampler.fit(codes, labels=which, num_classes=3)
    z, y = sampler.sample(300, 0)
    assert y is not None and np.abs(np.bincount(y, minlength=3) / 300 - [0.5, 0.3, 0.2]).max() < 0.1
    assert (np.linalg.norm(z[:, None] - CENTRES, axis=2).argmin(1) == y).all()
    z, y = sampler.sample(10, 0, y=np.full(10, 2))
    assert y is not None and (y == 2).all() and (np.linalg.norm(z - CENTRES[2], axis=1) < 2).all()
    with pytest.raises(NotApplicableError):
        FittedSampler.fit(codes[which != 2], labels=which[which != 2], num_classes=3).sample(4, 0, y=np.full(4, 2))


def test_few_codes_and_more_dimensions_than_codes() -> None:
    wide = np.random.default_rng(0).normal(size=(8, 40)).astype(np.float32)
    assert np.isfinite(FittedSampler.fit(wide).sample(50, 0)[0]).all()
    assert np.allclose(FittedSampler.fit(np.ones((3, 2))).sample(4, 0)[0], 1, atol=0.2)
    with pytest.raises(NotApplicableError):
        FittedSampler.fit(wide[:1])


@pytest.mark.parametrize("name", ["normal", "laplace", "exponential", "log-exponential", "uniform"])
def test_prior_draws_follow_the_prior(name: str) -> None:
    prior = make_prior(name)
    z, y = PriorSampler(prior, 1).sample(5000, 0)
    assert y is None
    unit = math.sqrt(6) / math.pi
    scipy_name, where = {
        "normal": ("norm", ()),
        "laplace": ("laplace", ()),
        "exponential": ("expon", ()),
        "log-exponential": ("gumbel_r", (-np.euler_gamma * unit, unit)),
        "uniform": ("uniform", (-1, 2)),
    }[name]
    assert kstest(z[:, 0], scipy_name, where).pvalue > 0.01
    assert np.array_equal(z, PriorSampler(prior, 1).sample(5000, 0)[0])


@pytest.mark.parametrize("name", ["normal", "laplace", "exponential", "log-exponential", "uniform"])
def test_posteriors_are_drawn_with_their_own_mean_and_spread(name: str) -> None:
    prior = make_prior(name)
    loc, scale = {"exponential": (0.4, 0.4), "log-exponential": (1.5, 1.0), "uniform": (0.3, 0.2)}.get(name, (1.5, 0.2))
    codes = Codes(np.full((20_000, 2), loc, np.float32), np.full((20_000, 2), scale, np.float32), np.arange(20_000))
    z = draw_posteriors(prior, codes, 0)
    np.testing.assert_allclose(z.mean(0), loc, rtol=0.03)
    np.testing.assert_allclose(z.std(0), scale, rtol=0.05)
    found = kl_per_dim(prior, codes)
    assert found is not None and found.shape == (2,) and (found > 0).all()
    points = Codes(codes.loc, None, codes.index)
    assert np.array_equal(draw_posteriors(prior, points, 0), codes.loc) and kl_per_dim(prior, points) is None
