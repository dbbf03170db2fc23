"""`evaluate`: every field, for every family, as JSON, repeatable, and right."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import DataError, SettingsError, Stopped
from latentexplorer.core.events import Event, Progress
from latentexplorer.latent.codes import infer
from latentexplorer.latent.diagnostics import norm_metric, rmse
from latentexplorer.latent.evaluation import FIELDS, as_json, evaluate
from latentexplorer.latent.readability import Readers
from latentexplorer.latent.sample_distances import FRECHET
from latentexplorer.models import decode_images, encode_images
from latentexplorer.models.families.wae import squared_mmd
from tests.conftest import SORTS
from tests.latent.conftest import Make

Found = Callable[[str], dict[str, Any]]
QUICK = {"iwae_images": 40, "iwae_draws": 20}


@pytest.fixture(scope="module")
def found(trained: Make) -> Found:
    """`found("vae")`: what `evaluate` says of that family's run, worked out once."""
    return cache(lambda family: evaluate(trained(family), **QUICK))


@pytest.mark.parametrize("family", SORTS)
def test_every_sort_of_family_has_every_field(trained: Make, found: Found, family: str) -> None:
    run = trained(family)
    kind = FAMILIES[family]
    metrics = found(family)
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
    assert {"run", "family", "data", "train", "test", "samples"} <= set(metrics)
    assert metrics["family"] == family and metrics["data"] == "digits" and metrics["run"] == family
    assert tuple(metrics["samples"]) == FRECHET
    assert (metrics["samples"]["frechet_real"] is not None) == (not kind.separates)
    for name, count in (("train", 120), ("test", 40)):
        part: dict[str, Any] = metrics[name]
        assert set(FIELDS) <= set(part) and part["images"] == {"used": count, "of": count}
        for key in ("norm_metric", "rmse", "psnr", "ssim", "recon", "sse_plus_kl", *(term.name for term in kind.terms)):
            assert isinstance(part[key], float), key
        variational = (part["kl"], part["elbo"], part["active_units"], part["kl_per_dim"])
        if kind.variational:
            assert part["elbo"] == pytest.approx(-(part["recon"] + part["kl"]))
            assert len(part["kl_per_dim"]) == 3 and sum(part["kl_per_dim"]) == pytest.approx(part["kl"], rel=1e-4)
            assert 0 <= part["active_units"] <= 3
        else:
            assert variational == (None, None, None, None)
        if not kind.separates:
            assert set(part["readability"]) == {"mean", "range", "originals"}
            assert part["readability"]["originals"] > 60
        else:
            assert part["readability"] is None
    prior = not kind.separates and run.prior is not None
    assert (metrics["samples"]["frechet_prior"] is not None) == prior
    assert (metrics["samples"]["frechet_fitted"] is not None) == (not kind.separates)
    assert (metrics["test"]["iwae"] is not None) == (kind.variational and kind.encoder)


def test_a_term_of_the_batch_is_measured_on_batches_like_those_of_training(trained: Make, found: Found) -> None:
    # 40 images in batches of 32 at most, evenly, and shuffled: the first twenty may be of one class.
    codes = trained("wae").codes["test"].loc[np.random.default_rng(0).permutation(40)]
    expected = [float(squared_mmd(torch.from_numpy(codes[rows]))) for rows in (slice(0, 20), slice(20, 40))]
    assert found("wae")["test"]["mmd"] == pytest.approx(np.mean(expected), abs=1e-6)
    assert expected[0] != pytest.approx(expected[1], abs=1e-4)


@pytest.mark.parametrize("family", ["vae", "vad"])
def test_the_same_seed_gives_the_same_figures(trained: Make, found: Found, family: str) -> None:
    assert evaluate(trained(family), **QUICK) == found(family)
    if family == "vae":
        assert evaluate(trained(family), seed=1, **QUICK)["test"]["recon"] != found(family)["test"]["recon"]


def test_figures_are_those_of_the_decoded_posterior_means(trained: Make, found: Found) -> None:
    run, metrics = trained("vae"), found("vae")
    for part in ("train", "test"):
        x_hat = run.decode(run.codes[part].loc)
        assert metrics[part]["rmse"] == pytest.approx(rmse(run.images(part).images, x_hat), rel=1e-4)
        assert metrics[part]["norm_metric"] == pytest.approx(norm_metric(run.images(part).images, x_hat), rel=1e-4)
        assert metrics[part]["norm_metric_kind"] == "encoded"
    test = metrics["test"]
    assert test["iwae_draws"] == 20 and test["iwae_images"] == 40
    # A short last batch, and few images, make numbers that look worse than the model is.
    said = ". ".join(metrics["notes"])
    assert "compare it at 40 and 120 images only" in said and "Frechet distances are of 40 images a side" in said
    assert "no prior is paid" not in said and "no prior is paid" in ". ".join(found("pca")["notes"])
    assert test["iwae"] > test["elbo"] and 0 < test["iwae_standard_error"] < 10
    assert metrics["train"]["iwae"] is None


