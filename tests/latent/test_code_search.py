"""Codes sought by descent: against the closed form of PCA, a much longer descent, and the codes that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import FitMoved
from latentexplorer.latent.code_cost import CodeCost
from latentexplorer.latent.code_search import CodeSearch, Starts, search
from latentexplorer.latent.code_starts import starts_for
from latentexplorer.latent.linear_code import linear_draws, linear_posterior
from latentexplorer.runs import Trained

Small = Callable[..., Trained]
LEARNED = ("training.epochs=120", "model.latent_dim=4", "training.lr=0.01")


def sought(run: Trained, at: int = 0, *, seen: np.ndarray | None = None, seed: int = 0, steps: int = 300) -> CodeSearch:
    image = run.shown("train").images[at]
    y = 1 if run.config.model.kind.conditional else None
    return search(run, image, starts_for(run, image, seen=seen, y=y, seed=seed), seen=seen, y=y, steps=steps)


def without_quadrant(run: Trained) -> np.ndarray:
    seen = np.ones(run.image_shape[1:], bool)
    seen[: seen.shape[0] // 2, : seen.shape[1] // 2] = False
    return seen


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_of_pca_every_start_ends_at_the_closed_form(small_run: Small, seed: int) -> None:
    run = small_run("pca", "model.latent_dim=3")
    image, seen = run.shown("train").images[seed], without_quadrant(run)
    known = linear_posterior(run, image, seen)
    assert known is not None
    found = sought(run, seed, seen=seen, seed=seed)
    np.testing.assert_allclose(found.z, np.tile(known[0], (4, 1)), atol=0.02)
    # Where the posterior is wide its draws differ, and have its own mean and covariance.
    draws = linear_draws(*known, count=4000, seed=seed)
    np.testing.assert_allclose(draws[0], known[0], atol=1e-6)
    np.testing.assert_allclose(np.cov(draws[1:].T), known[1], atol=0.1 * np.abs(known[1]).max())
    # Where nothing is left, the prior is all there is.
    nothing = np.zeros_like(seen)
    assert np.abs(linear_posterior(run, image, nothing)[0]).max() < 1e-6  # type: ignore[index]
    alone = sought(run, seed, seen=nothing, seed=seed)
    assert np.abs(alone.z / CodeCost.of(run).spread).max() < 0.05 and not alone.errors.any()


@pytest.mark.parametrize("family", ["ad", "vae"])
def test_it_ends_where_a_much_longer_descent_ends(small_run: Small, family: str) -> None:
    run = small_run(family, *LEARNED)
    usual, long = sought(run), sought(run, steps=1000)
    reference = long.least[long.best]
    # As part of what there was to gain, in nats.
    assert usual.least[usual.best] - reference < 0.01 * (long.costs[0].mean() - reference)
    np.testing.assert_allclose(usual.error[usual.best], long.error[long.best], atol=2e-3)


@pytest.mark.parametrize("family", ["ad", "vad", "vae"])
def test_an_image_that_was_trained_on_finds_its_own_code(small_run: Small, family: str) -> None:
    run = small_run(family, *LEARNED)
    codes, images = run.codes_of("train").loc, run.shown("train").images
    usual = np.median(np.linalg.norm(codes[:, None] - codes[None], axis=2))
    for seed in range(3):
        found = sought(run, seed, seed=seed)
        decoded = run.decode(codes[seed][None], clamped=False)[0]
        kept = float(np.sqrt(np.square(decoded - images[seed] / 255).mean()))
        assert found.error[found.best] < kept + 0.005
        if not run.config.model.kind.encoder:
            # What an encoder says is near, not the best: the gap is what is shown.
            assert np.linalg.norm(found.z[found.best] - codes[seed]) < 0.5 * usual


@pytest.mark.parametrize("family", FAMILIES.names)
def test_every_family_that_decodes_an_image_can_be_asked(small_run: Small, family: str) -> None:
    run = small_run(family)
    if run.config.model.kind.separates:
        with pytest.raises(NotApplicableError, match="two images"):
            sought(run)
        return
    first, again, other = (sought(run, seen=without_quadrant(run), seed=seed, steps=20) for seed in (1, 1, 2))
    assert (first.least <= first.costs[0]).all() and np.isfinite(first.z).all()
    assert np.array_equal(first.trail, again.trail)
    assert not np.array_equal(first.trail[0], other.trail[0])
    encoder = run.config.model.kind.encoder
    assert first.names[0] == ("the encoder's code" if encoder else "the code of the training image most alike")


@pytest.mark.parametrize("prior", ["uniform", "exponential", "laplace"])
def test_it_stays_where_the_prior_allows_codes(small_run: Small, prior: str) -> None:
    run = small_run("vad", f"model.prior={prior}")
    assert run.prior is not None
    low, high = run.prior.support
    image = run.shown("train").images[0]
    far = Starts(np.array([[9.0] * run.code_dim, [-9.0] * run.code_dim], np.float32), ("high", "low"))
    found = search(run, image, far, steps=15)
    assert (found.trail > low).all() and (found.trail < high).all() and np.isfinite(found.costs).all()


def test_it_reports_as_it_goes_and_keeps_what_it_has_when_stopped(small_run: Small) -> None:
    run = small_run("vae")
    image, stop, moved = run.shown("train").images[0], StopToken(), list[FitMoved]()

    def watch(event: object) -> None:
        assert isinstance(event, FitMoved)
        moved.append(event)
        if event.step >= 10:
            stop.request()

    found = search(run, image, starts_for(run, image), steps=100, emit=watch, stop=stop)
    assert len(found.costs) - 1 == 10 and found.asked == 100
    assert moved[-1].errors.shape == (11, 4, 1) and moved[-1].z.shape == (1, run.code_dim)
