"""The code of what is left of an image in closed form, where a model is linear and Gaussian: PCA."""

from __future__ import annotations

import numpy as np

from latentexplorer.latent.code_cost import CodeCost
from latentexplorer.models.families.pca import PrincipalComponents
from latentexplorer.models.likelihoods import Gaussian
from latentexplorer.runs import Trained


def linear_posterior(
    trained: Trained, image: np.ndarray, seen: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean (D,) and covariance (D, D) of the code given the known pixels; None for models that are not PCA.

    With known pixels v, components A (D, P), noise sigma and variances L of the codes (Tipping and Bishop 1999, eq. 6,
    for some of the pixels): S = (A_v A_v^T / sigma^2 + L^-1)^-1, m = S A_v (x_v - mean_v) / sigma^2.

    Parameters
    ----------
    image : ndarray (H, W, C), uint8
    seen : ndarray (H, W), bool, or None
    """
    model = trained.model
    if not isinstance(model, PrincipalComponents) or not isinstance(model.likelihood, Gaussian):
        return None
    x = np.moveaxis(image, 2, 0).astype(np.float64) / 255
    known = np.broadcast_to(True if seen is None else seen, x.shape).reshape(-1)
    basis = model.components.cpu().numpy().astype(np.float64)[:, known]
    away = (x.reshape(-1) - model.mean.cpu().numpy().astype(np.float64))[known]
    precision = CodeCost.of(trained).precision
    assert precision is not None
    weight = 1 / model.likelihood.sigma**2
    covariance = np.linalg.inv(weight * basis @ basis.T + precision)
    return covariance @ (weight * basis @ away), covariance


def linear_draws(mean: np.ndarray, covariance: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The mean and `count` - 1 draws of a Gaussian, (count, D), float32."""
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(mean, covariance, size=count - 1, method="eigh")
    return np.concatenate([mean[None], drawn]).astype(np.float32)
