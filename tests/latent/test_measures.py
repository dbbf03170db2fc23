"""Figures against closed forms, brute force and known answers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.stats import multivariate_normal
from torch import Tensor

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError, Stopped
from latentexplorer.core.events import Event, Progress
from latentexplorer.latent import diagnostics
from latentexplorer.latent.disentanglement import dci, disentanglement, mig
from latentexplorer.latent.frechet import Features, frechet_distance, gaussian_frechet
from latentexplorer.latent.likelihood import iwae, nats_given_codes
from latentexplorer.latent.readability import Readers
from latentexplorer.models import Batch, LatentModel, build_model
from latentexplorer.models.distributions import NormalPosterior, NormalPrior, Posterior

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (70, 9, 13, 1), dtype=np.uint8)
NOISY = np.clip(IMAGES / 255.0 + RNG.normal(0, 0.1, IMAGES.shape), 0, 1).astype(np.float32)


def test_norm_metric_is_the_norm_of_each_batch_of_64_over_its_size() -> None:
    x, x_hat = IMAGES.astype(np.float64), NOISY.astype(np.float64) * 255
    first = np.linalg.norm(x[:64] - x_hat[:64]) / (64 * 9 * 13)
    last = np.linalg.norm(x[64:] - x_hat[64:]) / (6 * 9 * 13)
    assert diagnostics.norm_metric(IMAGES, NOISY) == pytest.approx((first + last) / 2, rel=1e-6)
    # One image of one pixel; what a decode says beyond white counts.
    assert diagnostics.norm_metric(np.full((1, 1, 1, 1), 204, np.uint8), np.full((1, 1, 1, 1), 1.2)) == pytest.approx(
        102
    )


def test_rmse_and_psnr_by_hand() -> None:
    x, x_hat = np.zeros((2, 2, 2, 1), np.float32), np.zeros((2, 2, 2, 1), np.float32)
    x_hat[0] = 0.1
    x_hat[1] = 0.01
    assert diagnostics.rmse(x, x_hat) == pytest.approx(math.sqrt((0.01 + 0.0001) / 2), rel=1e-5)
    assert diagnostics.psnr(x, x_hat) == pytest.approx((20 + 40) / 2, rel=1e-5)
    assert diagnostics.psnr(x, x) == 100


def _ssim_by_hand(a: np.ndarray, b: np.ndarray, size: int) -> float:
    """Wang et al. 2004, eq. 13, window by window."""
    half = np.arange(size) - size // 2
    weights = np.exp(-(half[:, None] ** 2 + half[None] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    values = []
    for i in range(a.shape[0] - size + 1):
        for j in range(a.shape[1] - size + 1):
            p, q = a[i : i + size, j : j + size], b[i : i + size, j : j + size]
            mp, mq = (weights * p).sum(), (weights * q).sum()
            vp, vq = (weights * (p - mp) ** 2).sum(), (weights * (q - mq) ** 2).sum()
            cov = (weights * (p - mp) * (q - mq)).sum()
            values.append((2 * mp * mq + 1e-4) * (2 * cov + 9e-4) / ((mp**2 + mq**2 + 1e-4) * (vp + vq + 9e-4)))
    return float(np.mean(values))


def test_ssim_agrees_with_the_formula_window_by_window() -> None:
    found = diagnostics.ssim(IMAGES[:3, :, :9], NOISY[:3, :, :9])
    expected = [_ssim_by_hand(IMAGES[i, :, :9, 0] / 255, NOISY[i, :, :9, 0].astype(float), 9) for i in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    large, other = RNG.random((2, 1, 16, 16, 1))
    np.testing.assert_allclose(
        diagnostics.ssim(large, other),
        _ssim_by_hand(*(np.float32(i[0, :, :, 0]).astype(float) for i in (large, other)), 11),
        rtol=1e-5,
    )
    assert diagnostics.ssim(IMAGES, IMAGES / np.float32(255)) == pytest.approx(1)


def test_ssim_of_colour_is_the_mean_of_its_channels_and_two_pixels_are_enough() -> None:
    x, y = RNG.random((2, 4, 12, 12, 3))
    by_channel = [diagnostics.ssim(x[..., [c]], y[..., [c]]) for c in range(3)]
    np.testing.assert_allclose(diagnostics.ssim(x, y), np.mean(by_channel, axis=0), rtol=1e-9)
    assert np.isfinite(diagnostics.ssim(x[:, :2, :2], y[:, :2, :2])).all()


def test_collapse_is_noticed() -> None:
    alive = RNG.normal(size=(100, 20))
    assert diagnostics.collapse_warning(alive, np.ones(20), "Do this") == ""
    assert "has collapsed" in diagnostics.collapse_warning(alive * 0.01, np.zeros(20), "Do this")
    alive[:, 1:] *= 0.01
    assert "Only 1 of 20" in diagnostics.collapse_warning(alive, np.ones(20), "Do this")
    assert diagnostics.collapse_warning(alive * 0, None, "Do this") == ""


def test_pixels_that_no_code_moves_are_noticed() -> None:
    x = RNG.uniform(size=(50, 8, 8, 1))
    x[:, 0] = 0.5  # a border that is the same in all images is nobody's fault
    blurred = 0.5 + (x - 0.5) * 0.1
    assert diagnostics.stuck_warning(x, blurred, "Do this") == ""
    blurred[:, 1:3, ::4] = 0
    assert "4 of 64 pixel values" in diagnostics.stuck_warning(x, blurred, "Do this")
    assert diagnostics.stuck_warning((x * 255).astype(np.uint8), blurred, "Do this").endswith("Do this")
    assert diagnostics.stuck_warning(x, np.full_like(x, 0.5), "") == ""  # a collapse, which has a warning of its own


def test_frechet_distance_of_gaussians_is_the_closed_form() -> None:
    a, b = RNG.normal(size=(2, 6, 6))
    cov_a, cov_b, mean_a, mean_b = a @ a.T, b @ b.T, RNG.normal(size=6), RNG.normal(size=6)
    expected = ((mean_a - mean_b) ** 2).sum() + np.trace(cov_a + cov_b - 2 * np.real(sqrtm(cov_a @ cov_b)))
    assert gaussian_frechet(mean_a, cov_a, mean_b, cov_b) == pytest.approx(expected, rel=1e-6)
    # Commuting covariances: the sum of squared differences of standard deviations.
    assert gaussian_frechet(np.zeros(2), np.diag([4.0, 9]), np.zeros(2), np.diag([1.0, 0])) == pytest.approx(1 + 9)


def test_frechet_distance_of_samples_nears_that_of_their_gaussians() -> None:
    a, b = RNG.normal(size=(20_000, 4)), RNG.normal(1, 2, size=(20_000, 4))
    assert frechet_distance(a, b) == pytest.approx(4 * (1 + 1), rel=0.05)
    assert frechet_distance(a, a) < 1e-9
    few = RNG.normal(size=(12, 40))
    assert math.isfinite(frechet_distance(few, RNG.normal(size=(12, 40))))
    with pytest.raises(NotApplicableError):
        frechet_distance(few[:5], few)


@pytest.fixture(scope="module")
def bars() -> tuple[np.ndarray, np.ndarray]:
    """Three classes of small noisy bars."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    images = rng.integers(0, 60, (300, 8, 8, 1))
    for i, label in enumerate(labels):
        images[i, 2 * label + 1] += 150
    return images.astype(np.uint8), labels.astype(np.int64)


