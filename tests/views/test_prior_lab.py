"""The prior lab over the families: what codes are held against, what is said where something is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from latentexplorer.models import Codes
from latentexplorer.runs import Trained
from latentexplorer.views.prior_lab import Settings, compute

Small = Callable[..., Trained]
FITTED = ["gaussian", "sampler"]


@pytest.mark.parametrize("family", ["vae", "cvae", "ae", "vad", "wae", "pca"])
def test_every_kind_of_family_is_held_against_all_that_there_is(small_run: Small, family: str) -> None:
    run = small_run(family)
    found = compute(run, Settings(draws=2))
    names = [row.name for row in found.rows]
    others = [name for name in ("normal", "laplace", "exponential", "uniform") if name in names]
    assert names == [*(["own"] if run.prior is not None else []), *others, *FITTED]
    assert len(others) == (3 if run.prior is not None and run.prior.scale == 1 else 4)
    assert any("has no prior" in note for note in found.notes) == (run.prior is None)
    assert found.row.name == ("own" if run.prior is not None else "gaussian")
    for row in found.rows:
        assert row.mismatch.wasserstein.shape == (run.code_dim,) and row.density.shape == found.places.shape
        again = run.decode(row.codes, row.labels, clamped=False)
        np.testing.assert_allclose(row.images, again, atol=1e-5)
    json.dumps(found.numbers)


def test_the_dimensions_that_are_off_most_stand_first_and_another_prior_sorts_them_anew(small_run: Small) -> None:
    found = compute(small_run("vae", "model.latent_dim=6"), Settings(draws=1))
    off = found.row.mismatch.wasserstein
    assert (np.diff(off[found.dims]) <= 0).all()
    # What the window does when another prior is chosen is what is worked out for it.
    other = found.by("laplace")
    asked = compute(small_run("vae", "model.latent_dim=6"), Settings(draws=1, prior="laplace"))
    assert other.dims.tolist() == asked.dims.tolist() and other.row.name == asked.row.name == "laplace"
    np.testing.assert_allclose(other.row.density, asked.row.density)
    np.testing.assert_allclose(other.drawn, asked.drawn)
    width = np.diff(other.edges, axis=1)
    assert (other.drawn * width).sum(1) == pytest.approx(np.ones(6), abs=0.1)
    assert (other.row.density[:, :-1] * np.diff(other.places, axis=1)).sum(1) == pytest.approx(np.ones(6), abs=0.2)


def with_codes(run: Trained, count: int) -> Trained:
    rng = np.random.default_rng(0)
    loc = rng.normal(2, 3, (count, run.code_dim)).astype(np.float32)
    return replace(run, codes={"train": Codes(loc, None, np.zeros(count, np.int64))})


def test_a_prior_with_the_codes_centre_and_width_is_held_against_their_shape(small_run: Small) -> None:
    run = with_codes(small_run("vae"), 3000)
    plain, matched = compute(run, Settings(draws=2)), compute(run, Settings(draws=2, matched=True))
    assert plain.unit == "code units" and matched.unit == "deviations of the codes"
    assert "code units off" in plain.sentence and "deviations of the codes off" in matched.sentence
    assert plain.row.mismatch.mean > 1.5
    assert matched.row.mismatch.mean <= 1.3 * matched.row.mismatch.chance.high
    wrong = matched.by("exponential").row.mismatch
    assert wrong.mean > 3 * wrong.chance.high


@pytest.mark.parametrize(
    ("count", "said", "fitted"),
    [(1, "Nothing is fitted", []), (5, "to 2 other", FITTED), (60_000, "5,000 of 60,000", FITTED)],
)
def test_few_and_many_codes(small_run: Small, count: int, said: str, fitted: list[str]) -> None:
    found = compute(with_codes(small_run("ae"), count), Settings(draws=1, codes=5000))
    assert said in ". ".join(found.notes), found.notes
    assert [row.name for row in found.rows if row.name in FITTED] == fitted
    assert found.count == min(-(-count // 2), 5000)
    assert all(np.isfinite(row.mismatch.mean) for row in found.rows)


def test_codes_that_are_no_numbers_are_left_out_and_counted(small_run: Small) -> None:
    run = with_codes(small_run("ae"), 50)
    run.codes["train"].loc[3] = np.nan
    assert "1 codes that are no numbers are left out" in ". ".join(compute(run, Settings(draws=1)).notes)


def test_what_is_fitted_has_not_the_luck_of_what_is_held_against_it(small_run: Small) -> None:
    """Of collapsed posteriors nothing but luck differs: with the same one the Gaussian's mean is that of the codes."""
    run = small_run("vae")
    wide = np.ones((200, run.code_dim), np.float32)
    run = replace(run, codes={"train": Codes(0 * wide, wide, np.arange(200))})
    found = compute(run, Settings(draws=1)).by("gaussian")
    fitted = np.average(found.places, axis=1, weights=found.row.density + 1e-12)
    z = np.average((found.edges[:, 1:] + found.edges[:, :-1]) / 2, axis=1, weights=found.drawn + 1e-12)
    assert np.abs(fitted - z).max() > 0.05
