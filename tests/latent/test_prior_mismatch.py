"""How far codes are from the prior, where both are Gaussians."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from latentexplorer.latent.prior_mismatch import mmd_to_normal, prior_mismatch
from latentexplorer.models import Codes
from latentexplorer.models.distributions import NormalPrior, UniformPrior


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
    assert found.count == 2000 and 0.005 < found.chance < 0.05


def test_draws_of_the_posteriors_are_held_against_the_prior_not_their_means() -> None:
    """A collapsed posterior has one mean for all images and is the prior all the same."""
    codes = Codes(np.zeros((3000, 2), np.float32), np.ones((3000, 2), np.float32), np.arange(3000))
    found = prior_mismatch(codes, NormalPrior())
    assert found.wasserstein == pytest.approx(np.zeros(2), abs=0.06) and abs(found.mmd or 1) < 0.003
    points = prior_mismatch(Codes(codes.loc, None, codes.index), NormalPrior())
    assert points.wasserstein == pytest.approx(np.full(2, np.sqrt(2 / np.pi)), abs=1e-3)


def test_another_prior_has_distances_but_no_closed_form() -> None:
    z = np.random.default_rng(0).uniform(-1, 1, (1000, 2)).astype(np.float32)
    found = prior_mismatch(Codes(z, None, np.arange(1000)), UniformPrior())
    assert found.mmd is None and found.wasserstein == pytest.approx(np.zeros(2), abs=0.04)


def test_one_code_has_a_distance_and_no_discrepancy() -> None:
    found = prior_mismatch(Codes(np.zeros((1, 2), np.float32), None, np.arange(1)), NormalPrior())
    assert found.mmd is None and np.isfinite(found.wasserstein).all()
    assert mmd_to_normal(np.random.default_rng(0).normal(size=(500, 128))) == pytest.approx(0, abs=0.01)
