"""Axes around a code, against a known ellipsoid and a linear decoder's singular vectors; and over the families."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.local_axes import axes_nearby, axes_of_metric
from latentexplorer.runs import Trained

Small = Callable[..., Trained]


@pytest.mark.parametrize("seed", range(4))
def test_codes_nearby_have_the_axes_of_their_ellipsoid(seed: int) -> None:
    """Two thin ellipsoids far apart, each with axes of its own: those of the nearer one are found."""
    draws = np.random.default_rng(seed)
    turned = [np.linalg.qr(draws.normal(size=(4, 4)))[0].T for _ in range(2)]
    widths = np.array([4.0, 2.0, 1.0, 0.5])
    clouds = [draws.normal(size=(2_000, 4)) * widths @ turn + 100 * at for at, turn in enumerate(turned)]
    codes = np.concatenate(clouds).astype(np.float32)
    for at, turn in enumerate(turned):
        centre = np.full(4, 100.0 * at)
        found = axes_nearby(centre, codes, 2_000)
        np.testing.assert_allclose(np.abs(np.sum(found.directions * turn, 1)), 1, atol=0.02)
        np.testing.assert_allclose(found.std, widths, rtol=0.08)
        np.testing.assert_allclose(found.share, widths**2 / (widths**2).sum(), atol=0.03)
        assert (found.directions[np.arange(4), np.abs(found.directions).argmax(1)] > 0).all()
        moved = found.codes(np.array([[0, 0, 0, 0], [2, 0, 0, -1.0]]))
        expected = centre + 2 * found.std[0] * found.directions[0] - found.std[3] * found.directions[3]
        np.testing.assert_allclose(moved, [centre, expected], rtol=1e-5)
    assert found.name(0) == f"axis 1, {100 * found.share[0]:.0f} % of the variance nearby (of 2,000 codes)"


def test_of_a_linear_decoder_they_are_its_singular_vectors(small_run: Small) -> None:
    run = small_run("linear-ae", "model.latent_dim=5")
    codes = run.codes_of("train").loc
    images = run.decode(np.eye(6, 5, dtype=np.float32), clamped=False).reshape(6, -1).astype(np.float64)
    singular, right = np.linalg.svd((images[:5] - images[5]).T, full_matrices=False)[1:]
    for z in codes[:3]:
        found = axes_of_metric(run.model, z, codes)
        np.testing.assert_allclose(np.abs(np.sum(found.directions * right, 1)), 1, atol=1e-3)
        np.testing.assert_allclose(found.share, singular**2 / (singular**2).sum(), atol=1e-4)
        np.testing.assert_allclose(found.std, (codes @ found.directions.T).std(0, ddof=1), rtol=1e-3)


@pytest.mark.parametrize("family", FAMILIES.names)
def test_in_every_family_the_first_axis_changes_the_image_most(small_run: Small, family: str) -> None:
    run = small_run(family)
    codes = run.codes_of("train").loc
    y = 1 if run.config.model.kind.conditional else None
    found = axes_of_metric(run.model, codes[0], codes, y)
    steps = np.concatenate([found.directions[[0, -1]], np.eye(len(codes[0]))]) * 1e-2
    both = np.concatenate([found.origin + steps, found.origin - steps]).astype(np.float32)
    images = run.decode(both, None if y is None else np.full(len(both), y), clamped=False).reshape(len(both), -1)
    change = np.linalg.norm(images[: len(steps)] - images[len(steps) :], axis=1)
    assert change[0] >= 0.97 * change.max() and change[1] <= 1.03 * change.min() + 1e-5
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(len(codes[0])), atol=1e-6)
    near = axes_nearby(codes[0], codes, 10)
    assert len(near.std) <= min(9, len(codes[0])) and near.share.sum() == pytest.approx(1, abs=1e-6)


def test_too_few_codes_and_equal_ones_say_so() -> None:
    with pytest.raises(NotApplicableError, match="need 3 codes, there are 1"):
        axes_nearby(np.zeros(4), np.zeros((1, 4), np.float32))
    with pytest.raises(NotApplicableError, match="all the same"):
        axes_nearby(np.zeros(4), np.zeros((9, 4), np.float32))
    line = axes_nearby(np.zeros(1), np.arange(9, dtype=np.float32)[:, None])
    assert line.directions.tolist() == [[1.0]] and line.share.tolist() == [1.0]
