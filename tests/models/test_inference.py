"""Fitting codes of unseen images with the decoder frozen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError, SettingsError, Stopped
from latentexplorer.core.events import Event, FitMoved, Progress
from latentexplorer.models import (
    Codes,
    InferSettings,
    build_model,
    decode_images,
    encode_images,
    infer_codes,
    to_batch,
)
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.nearest_images import nearest_images
from latentexplorer.models.warm_start import RIDGE, KernelRidge, WarmStart

PRIORS = ("normal", "laplace", "exponential", "uniform")
COUNT = 60


def made(family: str = "ad", **settings: object) -> tuple[AutoDecoder, np.ndarray, Codes]:
    """A decoder whose codes are spread, with the images that it decodes: images with codes that exist."""
    config = ModelConfig(family=family, architecture="mlp", latent_dim=4, hidden=(64, 32), code_penalty=0, **settings)
    model = build_model(config, (1, 12, 12), 0, COUNT)
    assert isinstance(model, AutoDecoder)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter *= 3
    generator = torch.Generator().manual_seed(5)
    z = model.prior.sample((COUNT, 4), generator)
    scale = z if model.prior.name == "exponential" else torch.full_like(z, 0.01)
    model.set_codes(torch.arange(COUNT), z * 0.9, scale if model.prior.params_per_dim == 2 else z * 0.9)
    codes = encode_images(model, np.zeros((COUNT, 12, 12, 1), np.uint8), index=np.arange(COUNT))
    images = (255 * decode_images(model, codes.loc)).round().astype(np.uint8)
    return model, images, codes


def error(model: AutoDecoder, codes: Codes, images: np.ndarray) -> float:
    return float(np.sqrt(np.mean((decode_images(model, codes.loc) - images / 255) ** 2)))


def test_codes_of_decoded_images_are_found_again() -> None:
    model, images, codes = made()
    known = (images[10:], codes.take(np.arange(10, COUNT)))
    result = infer_codes(model, images[:10], known=known, settings=InferSettings(steps=300, starts=3))
    np.testing.assert_allclose(decode_images(model, result.codes.loc), images[:10] / 255, atol=0.02)
    np.testing.assert_allclose(result.codes.loc, codes.loc[:10], atol=0.1)
    assert result.codes.scale is None
    assert result.path[-1][1] < result.path[0][1]
    assert [step for step, _ in result.path[:3]] == [0, 1, 2]


@pytest.mark.parametrize("prior", PRIORS)
def test_posteriors_are_fitted_too(prior: str) -> None:
    model, images, codes = made("vad", prior=prior)
    known = (images[10:], codes.take(np.arange(10, COUNT)))
    result = infer_codes(model, images[:10], known=known, settings=InferSettings(steps=150))
    assert result.codes.scale is not None and bool((result.codes.scale > 0).all())
    objective = [value for _, value in result.path[:-1]]
    assert np.mean(objective[-5:]) < np.mean(objective[:5])
    low, high = model.prior.support
    assert bool((result.codes.loc > low).all()) and bool((result.codes.loc < high).all())


def test_nothing_of_the_decoder_changes() -> None:
    config = ModelConfig(family="ad", architecture="dcgan", latent_dim=4, channels=(4, 8, 8))
    model = build_model(config, (1, 12, 12), 0, COUNT)
    images = made()[1]
    model.decoder[2].eval()
    fixed = model.network_parameters()[0]
    fixed.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    infer_codes(model, images[:5], settings=InferSettings(steps=5, start="cold"))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert model.training and not model.decoder[2].training, "each part's mode is as it was"
    assert [parameter.requires_grad for parameter in model.network_parameters()][:2] == [False, True]
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_warm_start_is_ahead_of_a_cold_one() -> None:
    model, images, codes = made()
    known = (images[10:], codes.take(np.arange(10, COUNT)))
    results = {
        start: infer_codes(model, images[:10], known=known, settings=InferSettings(steps=15, start=start))
        for start in ("warm", "cold")
    }
    assert results["warm"].path[0][1] < results["cold"].path[0][1]
    assert error(model, results["warm"].codes, images[:10]) < error(model, results["cold"].codes, images[:10])


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.encoder])
def test_a_regression_from_pixels_guesses_better_than_the_nearest_images(family: str) -> None:
    model, images, codes = made(family)
    known = WarmStart(model, images[10:], codes.take(np.arange(10, COUNT)), neighbours=3)
    guesses = known.guesses(images[:10])
    assert guesses.shape[:2] == (3 + 1 + 1, 10)
    loc = model.posterior_of(guesses.flatten(0, 1)).mean.reshape(*guesses.shape[:2], -1).detach().numpy()
    away = np.linalg.norm(loc - codes.loc[:10], axis=2).mean(1)
    assert away[-1] < 0.7 * away[:-1].min()


def test_the_regression_is_scikit_learns() -> None:
    from sklearn import kernel_ridge

    draws = np.random.default_rng(3)
    x, y, new = draws.random((60, 20)), draws.standard_normal((60, 3)), draws.random((7, 20))
    theirs = kernel_ridge.KernelRidge(kernel="rbf", alpha=RIDGE, gamma=0.4).fit(x, y).predict(new)
    np.testing.assert_allclose(KernelRidge(x, y, 0.4).predict(new), theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2])
def test_one_known_image_is_enough_to_start_from(count: int) -> None:
    model, images, codes = made()
    alike = np.repeat(images[:1], count, axis=0)
    guesses = WarmStart(model, alike, codes.take(np.zeros(count, np.int64)), neighbours=5).guesses(images[5:8])
    assert torch.isfinite(guesses).all() and guesses.shape[1] == 3


@pytest.mark.parametrize("start", ["warm", "cold"])
def test_more_starts_never_give_a_worse_code(start: str) -> None:
    model, images, codes = made()
    known = (images[20:], codes.take(np.arange(20, COUNT)))
    one, four = (
        infer_codes(model, images[:20], known=known, settings=InferSettings(steps=20, start=start, starts=n))
        for n in (1, 4)
    )
    assert four.path[-1][1] <= one.path[-1][1] + 1e-3
    with torch.no_grad():
        recon, _ = model.eval().loss_at(torch.from_numpy(four.codes.loc), to_batch(images[:20]))
    assert float(recon.mean()) == pytest.approx(four.path[-1][1], rel=1e-4, abs=1e-2), "the best are the ones returned"


def test_a_known_image_keeps_its_code() -> None:
    model, images, codes = made()
    result = infer_codes(model, images[:3], known=(images, codes), settings=InferSettings(steps=0))
    np.testing.assert_allclose(result.codes.loc, codes.loc[:3], atol=1e-6)


def test_it_ends_early_where_nothing_improves() -> None:
    model, images, codes = made()
    result = infer_codes(model, images[:5], known=(images, codes), settings=InferSettings(steps=2000, lr=1e-3))
    assert result.steps_taken < 1000
    assert result.path[-1][0] == result.steps_taken


def test_noise_is_not_taken_for_the_end() -> None:
    """Draws of an exponential posterior are as wide as its mean: the objective trembles long before codes are found."""
    model, images, codes = made("vad", prior="exponential")
    known = (images[10:], codes.take(np.arange(10, COUNT)))
    result = infer_codes(model, images[:10], known=known, settings=InferSettings(steps=400, lr=0.5))
    assert result.steps_taken == 400


def test_the_same_seed_fits_the_same_codes_and_no_global_generator_is_touched() -> None:
    model, images, _ = made("vad", prior="laplace")
    before = torch.get_rng_state()
    first, again, other = (
        infer_codes(model, images[:5], settings=InferSettings(steps=5, start="cold", seed=seed)).codes.loc
        for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_it_stops_between_steps_and_tells_how_far_it_is() -> None:
    model, images, _ = made()
    stop, events = StopToken(), []

    def listen(event: Event) -> None:
        events.append(event)
        stop.request()

    many = np.concatenate([images] * 10)
    with pytest.raises(Stopped):
        infer_codes(model, many, settings=InferSettings(steps=2, start="cold"), emit=listen, stop=stop)
    assert events == [Progress(250, 600, "fitting codes")]
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_watched_fit_that_is_stopped_keeps_the_best_it_has_passed() -> None:
    model, images, codes = made()
    known = (images[10:], codes.take(np.arange(10, COUNT)))
    stop, seen = StopToken(), []

    def watch(event: object) -> None:
        if isinstance(event, FitMoved):
            seen.append(event)
            if event.step >= 6:
                stop.request()

    # Steps so large that each of them makes the codes worse than the warm start.
    settings = InferSettings(steps=400, lr=8.0, starts=3, watched=True)
    result = infer_codes(model, images[:4], known=known, settings=settings, emit=watch, stop=stop)
    assert result.steps_taken < 400
    assert [event.step for event in seen][:2] == [0, 2]
    assert seen[-1].errors.shape == (len(seen), 3, 4)
    assert seen[-1].errors[-1].mean() > seen[0].errors[0].mean()
    assert error(model, result.codes, images[:4]) <= float(np.sqrt(np.mean(seen[0].errors[0].min(0) ** 2))) + 1e-6
    assert len(result.started_at) == 4


def test_labels_are_carried_but_never_used() -> None:
    config = ModelConfig(family="ad", architecture="mlp", latent_dim=4, code_init="per-class")
    labels = np.arange(COUNT) % 3
    model = build_model(config, (1, 12, 12), 3, COUNT, torch.from_numpy(labels))
    images = made()[1][:6]
    settings = InferSettings(steps=2, start="cold")
    with_labels = infer_codes(model, images, labels[:6], settings=settings).codes
    without = infer_codes(model, images, settings=settings).codes
    np.testing.assert_array_equal(with_labels.loc, without.loc)
    np.testing.assert_array_equal(with_labels.labels, labels[:6])
    assert without.labels is None


def test_no_images_have_no_codes() -> None:
    model, images, codes = made()
    result = infer_codes(model, images[:0], known=(images, codes))
    assert result.codes.loc.shape == (0, 4) and result.path == []


def test_a_model_with_an_encoder_answers_with_it() -> None:
    model = build_model(ModelConfig(family="vae"), (1, 12, 12), 0, 0)
    images = made()[1]
    result = infer_codes(model, images)
    np.testing.assert_array_equal(result.codes.loc, encode_images(model, images).loc)
    assert result.path == [] and result.steps_taken == 0


def test_what_cannot_be_asked() -> None:
    model, images, _ = made()
    with pytest.raises(NotApplicableError, match="infer_codes"):
        encode_images(model, images)
    with pytest.raises(SettingsError, match="known"):
        infer_codes(model, images)
    with pytest.raises(SettingsError, match="warm or cold"):
        InferSettings(start="tepid")
    with pytest.raises(SettingsError):
        InferSettings(starts=0)


def test_nearest_images_are_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    known, images = (rng.integers(0, 256, (n, 5, 4, 3), dtype=np.uint8) for n in (97, 7))
    monkeypatch.setattr("latentexplorer.models.nearest_images._PIECE_BYTES", 4 * 60 * 10)
    distances = ((images[:, None] / 255 - known[None] / 255) ** 2).sum((2, 3, 4))
    np.testing.assert_array_equal(nearest_images(images, known, 4), np.argsort(distances, axis=1)[:, :4])
    assert nearest_images(images, known[:2], 4).shape == (7, 2)


def test_pixels_arrive_where_they_belong() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3), dtype=np.uint8)
    images.setflags(write=False)
    batch = to_batch(images, np.array([1, 0]), np.array([5, 6]))
    assert batch.x.shape == (2, 3, 3, 4) and batch.x.dtype == torch.float32
    assert float(batch.x[1, 2, 0, 3]) == pytest.approx(images[1, 0, 3, 2] / 255)
    assert batch.y.dtype == batch.index.dtype == torch.int64


def test_decodes_are_clamped_unless_asked_for_as_they_are() -> None:
    model = build_model(ModelConfig(family="linear-ae", latent_dim=3), (1, 8, 8), 0, 0)
    z = 20 * np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    raw, shown = decode_images(model, z, clamped=False), decode_images(model, z)
    assert raw.min() < 0 and raw.max() > 1
    np.testing.assert_array_equal(shown, raw.clip(0, 1))
