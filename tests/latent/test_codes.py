"""Codes of new images, draws of new codes, classes to decode with: asked of really trained models."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.data import ImageSet
from latentexplorer.latent.classes import labels_for, labels_of
from latentexplorer.latent.codes import FIT_STEPS, codes_of, infer
from latentexplorer.latent.diagnostics import rmse
from latentexplorer.latent.sampler import draw
from tests.latent.conftest import Make


def test_codes_of_new_images_are_fitted_visibly_where_there_is_no_encoder(trained: Make) -> None:
    run = trained("vad")
    images = run.images("test").images
    found = infer(run, images)
    assert found.codes.loc.shape == (40, 3) and found.codes.scale is not None
    assert found.steps_taken > 1 and found.path[-1][1] < found.path[0][1]
    error = rmse(images, run.decode(found.codes.loc))
    assert error < 0.9 * rmse(images, run.decode(np.zeros((40, 3))))
    assert np.array_equal(infer(run, images).codes.loc, found.codes.loc)
    cold = infer(run, images, start="cold", steps=5)
    assert cold.steps_taken == 5 and cold.path[0][1] > found.path[0][1]


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.encoder])
def test_codes_are_fitted_in_the_format_of_the_training_and_as_well(trained: Make, family: str) -> None:
    exact = trained(family)
    assert not exact.bf16
    images = exact.images("test").images
    slow, quick = (infer(run, images).codes.loc for run in (exact, replace(exact, bf16=True)))
    assert not np.array_equal(slow, quick), "the quick way is another one"
    errors = [rmse(images, exact.decode(loc)) for loc in (slow, quick)]
    assert errors[1] == pytest.approx(errors[0], rel=0.02)


@pytest.mark.parametrize("prior", ["", "normal", "laplace"])
def test_codes_that_are_kept_are_within_one_per_cent_of_a_fit_of_many_steps(trained: Make, prior: str) -> None:
    run = trained("vad", f"model.prior={prior}") if prior else trained("ad")
    images = run.images("test").images
    usual, long = (infer(run, images, steps=steps) for steps in (FIT_STEPS, 1_000))
    errors = [rmse(images, run.decode(found.codes.loc, clamped=False)) for found in (usual, long)]
    assert errors[0] < 1.01 * errors[1]
    # Of points the fit ends before that, and asking for more must not end it while steps are still large.
    assert errors[1] < 1.002 * errors[0] and (long.steps_taken < 500) == (not prior)
    if not prior:
        last = [value for _, value in long.path[-4:-1]]
        assert np.ptp(last) < 1e-5 * abs(long.path[0][1] - last[-1]), "it ends with steps that move nothing"


def test_an_encoder_answers_at_once(trained: Make) -> None:
    run = trained("vae")
    found = infer(run, run.images("test").images)
    assert found.path == []
    np.testing.assert_allclose(found.codes.loc, codes_of(run, "test").loc, atol=1e-5)


def test_a_conditional_model_needs_classes_for_codes_and_decodes(trained: Make) -> None:
    run = trained("cvae")
    with pytest.raises(NotApplicableError, match="needs its class"):
        infer(run, run.images("test").images)
    with pytest.raises(NotApplicableError, match="for a class"):
        labels_for(run, None, 3)
    with pytest.raises(SettingsError, match="out of range"):
        labels_for(run, np.array([0, 10]), 2)
    with pytest.raises(SettingsError, match="2 codes cannot"):
        labels_for(run, np.array([0]), 2)
    assert labels_for(trained("vae"), np.array([0, 99]), 2) is None


def test_classes_of_new_images_are_matched_by_name(trained: Make) -> None:
    pixels, labels = np.zeros((3, 8, 8, 1), np.uint8), np.array([0, 1, 1])

    def found(family: str, *names: str) -> list[int]:
        places = labels_of(trained(family), ImageSet(pixels, labels, names))
        assert places is not None
        return places.tolist()

    assert found("cvae", "3", "7") == [3, 7, 7]
    assert found("vae", "cat", "dog") == [10, 11, 11], "classes that it does not know come after its own"
    with pytest.raises(SettingsError, match="no class 'cat'"):
        found("cvae", "3", "cat")


@pytest.mark.parametrize("family", FAMILIES.names)
@pytest.mark.parametrize("origin", ["prior", "fitted"])
def test_draws_decode_from_the_codes_and_where_there_is_one_from_the_prior(
    trained: Make, family: str, origin: Literal["prior", "fitted"]
) -> None:
    run = trained(family)
    if origin == "prior" and run.prior is None:
        with pytest.raises(NotApplicableError, match="no prior"):
            draw(run, 4, origin=origin)
        return
    z, y = draw(run, 6, origin=origin, seed=1)
    assert z.shape == (6, run.code_dim) and z.dtype == np.float32 and (y is not None) == FAMILIES[family].conditional
    assert run.decode(z, y).shape == (6, 8, 8 * FAMILIES[family].components, 1)
    again, _ = draw(run, 6, origin=origin, seed=1)
    assert np.array_equal(z, again) and not np.array_equal(z, draw(run, 6, origin=origin, seed=2)[0])


def test_a_class_may_be_asked_for_of_conditional_models_only(trained: Make) -> None:
    y = draw(trained("cvae"), 4, origin="fitted", label=7)[1]
    assert y is not None and y.tolist() == [7] * 4
    with pytest.raises(SettingsError, match="no class 10"):
        draw(trained("cvae"), 4, label=10)
    with pytest.raises(NotApplicableError):
        draw(trained("vae"), 4, label=1)


def test_a_run_without_codes_of_a_part_says_so(trained: Make) -> None:
    with pytest.raises(NotApplicableError, match="no codes of nonsense"):
        codes_of(trained("vae"), "nonsense")
