"""Rows and planes along the axes around a code: exactly the codes that the axes say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.runs import Trained
from latentexplorer.views import latent_grid, traversal
from latentexplorer.views.local_axes import KINDS, axes_at

Small = Callable[..., Trained]


@pytest.mark.parametrize("family", ["cvae", "vad", "pca"])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_planes_go_along_the_axes_around_their_code(small_run: Small, family: str, kind: str) -> None:
    run = small_run(family)
    z = run.codes_of("train").loc[3]
    y = int(run.codes_of("train").labels[3]) if run.config.model.kind.conditional else None
    axes = axes_at(run, kind, z, y, 12)
    classes = None if y is None else np.full(5, y)

    rows = traversal.compute(run, traversal.Settings(axes=kind, nearby=12, base="train:3", count=2, steps=5))
    assert rows.names == (axes.name(0), axes.name(1)) and rows.values[1].tolist() == [-2, -1, 0, 1, 2]
    codes = z + rows.values[1][:, None] * axes.std[1] * axes.directions[1]
    np.testing.assert_allclose(rows.images[1], run.decode(codes.astype(np.float32), classes, clamped=False), atol=1e-5)

    plane = latent_grid.compute(
        run, latent_grid.Settings(axes=kind, nearby=12, centre="train:3", n=5, dims=(1, 0), x_range=(-1, 3))
    )
    assert plane.x.tolist() == [-1, 0, 1, 2, 3] and plane.y.tolist() == [2, 1, 0, -1, -2]
    expected = z + 3 * axes.std[1] * axes.directions[1] - 2 * axes.std[0] * axes.directions[0]
    np.testing.assert_allclose(plane.codes[-1, -1], expected, atol=1e-5)
    assert plane.axes[0].startswith("axis 2 (") and "standard deviations" in plane.subtitle


def test_what_there_is_not_is_said(small_run: Small) -> None:
    run = small_run("vae")
    with pytest.raises(SettingsError, match="no such axis"):
        traversal.compute(run, traversal.Settings(axes="nearby", nearby=3, dims=(5,)))
    with pytest.raises(SettingsError, match="no such axis"):
        latent_grid.compute(run, latent_grid.Settings(axes="nearby", nearby=3, dims=(0, 7)))
    with pytest.raises(NotApplicableError, match="two dimensions"):
        latent_grid.compute(small_run("vae", "model.latent_dim=1"), latent_grid.Settings(axes="metric"))
