"""How far codes are from a distribution: the closed forms of Gaussians, and what chance gives at no mismatch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from latentexplorer.latent.prior_candidates import GaussianCandidate, PriorCandidate, SamplerCandidate
from latentexplorer.latent.prior_mismatch import Measured, across, discrepancy, mismatch, pairs, prior_mismatch
from latentexplorer.latent.sampler import FittedSampler
from latentexplorer.models import Codes
from latentexplorer.models.distributions import NormalPrior, make_prior

PRIORS = ("normal", "laplace", "exponential", "log-exponential", "uniform")


def mmd_of_gaussians(mean: np.ndarray, scale: float, square: float) -> float:
    """Between N(mean, scale^2) and N(0, 1), in closed form."""
    dims = len(mean)
    own = (square / (square + 2 * scale**2)) ** (dims / 2)
    cross = square + 1 + scale**2
    both = (square / cross) ** (dims / 2) * np.exp(-np.square(mean).sum() / (2 * cross))
    return float(own - 2 * both + (square / (square + 2)) ** (dims / 2))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.5, 1.0), (0.0, 0.3), (1.0, 2.0)])
def test_two_gaussians_are_as_far_apart_as_their_closed_forms_say(seed: int, shift: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    mean = np.array([shift, 0.0, -shift])
    z = (mean + scale * rng.normal(size=(2000, 3))).astype(np.float32)
    found = prior_mismatch(Codes(z, None, np.arange(2000)), NormalPrior(), seed=seed)
    # Of the same width the distance is the shift; of the same mean it is the difference of widths times E|x|.
    expected = np.abs(mean) if scale == 1 else np.full(3, abs(1 - scale) * np.sqrt(2 / np.pi))
    if scale == 1 or shift == 0:
        assert found.wasserstein == pytest.approx(expected, abs=0.06)
    draws = rng.normal(size=200_000)
    assert found.wasserstein[0] == pytest.approx(wasserstein_distance(z[:, 0], draws), abs=0.02)
    assert found.mmd == pytest.approx(mmd_of_gaussians(mean, scale, 3.0), abs=0.002 if shift == 0 else 0.012)
    assert found.count == 2000
    # What is off is beyond what chance gives, and by how much more is told.
    assert (found.mean > 3 * found.chance.high) == (scale != 1 or shift != 0)


@pytest.mark.parametrize("name", PRIORS)
def test_draws_of_a_prior_itself_are_as_far_away_as_is_said_and_without_bias(name: str) -> None:
    """Over many seeds: the discrepancy is nought in the mean, and 95 % of both numbers lie where they are said to."""
    prior, count, seeds = PriorCandidate(make_prior(name), 3), 100, 120
    width = math.sqrt(3) * prior.prior.scale
    first = mismatch(Measured.of(prior.draw(count, 1), width), prior)
    assert first.mmd_chance is not None
    known = prior.kernel_mean(width)
    mmds, distances = [], []
    for seed in range(2, seeds):
        z = prior.draw(count, seed)
        mmds.append(discrepancy(pairs(z, width), z, known))
        quantiles = prior.quantiles((np.arange(count) + 0.5) / count)
        distances.append(np.abs(np.sort(z, 0) - quantiles).mean())
    assert abs(np.mean(mmds)) < 3.5 * np.std(mmds) / math.sqrt(seeds)
    for found, chance in ((np.array(mmds), first.mmd_chance), (np.array(distances), first.chance)):
        inside = ((found >= chance.low) & (found <= chance.high)).mean()
        assert 0.88 <= inside <= 0.995


@pytest.mark.parametrize("name", PRIORS)
@pytest.mark.parametrize("unit", [False, True])
def test_the_kernels_mean_over_a_prior_is_that_of_very_many_draws(name: str, unit: bool) -> None:
    prior = PriorCandidate(make_prior(name), 2, unit=unit)
    draws, a = prior.draw(200_000, 0), np.array([[0.0, 0.3], [2.0, -1.0], [-40.0, 0.1]])
    of_points, twice = prior.kernel_mean(0.8)
    for at, expected in zip(a, of_points(a), strict=True):
        assert across(at[None], draws, 0.8) == pytest.approx(expected, abs=0.002)
    assert across(draws[:1500], draws[-1500:], 0.8) == pytest.approx(twice, abs=0.01)
    if unit:
        assert draws.mean(0) == pytest.approx([0, 0], abs=0.02) and draws.std(0) == pytest.approx([1, 1], abs=0.02)


def test_a_fitted_gaussian_agrees_with_its_own_closed_form_also_where_it_is_flat() -> None:
    """Codes in a plane of four dimensions, turned: the distance of two Gaussians that are the same is nought."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0][:2]
    z = (rng.normal(size=(4000, 2)) * [2.0, 0.5]) @ turn + 1
    fitted = GaussianCandidate(z[::2])
    found = mismatch(Measured.of(z[1::2], 2.0), fitted)
    assert found.mmd == pytest.approx(0, abs=0.004) and found.mean < 0.08
    draws = fitted.draw(4000, 1)
    assert np.cov(draws.T) == pytest.approx(np.cov(z.T), abs=0.2)
    of_points, twice = fitted.kernel_mean(2.0)
    assert across(z[:500], draws, 2.0) == pytest.approx(float(of_points(z[:500]).mean()), abs=0.01)
    assert pairs(draws[:2000], 2.0) == pytest.approx(twice, abs=0.01)


