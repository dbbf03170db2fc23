"""Interpolation, planes, traversals and class codes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.latent import plane
from latentexplorer.latent.classes import class_codes
from latentexplorer.latent.interpolation import interpolate, lerp, slerp
from latentexplorer.latent.traversal import importance, strip
from latentexplorer.models.distributions import make_prior

A, B = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)


def test_both_ends_of_an_interpolation_are_exact() -> None:
    for way in ("linear", "spherical"):
        path = interpolate(A, B, 7, way)  # type: ignore[arg-type]
        assert path.shape == (7, 16)
        assert np.array_equal(path[0], A) and np.array_equal(path[-1], B)


def test_slerp_turns_evenly_and_its_length_goes_evenly() -> None:
    path = slerp(A, 3 * B, np.linspace(0, 1, 9)).astype(np.float64)
    length = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(np.diff(length), np.diff(length).mean(), rtol=1e-4)
    unit = path / length[:, None]
    angles = np.arccos((unit[1:] * unit[:-1]).sum(1))
    np.testing.assert_allclose(angles, angles.mean(), rtol=1e-3)


def test_slerp_of_orthogonal_unit_codes_is_the_quarter_circle() -> None:
    middle = slerp(np.array([1.0, 0]), np.array([0, 1.0]), 1 / 3)
    np.testing.assert_allclose(middle, [np.cos(np.pi / 6), np.sin(np.pi / 6)], rtol=1e-6)


@pytest.mark.parametrize("b", [A * 2, -A, A * 0, A + 1e-7])
def test_slerp_falls_back_to_the_straight_line(b: np.ndarray) -> None:
    t = np.linspace(0, 1, 5)
    np.testing.assert_allclose(slerp(A, b, t), lerp(A, b, t), atol=1e-6)
    assert np.isfinite(slerp(A, b, t)).all()


@pytest.mark.parametrize("name", ["normal", "laplace", "exponential", "log-exponential", "uniform"])
def test_quantile_planes_have_the_same_mass_between_all_cells(name: str) -> None:
    prior = make_prior(name)
    values = prior.icdf(torch.from_numpy(plane.levels(8))).numpy()
    made = plane.dimension_plane(np.full(4, prior.mean), 1, 3, values, values)
    below = prior.distribution_on(torch.zeros(())).cdf(torch.from_numpy(made.u)).numpy()  # type: ignore[no-untyped-call]
    np.testing.assert_allclose(np.diff(below), 1 / 8, atol=1e-5)
    assert below[0] == pytest.approx(1 / 16, abs=1e-5)


def test_a_plane_of_two_dimensions_leaves_the_others_and_has_its_top_row_first() -> None:
    centre = np.arange(5.0)
    made = plane.dimension_plane(centre, 3, 1, plane.linear(-10, 0, 4), plane.linear(-5, 5, 3))
    assert made.codes.shape == (3, 4, 5)
    assert made.codes[0, 0].tolist() == [0, 5, 2, -10, 4]
    assert made.codes[2, 3].tolist() == [0, -5, 2, 0, 4]
    assert np.array_equal(made.code(made.u[2], made.v[1]), made.codes[1, 2])
    np.testing.assert_allclose(made.position(made.codes[1, 2])[0], [made.u[2], made.v[1]], atol=1e-6)
    assert made.names == ("z3", "z1")


def test_a_principal_plane_lies_in_the_widest_directions_around_its_centre() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(500, 6)) * np.array([0.1, 5, 0.1, 2, 0.1, 0.1])
    made = plane.principal_plane(codes, (3, 5), cover=0.9)
    assert np.abs(made.axes[0]).argmax() == 1 and np.abs(made.axes[1]).argmax() == 3
    assert made.u[-1] == pytest.approx(5 * norm.ppf(0.95), rel=0.2)
    centre = rng.normal(size=6)
    moved = plane.principal_plane(codes, 3, centre)
    np.testing.assert_allclose(moved.code(0, 0), centre, rtol=1e-6)


def test_planes_that_do_not_exist_are_refused() -> None:
    line = plane.linear(0, 1, 3)
    with pytest.raises(NotApplicableError):
        plane.dimension_plane(np.zeros(1), 0, 0, line, line)
    with pytest.raises(SettingsError, match="same direction"):
        plane.dimension_plane(np.zeros(3), 1, 1, line, line)
    with pytest.raises(SettingsError, match="no latent dimension 3"):
        plane.dimension_plane(np.zeros(3), 0, 3, line, line)
    with pytest.raises(SettingsError, match="empty"):
        plane.linear(1, 1, 3)


@pytest.mark.parametrize("rows,columns", [(1, 1), (5, 7), (12, 12)])
def test_coarse_to_fine_visits_every_cell_once(rows: int, columns: int) -> None:
    stages = list(plane.coarse_to_fine(rows, columns))
    assert sorted(np.concatenate(stages).tolist()) == list(range(rows * columns))
    if rows == 12:
        assert len(stages[0]) == 9


def test_dimensions_are_ordered_by_kl_else_by_variance() -> None:
    codes = np.random.default_rng(0).normal(size=(400, 4)) * np.array([1, 3, 0.1, 2])
    assert importance(codes).order.tolist() == [1, 3, 0, 2]
    assert importance(codes, np.array([0, 1, 5, 2])).order.tolist() == [2, 3, 1, 0]
    assert importance(codes).unused.tolist() == [False] * 4
    assert importance(codes * [1, 1, 0.1, 1]).unused.tolist() == [False, False, True, False]
    # With posteriors: whether their means differ between images, whatever the KL is.
    assert importance(codes * [0.05, 1, 10, 0.01], np.ones(4)).unused.tolist() == [True, False, False, True]
    row = strip(codes[0], 2, np.array([-1, 0, 1]))
    assert row[:, 2].tolist() == [-1, 0, 1] and np.allclose(row[:, [0, 1, 3]], codes[0, [0, 1, 3]])


def test_class_codes_are_medians_and_means_of_the_classes_that_are_there() -> None:
    codes = np.array([[0, 0], [1, 10], [5, 2], [7, 7]], np.float32)
    found = class_codes(codes, np.array([0, 0, 0, 2]))
    assert found.classes.tolist() == [0, 2] and found.counts.tolist() == [3, 1]
    assert found.codes.tolist() == [[1, 2], [7, 7]]
    assert class_codes(codes, np.array([0, 0, 0, 2]), "mean").codes[0].tolist() == [2, 4]
    with pytest.raises(NotApplicableError):
        class_codes(codes, None)
