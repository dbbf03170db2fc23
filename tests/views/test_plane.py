"""Places of a latent grid: between its cells, beside it, and other rectangles of its plane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.settings_text import as_changes
from latentexplorer.runs import Trained
from latentexplorer.views import settings_from
from latentexplorer.views.latent_grid import Result, Settings, compute
from latentexplorer.views.plane import (
    axis_number,
    code_at,
    codes_in_sight,
    moved,
    over,
    place_of,
    shown_range,
    unmoved,
    zoomed,
)


def plane(x: list[float], y: list[float]) -> Result:
    """A plane of the first two of three dimensions."""
    across, up = np.array(x), np.array(y)
    codes = np.stack([*np.meshgrid(across, up), np.zeros((len(y), len(x)))], axis=-1).astype(np.float32)
    return Result(
        images=np.zeros((len(y), len(x), 1, 1, 1), np.float32),
        codes=codes,
        x=across,
        y=up,
        axes=("z0", "z1"),
        label=None,
        origin=np.zeros(3, np.float32),
        basis=np.eye(2, 3, dtype=np.float32),
        title="",
        subtitle="",
        notes=(),
    )


def test_zooming_in_and_out_again_and_moving_there_and_back() -> None:
    closer = zoomed(np.linspace(-1, 3, 5), np.linspace(2, -2, 5), 0.5, 1, 3)
    assert closer == ((-0.5, 1.5), (-1.5, 0.5))
    assert moved(moved(closer, (5, 5), 2, -1), (5, 5), -2, 1) == closer
    far = over(Settings(), (-1e9, 1e9), (3.0, 3.0))
    assert far.x_range == (-1e6, 1e6)
    assert far.y_range is not None
    assert far.y_range[0] < 3.0 < far.y_range[1]
    # What the settings say is taken by whoever draws the figure, and none of it is left when the plane is reset.
    assert settings_from("latent-grid", as_changes(far.given())) == far
    assert unmoved(far) == Settings()


def test_a_code_off_the_plane_is_placed_where_it_comes_nearest() -> None:
    result = plane([0, 1, 3], [1, 0])
    on = place_of(result, np.array([2.0, 0.5, 0]))
    assert (on.column, on.row, on.on_plane) == (1.5, 0.5, True)
    off = place_of(result, np.array([5.0, 2.0, 0.4]))
    assert (off.column, off.row, off.on_plane) == (3.0, -1.0, False)
    # What a model that diverges has for codes.
    assert not place_of(result, np.full(3, 1e30, np.float32)).on_plane


@pytest.mark.parametrize("place", [(0, 0), (2, 1), (0.25, 0.5), (1.75, 1), (2.5, -0.5)])
def test_the_code_at_a_place_lies_at_that_place(small_run: Callable[..., Trained], place: tuple[float, float]) -> None:
    result = compute(small_run("vae", "model.latent_dim=5"), Settings(n=3))
    code = code_at(result, *place)
    found = place_of(result, code.z)
    assert found.on_plane
    assert (found.column, found.row) == pytest.approx(place, abs=1e-4)
    if place == (2, 1):
        assert np.array_equal(code.z, result.codes[1, 2])


def test_codes_in_sight_are_those_that_come_nearest_to_a_cell(small_run: Callable[..., Trained]) -> None:
    trained = small_run("vae", "model.latent_dim=2")
    codes = trained.codes["train"]
    x, y = np.quantile(codes.loc, [0.3, 0.9], axis=0).T
    result = compute(trained, Settings(n=4, x_range=tuple(x), y_range=tuple(y)))
    assert shown_range(result) == (pytest.approx(x), pytest.approx(y))
    cells, labels = codes_in_sight(result, codes, len(codes.loc))
    half = np.array([np.ptp(x), np.ptp(y)]) / 3 / 2
    low, high = np.array([x[0], y[0]]) - half, np.array([x[1], y[1]]) + half
    inside = ((codes.loc > low) & (codes.loc < high)).all(1)
    assert 0 < len(cells) == inside.sum() < len(codes.loc)
    assert np.array_equal(labels, codes.labels[inside])


def test_numbers_of_an_axis_have_the_digits_that_tell_them_apart() -> None:
    assert [axis_number(np.array([-0.02, 0.0, 0.02]), at) for at in range(3)] == ["−0.02", "0.00", "0.02"]
    assert axis_number(np.array([-1e-9, 10.0]), 0) == "0"