def test_the_fitted_sampler_is_nearer_to_codes_in_two_heaps_than_a_gaussian() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(1600, 2)) * 0.2 + np.where(rng.random(1600) < 0.5, -2, 2)[:, None]
    sampler = SamplerCandidate(FittedSampler.fit(z[::2]), np.zeros(2), np.ones(2), 0)
    codes = Measured.of(z[1::2], 2.0)
    by_sampler, by_gaussian = mismatch(codes, sampler), mismatch(codes, GaussianCandidate(z[::2]))
    assert by_sampler.mmd is not None and by_gaussian.mmd is not None and by_gaussian.mmd_chance is not None
    assert by_sampler.mmd < 0.2 * by_gaussian.mmd and by_gaussian.mmd > by_gaussian.mmd_chance.high
    assert by_sampler.mean < 0.5 * by_gaussian.mean


def test_a_shape_is_held_against_a_shape_where_centre_and_width_are_made_the_same() -> None:
    """Moved and widened, codes drawn from a Laplace are Laplace, and beyond chance Normal."""
    rng = np.random.default_rng(0)
    z = rng.laplace(3, 5, (2000, 2))
    framed = Measured.of((z - z.mean(0)) / z.std(0), math.sqrt(2), matched=True)
    of_laplace = mismatch(framed, PriorCandidate(make_prior("laplace"), 2, unit=True))
    of_normal = mismatch(framed, PriorCandidate(make_prior("normal"), 2, unit=True))
    assert of_laplace.mean <= of_laplace.chance.high and of_normal.mean > of_normal.chance.high
    assert of_normal.beyond == 2


def test_draws_of_the_posteriors_are_held_against_the_prior_not_their_means() -> None:
    """A collapsed posterior has one mean for all images and is the prior all the same."""
    codes = Codes(np.zeros((3000, 2), np.float32), np.ones((3000, 2), np.float32), np.arange(3000))
    found = prior_mismatch(codes, NormalPrior())
    assert found.wasserstein == pytest.approx(np.zeros(2), abs=0.06) and abs(found.mmd or 1) < 0.003
    points = prior_mismatch(Codes(codes.loc, None, codes.index), NormalPrior())
    assert points.wasserstein == pytest.approx(np.full(2, np.sqrt(2 / np.pi)), abs=1e-3)


@pytest.mark.parametrize(("count", "dims"), [(1, 2), (2, 1), (40, 128)])
def test_few_codes_and_many_numbers_have_finite_distances(count: int, dims: int) -> None:
    z = np.random.default_rng(0).normal(size=(count, dims)).astype(np.float32)
    found = prior_mismatch(Codes(z, None, np.arange(count)), make_prior("laplace"))
    assert np.isfinite(found.wasserstein).all() and found.chance.low < found.chance.high
    assert (found.mmd is None) == (count == 1)


@pytest.mark.parametrize(("count", "fitted_to"), [(400, 400), (1200, 300)])
@pytest.mark.parametrize("kind", ["gaussian", "sampler"])
def test_what_is_fitted_to_codes_is_off_by_their_luck_too(kind: str, count: int, fitted_to: int) -> None:
    """Normal codes held against what was fitted to others of them: 2.5 % of the dimensions are beyond chance."""
    beyond, within, sets, dims = 0, 0, 3, 40
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        z, others = rng.normal(size=(count, dims)), rng.normal(size=(fitted_to, dims))
        fitted = (
            GaussianCandidate(others)
            if kind == "gaussian"
            else SamplerCandidate(FittedSampler.fit(others), np.zeros(dims), np.ones(dims), seed)
        )
        found = mismatch(Measured.of(z, math.sqrt(dims)), fitted, seed=seed)
        assert found.mmd is not None and found.mmd_chance is not None
        beyond += found.beyond
        within += found.mean <= 1.1 * found.chance.high and found.mmd <= 1.5 * found.mmd_chance.high
    assert 0 < beyond / (sets * dims) < 0.06
    assert within == sets