def test_auto_decoders_are_measured_with_stored_and_with_fitted_codes(trained: Make) -> None:
    run = trained("ad")
    warm, cold, tracked = (evaluate(run, start=start, quick=True) for start in ("warm", "cold", "tracked"))
    assert warm["train"]["norm_metric_kind"] == "stored"
    kinds = [found["test"]["norm_metric_kind"] for found in (warm, cold, tracked)]
    assert kinds == ["fitted", "fitted", "tracked"]
    assert [found["evaluation"]["start"] for found in (warm, cold, tracked)] == ["warm", "cold", "tracked"]
    assert warm["train"] == cold["train"] == tracked["train"]
    assert warm["test"]["rmse"] != cold["test"]["rmse"] != tracked["test"]["rmse"]
    x_hat = run.decode(run.codes["train"].loc)
    assert warm["train"]["rmse"] == pytest.approx(rmse(run.images("train").images, x_hat), rel=1e-4)


def test_both_starts_of_a_fit_are_told_where_that_is_asked_for(trained: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained("ad")
    warm, cold = (evaluate(run, start=start, quick=True)["test"] for start in ("warm", "cold"))
    both = evaluate(run, both_starts=True, quick=True)["test"]
    assert both["norm_metric"] == warm["norm_metric"] != cold["norm_metric"]
    assert both["norm_metric_cold"] == cold["norm_metric"]
    assert (both["norm_metric_warm"], both["cold_images"]) == (warm["norm_metric"], 40)
    # Of fewer: both errors are of just those.
    monkeypatch.setattr("latentexplorer.latent.evaluation.MOST_COLD", 4)
    few, images = evaluate(run, both_starts=True, quick=True)["test"], run.images("test").images
    fitted = infer(run, images, steps=20).codes.loc
    some = np.array([0, 13, 26, 39])
    assert few["norm_metric_warm"] == pytest.approx(norm_metric(images[some], run.decode(fitted[some])))
    assert few["cold_images"] == 4 and few["norm_metric_cold"] > few["norm_metric_warm"] != warm["norm_metric"]
    assert "norm_metric_cold" not in evaluate(trained("vae"), both_starts=True, quick=True)["test"]


def test_large_sets_are_sampled_and_it_says_so(trained: Make) -> None:
    metrics = evaluate(trained("vad"), limit=50, fit_limit=15, **QUICK)
    assert metrics["train"]["images"] == {"used": 50, "of": 120}
    assert metrics["test"]["images"] == {"used": 15, "of": 40}
    assert "Measured on 15 of 40 held-out images, evenly spread" in metrics["notes"]


def test_the_floor_of_a_fixed_assignment_is_the_mean_difference_of_the_two_images(found: Found, trained: Make) -> None:
    images = trained("separation-ae").images("test").images / 127.5
    expected = np.abs(images - np.roll(images, -1, axis=0)).mean()
    assert found("separation-ae")["test"]["assignment_floor"] == pytest.approx(expected, rel=1e-4)
    assert "assignment_floor" not in found("vae")["test"]


def test_a_quick_look_says_that_it_was_one(trained: Make) -> None:
    metrics = evaluate(trained("vad"), quick=True)
    # The bounds are of other images, which is said: else the tighter one may seem the looser.
    assert any("iwae is of 16 images and elbo of 40" in note for note in evaluate(trained("vae"), quick=True)["notes"])
    assert metrics["evaluation"]["quick"] and metrics["test"]["images"]["used"] == 40
    assert metrics["test"]["readability"]["range"][0] == metrics["test"]["readability"]["range"][1]


def test_without_labels_there_is_no_readability_and_features_say_what_they_are(trained: Make) -> None:
    run = trained("vae")
    assert run.data is not None
    bare = {part: replace(run.images(part), labels=None, class_names=()) for part in ("train", "test")}
    metrics = evaluate(replace(run, data=replace(run.data, **bare)), **QUICK)
    assert metrics["test"]["readability"] is None
    assert "auto-encoder" in metrics["evaluation"]["frechet_features"]
    assert metrics["samples"]["frechet_prior"] > 0


def test_readers_are_given_what_the_decoder_says(trained: Make, found: Found) -> None:
    """A linear decoder leaves [0, 1]; held to it, less can be read."""
    run = trained("pca")
    train, test = run.images("train"), run.images("test")
    readers = Readers(train.images, train.labels, len(train.class_names))
    said = decode_images(run.model, encode_images(run.model, test.images).loc, clamped=False)
    assert said.min() < 0
    assert found("pca")["test"]["readability"]["mean"] == pytest.approx(np.mean(readers.accuracies(said, test.labels)))


def test_without_held_out_images_the_rest_is_there(trained: Make) -> None:
    run = trained("vae")
    assert run.data is not None
    empty = replace(run.data, test=run.data.test.take(np.arange(0)))
    metrics = evaluate(replace(run, data=empty), **QUICK)
    assert metrics["test"]["rmse"] is None and metrics["test"]["images"]["used"] == 0
    assert metrics["samples"]["frechet_prior"] is None and metrics["train"]["rmse"] > 0
    assert "no held-out images" in metrics["notes"][-1]


def test_fewer_training_images_than_are_held_out_make_another_floor(trained: Make, found: Found) -> None:
    assert "frechet_real is what as many real images are apart" in ". ".join(found("ae")["notes"])
    run = trained("ae")
    assert run.data is not None
    few = replace(run.data, train=run.data.train.take(np.arange(25)))
    said = ". ".join(evaluate(replace(run, data=few), quick=True)["notes"])
    assert "are of 40 images a side" in said and "frechet_real is of 25 a side" in said and "as many real" in said


def test_held_out_images_that_were_trained_on_as_well_are_counted(trained: Make, found: Found) -> None:
    run = trained("vae")
    assert run.data is not None and "pixel by pixel" not in ". ".join(found("vae")["notes"])
    pixels = np.array(run.data.test.images)
    pixels[[2, 5]] = run.data.train.images[[7, 7]]
    twice = replace(run.data, test=replace(run.data.test, images=pixels))
    notes = evaluate(replace(run, data=twice), quick=True)["notes"]
    assert any("2 of 40 held-out images are, pixel by pixel, among the training images" in note for note in notes)


def test_that_held_out_images_ended_the_training_is_said(trained: Make, found: Found) -> None:
    ended = trained("vae", "training.epochs=200", "training.early_stopping=1", "training.lr=0.05")
    assert ended.epoch < 200
    said = "The loss of held-out images ended the training"
    assert said in ". ".join(evaluate(ended, quick=True)["notes"]) and said not in ". ".join(found("vae")["notes"])


def test_factors_of_generated_shapes_are_measured(trained: Make, found: Found) -> None:
    shapes = ("data.name=shapes", "data.train_per_class=none", "data.test_per_class=none", "data.count=200")
    run = trained("vae", *shapes, "data.size=16", "training.epochs=1")
    scores = evaluate(run, **QUICK)["disentanglement"]
    assert 0 <= scores["mig"] <= 1 and scores["factors"]
    # So few are held out that they are those of training images, and stand in their column.
    assert len(run.images("test")) <= 100 and scores["part"] == "train" and scores["codes"] == len(run.images("train"))
    assert "not comparable with tables made by boosted trees" in scores["importances"]
    assert set(scores["shuffled"]["dci"]) == {"disentanglement", "completeness", "informativeness"}
    assert found("vae")["disentanglement"] is None


def test_what_a_model_is_told_and_how_sure_a_reading_is_are_said(trained: Make, found: Found) -> None:
    notes = {family: ". ".join(found(family)["notes"]) for family in ("vae", "cvae")}
    assert "up to log 10 = 2.3 nats above log p(x)" in notes["cvae"] and "told the class" not in notes["vae"]
    read = found("vae")["test"]["readability"]
    low, high = read["range"]
    assert low <= read["mean"] <= high and (f"{low:.1f} to {high:.1f} %" in notes["vae"]) == (low < high)


def test_a_collapsed_posterior_is_named(trained: Make) -> None:
    metrics = evaluate(trained("vae", "model.beta=1000"), **QUICK)
    assert metrics["train"]["active_units"] == 0 and "has collapsed" in metrics["notes"][0]


def test_without_data_or_with_a_wrong_start_it_says_so(trained: Make) -> None:
    run = trained("vae")
    with pytest.raises(DataError):
        evaluate(replace(run, data=None, missing="Mount the disk"))
    with pytest.raises(SettingsError, match="lukewarm"):
        evaluate(run, start="lukewarm")  # type: ignore[arg-type]


def test_it_reports_its_progress_and_stops(trained: Make) -> None:
    stop, seen = StopToken(), list[Progress]()

    def listen(event: Event) -> None:
        if isinstance(event, Progress):
            seen.append(event)
            if event.done == 2:
                stop.request()

    with pytest.raises(Stopped):
        evaluate(trained("vae"), emit=listen, stop=stop)
    assert [event.what for event in seen][:2] == ["evaluating: training images", "evaluating: held-out images"]


def test_json_has_no_numbers_that_json_does_not_have() -> None:
    value = {"a": np.float32(1.5), "b": [np.nan, np.inf, np.int64(3)], "c": np.array([True]), "d": (None, "x")}
    assert as_json(value) == {"a": 1.5, "b": [None, None, 3], "c": [True], "d": [None, "x"]}
