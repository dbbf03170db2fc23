"""How much a decoder stretches, against a linear one, finite differences, and over the families."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.latent.magnification import magnification
from latentexplorer.runs import Trained

Small = Callable[..., Trained]


def images(run: Trained, z: np.ndarray, y: np.ndarray | None) -> np.ndarray:
    return run.decode(z.astype(np.float32), y, clamped=False).reshape(len(z), -1).astype(np.float64)


def classes_of(run: Trained, count: int) -> np.ndarray | None:
    return np.arange(count) % 3 if run.config.model.kind.conditional else None


def test_of_a_linear_decoder_it_is_the_same_everywhere(small_run: Small) -> None:
    run = small_run("pca", "model.latent_dim=3")
    z = run.codes_of("train").loc[:7]
    start = images(run, np.zeros((1, 3)), None)
    jacobian = (images(run, np.eye(3), None) - start).T
    expected = np.log10(np.sqrt(np.linalg.det(jacobian.T @ jacobian)))
    np.testing.assert_allclose(magnification(run.model, z), expected, atol=1e-4)
    turned = np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    part = jacobian @ turned.T
    area = np.log10(np.sqrt(np.linalg.det(part.T @ part)))
    np.testing.assert_allclose(magnification(run.model, z, along=turned), area, atol=1e-4)
    assert np.isneginf(magnification(run.model, z[:1], along=np.zeros((1, 3))))


@pytest.mark.parametrize("family", FAMILIES.names)
def test_of_every_family_it_is_that_of_finite_differences(small_run: Small, family: str) -> None:
    run = small_run(family)
    z = run.codes_of("train").loc[:5].astype(np.float64)
    y = classes_of(run, len(z))
    step = np.zeros(z.shape[1])
    step[0] = 2e-3
    moved = (images(run, z + step, y) - images(run, z - step, y)) / 4e-3
    expected = np.log10(np.linalg.norm(moved, axis=1))
    found = magnification(run.model, z, y, along=step[None] * 500)
    # At a kink of a network the two sides differ.
    assert np.median(np.abs(found - expected)) < 5e-3
