"""PCA against the known answer, a plain eigendecomposition and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import SettingsError, Stopped
from latentexplorer.models import build_model, decode_images, encode_images
from latentexplorer.models.families import pca
from latentexplorer.models.families.pca import PrincipalComponents, principal_codes


def fitted(images: np.ndarray, dims: int, **settings: object) -> PrincipalComponents:
    shape = (images.shape[3], *images.shape[1:3])
    model = build_model(ModelConfig(family="pca", latent_dim=dims, **settings), shape, 0, len(images))
    assert isinstance(model, PrincipalComponents)
    model.fit(images)
    return model


def noise(count: int = 80, shape: tuple[int, int, int] = (6, 5, 3)) -> np.ndarray:
    """Images with a falling spectrum."""
    rng = np.random.default_rng(0)
    numel = math.prod(shape)
    mixed = (
        rng.standard_normal((count, numel))
        * (60 * 0.85 ** np.arange(numel))
        @ np.linalg.qr(rng.standard_normal((numel, numel)))[0]
    )
    return np.clip(128 + mixed, 0, 255).astype(np.uint8).reshape(count, *shape)


def test_the_known_eigenvalues() -> None:
    """Centred data [[-2,-2,1/3],[0,0,-2/3],[2,2,1/3]]: eigenvalues 8, 1/3, 0, first component (1, 1, 0) / sqrt 2."""
    rows = np.array([[-2, -2, 1 / 3], [0, 0, -2 / 3], [2, 2, 1 / 3]])
    images = (3 * rows + 100).round().astype(np.uint8).reshape(3, 1, 3, 1)
    model = fitted(images, 3)
    # Pixels are 3 x the data's units, over 255.
    np.testing.assert_allclose(model.explained_variance * (255 / 3) ** 2, [8, 1 / 3, 0], atol=1e-4)
    np.testing.assert_allclose(model.components[0].abs(), [1 / math.sqrt(2), 1 / math.sqrt(2), 0], atol=1e-5)
    # And the other known matrix, which has eigenvalues -1 and -2.
    np.testing.assert_allclose(sorted(np.linalg.eigvals([[0, 1], [-2, -3]])), [-2, -1], atol=1e-12)


@pytest.mark.parametrize("exactly", [True, False])
def test_it_agrees_with_scikit_learn(exactly: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exactly:
        monkeypatch.setattr(pca, "EXACT_PIXELS", 1)
    images = noise()
    model = fitted(images, 4)
    flat = np.moveaxis(images, 3, 1).reshape(len(images), -1) / 255
    theirs = PCA(4, svd_solver="full").fit(flat)
    np.testing.assert_allclose(model.explained_variance, theirs.explained_variance_, rtol=1e-3)
    np.testing.assert_allclose(model.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-3)
    cosines = np.abs((model.components.numpy() * theirs.components_).sum(1))
    np.testing.assert_allclose(cosines, 1, atol=1e-3)
    assert bool((model.components.gather(1, model.components.abs().argmax(1, keepdim=True)) > 0).all())
    codes = encode_images(model, images).loc
    np.testing.assert_allclose(np.abs(codes), np.abs(theirs.transform(flat)), atol=2e-3)
    expected = np.clip(theirs.inverse_transform(theirs.transform(flat)), 0, 1).reshape(-1, 3, 6, 5)
    np.testing.assert_allclose(np.moveaxis(decode_images(model, codes), 3, 1), expected, atol=2e-3)


def test_one_component_is_found() -> None:
    """One row of a reversed array is contiguous and has a negative stride, which torch refuses."""
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 1), dtype=np.uint8)
    model = build_model(ModelConfig(family="pca", latent_dim=1), (1, 4, 4), 0, 20)
    assert isinstance(model, PrincipalComponents)
    model.fit(images)
    expected = PCA(1).fit(images.reshape(20, -1) / 255)
    np.testing.assert_allclose(model.explained_variance, expected.explained_variance_, rtol=1e-4)


def test_all_components_give_the_image_back() -> None:
    images = noise(100)
    model = fitted(images, 90)
    decoded = decode_images(model, encode_images(model, images).loc)
    np.testing.assert_allclose(decoded, images / 255, atol=1e-4)
    assert float(model.explained_variance_ratio.sum()) == pytest.approx(1, abs=1e-5)


def test_fitting_twice_gives_the_same() -> None:
    first, again = fitted(noise(), 3), fitted(noise(), 3)
    assert torch.equal(first.components, again.components)


def test_a_learned_sigma_is_what_the_components_leave() -> None:
    images = noise(200)
    model = fitted(images, 3, sigma="learned")
    left = decode_images(model, encode_images(model, images).loc) - images / 255
    sigma = math.exp(float(torch.as_tensor(model.likelihood.log_sigma).detach()))
    assert sigma == pytest.approx(math.sqrt((left**2).mean()), rel=0.01)


def test_equal_images_and_too_few_of_them() -> None:
    model = fitted(np.full((5, 4, 4, 1), 77, np.uint8), 2)
    assert bool(model.explained_variance_ratio.isfinite().all())
    np.testing.assert_allclose(decode_images(model, np.zeros((1, 2), np.float32)), 77 / 255, rtol=1e-5)
    with pytest.raises(SettingsError, match="3 components of 2 images"):
        fitted(noise(2), 3)


def test_it_can_be_stopped() -> None:
    model = build_model(ModelConfig(family="pca"), (3, 6, 5), 0, 80)
    stop = StopToken()
    stop.request()
    with pytest.raises(Stopped):
        model.fit(noise(), stop)
    assert float(model.components.abs().max()) == 0


def test_codes_start_at_the_components_of_the_images() -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 6, 5, 1), dtype=np.uint8)
    images[:, :3] //= 4  # So that components differ in what they say.
    codes = principal_codes(images, 4)
    known = PCA(4).fit_transform(images.reshape(40, -1))
    for ours, theirs in zip(codes.T, known.T, strict=True):
        assert abs(np.corrcoef(ours, theirs)[0, 1]) == pytest.approx(1, abs=1e-4)
    # Variance 1 over all, each component its share.
    assert codes.var(0, ddof=1).mean() == pytest.approx(1, rel=1e-4)
    shares = known.var(0) / known.var(0).sum()
    np.testing.assert_allclose(codes.var(0) / codes.var(0).sum(), shares, rtol=1e-4)
    np.testing.assert_array_equal(principal_codes(images, 4), codes)


def test_codes_of_few_or_equal_images_have_as_many_components_as_there_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 6, 5, 1), dtype=np.uint8)
    assert principal_codes(images, 10).shape == (3, 2)
    assert principal_codes(images[:1], 10).shape == (1, 0)
    assert principal_codes(images[[0, 0, 0]], 10).shape == (3, 0)
