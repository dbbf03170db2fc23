"""How likely codes are: densities that are densities, and numbers that mean a part of held-out codes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.density import FITTED, PRIOR, densities_of, prior_log_density
from latentexplorer.latent.sampler import MOST_CODES, FittedSampler
from latentexplorer.latent.support import known_codes
from latentexplorer.models.distributions import NormalPrior, UniformPrior
from latentexplorer.runs import Trained


@pytest.mark.parametrize("support", [(-math.inf, math.inf), (-4.0, 4.0), (-4.0, math.inf)])
def test_a_fitted_density_is_one_in_all_and_nothing_outside(support: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    codes = np.clip(rng.normal(size=(80, 2)), -3.5, 3.5)
    fitted = FittedSampler.fit(codes, support=support)
    axis = np.arange(-7, 7, 0.1)
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    mass = np.exp(fitted.log_density(places))
    assert mass.sum() * 0.01 == pytest.approx(1, abs=0.03)
    assert (mass[(places < support[0]).any(1) | (places > support[1]).any(1)] == 0).all()


@pytest.mark.parametrize("dims,count", [(2, 600), (8, 2000), (128, 60_000)])
def test_a_fitted_density_orders_codes_as_the_true_one_does(dims: int, count: int) -> None:
    rng = np.random.default_rng(dims)

    def draw(n: int) -> np.ndarray:
        """Of two Gaussians, far apart."""
        return rng.normal(size=(n, dims)) * 0.5 + np.where(rng.random((n, 1)) < 0.5, 3, -3)

    fitted = FittedSampler.fit(draw(count))
    assert len(fitted.densities[None].points) == min(count, MOST_CODES)
    near, middle = draw(60), 0.3 * rng.normal(size=(20, dims))
    away = np.minimum(np.square(near - 3).sum(1), np.square(near + 3).sum(1))
    assert spearmanr(fitted.log_density(near), -away).statistic > 0.6
    assert fitted.log_density(middle).max() < fitted.log_density(near).min()


def test_codes_that_are_all_alike_have_a_density() -> None:
    fitted = FittedSampler.fit(np.ones((12, 3)))
    found = fitted.log_density(np.array([[1.0, 1, 1], [1, 1, 2]]))
    assert np.isfinite(found).all() and found[0] > found[1]


@pytest.mark.parametrize("family", ["vae", "ae", "cvae"])
def test_held_out_codes_are_uniform_in_what_they_are_compared_with(
    trained: Callable[..., Trained], family: str
) -> None:
    run = trained(family)
    known = known_codes(run)
    assert known is not None
    half, other = known.take(slice(0, None, 2)), known.take(slice(1, None, 2))
    densities = densities_of(replace(run, codes={**run.codes, "test": half}))
    judged = densities(other.loc, other.labels)
    assert [found.by for found in judged] == ([FITTED] if family == "ae" else [PRIOR, FITTED])
    for found in judged:
        assert abs(float(found.share.mean()) - 0.5) < 0.2, found.by
        assert found.sentence().startswith(f"By the {found.by} more likely than ")
        assert found.sentence().endswith(f" % of {len(half)} held-out codes")
    far = densities(9 * np.ones((1, run.code_dim), np.float32), np.zeros(1, np.int64))
    assert [found.share[0] for found in far] == [0] * len(judged)
    # The middle of a normal prior is its likeliest code, whether images lie there or not.
    middle = densities(np.zeros((1, run.code_dim), np.float32), np.zeros(1, np.int64))
    assert family == "ae" or middle[0].share[0] == 1


def test_within_a_uniform_prior_all_codes_are_as_likely(trained: Callable[..., Trained]) -> None:
    inside, outside = np.full((1, 3), 0.5), np.full((1, 3), 99.0)
    assert prior_log_density(NormalPrior(), np.zeros((1, 2)))[0] == pytest.approx(-math.log(2 * math.pi))
    assert prior_log_density(UniformPrior(), outside)[0] == -math.inf
    run = replace(trained("ae"), codes=dict(trained("ae").codes))
    few = {"train": run.codes["train"].take(slice(0, 19)), "test": run.codes["test"]}
    with pytest.raises(NotApplicableError, match="Fewer than 20"):
        densities_of(replace(run, codes=few))
    # Nothing held out: every second training code takes its place.
    alone = densities_of(replace(run, codes={"train": run.codes["train"]}))
    assert alone(inside)[0].sentence().endswith("% of 60 training codes")