@pytest.mark.parametrize("labelled", [True, False])
def test_features_tell_nearer_images_from_farther_ones(bars: tuple[np.ndarray, np.ndarray], labelled: bool) -> None:
    images, labels = bars
    state = torch.get_rng_state()
    features = Features(images[:150], labels[:150] if labelled else None, 3)
    assert torch.equal(state, torch.get_rng_state())
    assert ("classifier" if labelled else "auto-encoder") in features.description
    real = features(images[150:])
    assert real.shape == (150, 64)
    rng = np.random.default_rng(2)
    blurred = [
        frechet_distance(
            real, features(np.clip(images[:150] + rng.normal(0, s, images[:150].shape), 0, 255).astype(np.uint8))
        )
        for s in (0, 30, 90)
    ]
    assert blurred[0] < blurred[1] < blurred[2]
    short = [Features(images[:150], labels[:150] if labelled else None, 3, steps=20)(images[150:]) for _ in range(2)]
    assert np.array_equal(*short) and not np.array_equal(short[0], real)


def test_readability_is_high_for_images_and_chance_for_noise(bars: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = bars
    readers = Readers(images[:200], labels[:200], 3)
    found = readers.compare(images[200:], RNG.random((100, 8, 8, 1)).astype(np.float32), labels[200:])
    assert found.originals > 95 and found.mean < 60
    assert found.range[0] <= found.mean <= found.range[1]
    same = readers.compare(images[200:], (images[200:] / 255).astype(np.float32), labels[200:])
    assert same.mean == same.originals
    assert Readers(images[:200], labels[:200], 3).accuracies(images[200:], labels[200:]) == readers.accuracies(
        images[200:], labels[200:]
    )
    with pytest.raises(NotApplicableError):
        Readers(images, np.zeros(300, np.int64), 3)


def test_reading_very_many_images_takes_a_bounded_number_of_steps() -> None:
    """With 10,000 steps of each classifier `evaluate` had not ended after ten minutes."""
    stop, told = StopToken(), list[Progress]()

    def listen(event: Event) -> None:
        if isinstance(event, Progress):
            told.append(event)
            stop.request()

    images = np.zeros((60_000, 2, 2, 1), np.uint8)
    with pytest.raises(Stopped):
        Readers(images, np.arange(60_000) % 2, 2, emit=listen, stop=stop)
    assert told[0].done == 0 and told[0].total <= 3_000


class LinearGaussian(LatentModel):
    """x = W z + b + noise, whose log p(x) is known exactly; its posterior is a little off on purpose."""

    def __init__(self) -> None:
        super().__init__(ModelConfig(family="vae", latent_dim=2), (1, 2, 2), 0)
        self.prior = NormalPrior()
        self.weight = torch.nn.Parameter(torch.tensor([[0.5, -0.2], [0.1, 0.4], [0.3, 0.3], [-0.6, 0.2]]))
        self.bias, self.sigma = torch.full((4,), 0.4), 0.3

    def posterior(self, batch: Batch) -> Posterior:
        precision = torch.eye(2) + self.weight.T @ self.weight / self.sigma**2
        mean = (batch.x.flatten(1) - self.bias) @ self.weight / self.sigma**2 @ torch.linalg.inv(precision)
        return NormalPosterior(mean * 0.9, torch.full_like(mean, 0.5))

    def loss_at(self, z: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        away = batch.x.flatten(1) - self.bias - z @ self.weight.T
        nll = 0.5 * (away / self.sigma).square().sum(1) + 4 * math.log(self.sigma * math.sqrt(2 * math.pi))
        return nll, batch.x


def test_nats_given_codes_are_those_of_a_gaussian() -> None:
    model = LinearGaussian()
    rng = np.random.default_rng(5)
    images = rng.integers(60, 160, (20, 2, 2, 1), dtype=np.uint8)
    codes = rng.normal(size=(20, 2)).astype(np.float32)
    means = 0.4 + codes @ model.weight.detach().numpy().T
    exact = [
        -multivariate_normal(mean, 0.09 * np.eye(4)).logpdf(image.reshape(4) / 255)
        for mean, image in zip(means, images, strict=True)
    ]
    assert nats_given_codes(model, codes, images) == pytest.approx(exact, rel=1e-4, abs=1e-4)


def test_iwae_rises_with_draws_to_the_exact_log_likelihood() -> None:
    model = LinearGaussian()
    images = np.random.default_rng(5).integers(60, 160, (2000, 2, 2, 1), dtype=np.uint8)
    weight = model.weight.detach().numpy().astype(np.float64)
    exact = multivariate_normal(np.full(4, 0.4), weight @ weight.T + 0.09 * np.eye(4)).logpdf(
        images.reshape(-1, 4) / 255
    )
    bounds = [float(iwae(model, images, draws=k).mean()) for k in (1, 5, 50, 500)]
    assert all(a < b for a, b in itertools.pairwise(bounds))
    assert bounds[-1] == pytest.approx(exact.mean(), abs=0.01)
    assert bounds[-1] < exact.mean() + 0.005
    assert np.array_equal(iwae(model, images, draws=7, seed=3), iwae(model, images, draws=7, seed=3))


@pytest.mark.parametrize("family", ["vad", "ae", "pca"])
def test_iwae_needs_an_encoder_with_a_posterior(family: str) -> None:
    model = build_model(ModelConfig(family=family, latent_dim=2), (1, 8, 8), 0, 4)
    with pytest.raises(NotApplicableError):
        iwae(model, np.zeros((4, 8, 8, 1), np.uint8))


def test_perfect_codes_have_perfect_scores_and_shuffled_ones_none() -> None:
    rng = np.random.default_rng(3)
    factors = {"shape": rng.integers(0, 3, 2000), "x": rng.integers(0, 8, 2000)}
    perfect = np.stack([factors["x"] * 0.5, rng.normal(size=2000), factors["shape"] - 1.0], axis=1)
    found = disentanglement(perfect, factors)
    assert found["mig"] > 0.95 and found["factors"] == ["shape", "x"] and found["codes"] == 2000
    assert min(found["dci"].values()) > 0.95
    assert found["shuffled"]["mig"] < 0.05
    assert found["shuffled"]["dci"]["informativeness"] < 0.4
    assert found["shuffled"]["dci"]["disentanglement"] < 0.3
    turned = perfect @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert mig(turned, factors) < 0.5 * found["mig"]
    assert dci(turned, factors).disentanglement < found["dci"]["disentanglement"]
    assert disentanglement(perfect, factors) == found


def test_a_single_dimension_and_factors_that_do_not_vary() -> None:
    values = np.arange(400) % 4
    assert mig(values[:, None] * 1.0, {"x": values}) == pytest.approx(1)
    with pytest.raises(NotApplicableError):
        mig(np.zeros((4, 2)), {"x": np.ones(4, np.int64)})
