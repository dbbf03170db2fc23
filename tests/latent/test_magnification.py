"""How much a decoder stretches, against a linear one, finite differences, and over the families."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.latent.magnification import magnification
from latentexplorer.runs import Trained

Small = Callable[..., Trained]
STEP = 2e-3


def images(run: Trained, z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
    return run.decode(z.astype(np.float32), y, clamped=False).reshape(len(z), -1).astype(np.float64)


def classes_of(run: Trained, count: int) -> np.ndarray | None:
    return np.arange(count) % 3 if run.config.model.kind.conditional else None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", ["pca", "linear-ae"])
def test_of_a_linear_decoder_it_is_the_same_everywhere(small_run: Small, family: str, seed: int) -> None:
    run = small_run(family, "model.latent_dim=3", *((f"training.seed={seed}",) if family == "linear-ae" else ()))
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(7, 3)).astype(np.float32)
    start = images(run, np.zeros((1, 3)), None)
    jacobian = (images(run, np.eye(3), None) - start).T
    expected = np.log10(np.sqrt(np.linalg.det(jacobian.T @ jacobian)))
    np.testing.assert_allclose(magnification(run.model, z), expected, atol=1e-4)
    turned = np.linalg.qr(rng.normal(size=(3, 2)))[0].T
    part = jacobian @ turned.T
    area = np.log10(np.sqrt(np.linalg.det(part.T @ part)))
    np.testing.assert_allclose(magnification(run.model, z, along=turned), area, atol=1e-4)
    assert np.isneginf(magnification(run.model, z[:1], along=np.zeros((1, 3))))


@pytest.mark.parametrize("family", FAMILIES.names)
def test_of_every_family_it_is_that_of_finite_differences(small_run: Small, family: str) -> None:
    run = small_run(family)
    codes = run.codes_of("train").loc.astype(np.float64)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        z = codes[rng.choice(len(codes), 5, replace=False)]
        y = classes_of(run, len(z))
        way = rng.normal(size=z.shape[1])
        way /= np.linalg.norm(way)
        moved = (images(run, z + STEP * way, y) - images(run, z - STEP * way, y)) / (2 * STEP)
        expected = np.log10(np.linalg.norm(moved, axis=1))
        found = magnification(run.model, z, y, along=way[None])
        # At a kink of a network the two sides differ.
        assert np.median(np.abs(found - expected)) < 5e-3, seed
