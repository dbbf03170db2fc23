"""Places of a latent grid: between its cells, beside it, and other rectangles of its plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.errors import SettingsError
from latentexplorer.core.settings_text import as_changes
from latentexplorer.figures import read_recipe
from latentexplorer.runs import Trained
from latentexplorer.views import settings_from
from latentexplorer.views.code import Code
from latentexplorer.views.code_path import CodePath
from latentexplorer.views.latent_grid import Result, Settings, compute
from latentexplorer.views.plane import (
    axis_number,
    code_at,
    codes_in_sight,
    evenly_spaced,
    filling,
    moved,
    outside_words,
    over,
    place_of,
    shown_range,
    spanning,
    tick_number,
    ticks,
    unmoved,
    zoomed,
)
from latentexplorer.views.ranges import brief
from latentexplorer.views.registry import load_view


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
    # Along an unused dimension all codes are one: what lies elsewhere is outside, by as much as it is.
    off = place_of(plane([2, 2, 2], [1, 0]), np.array([5.0, 0.5, 0]))
    assert (off.column, off.row, off.outside) == (5.0, 0.5, True)


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


def test_ticks_are_round_and_lie_where_their_values_do() -> None:
    # Spaced by quantiles: steps are wider at the ends.
    axis = np.array([-5.9, -2.0, -0.5, 0.5, 2.0, 5.9])
    found = ticks(axis, 6)
    assert [tick_number(value, 2.0) for value, _ in found] == ["−4", "−2", "0", "2", "4"]
    np.testing.assert_allclose([at for _, at in found], [0.487, 1, 2.5, 4, 4.513], atol=1e-3)
    assert [value for value, _ in ticks(axis[::-1], 3)] == [-5, 0, 5]
    assert tick_number(-1e-17, 0.05) == "0.00"
    assert ticks(axis, 0) == [] == ticks(np.array([1.0, 1.0]), 4)


@pytest.mark.parametrize("room", [(640, 180), (180, 640), (900, 300), (300, 310), (1200, 60), (40, 40)])
@pytest.mark.parametrize("n,ratio", [(12, 1.0), (6, 1.0), (24, 0.7), (12, 2.0)])
def test_about_as_many_pictures_fill_a_room_of_any_shape(room: tuple[int, int], n: int, ratio: float) -> None:
    rows, columns = filling(n, room, ratio)
    height = min(room[0] / columns / ratio, room[1] / rows)
    covered = height * height * ratio * rows * columns / (room[0] * room[1])
    assert 2 < rows <= 64 and 2 < columns <= 64
    assert covered > 0.75 or 64 in (rows, columns) or 3 in (rows, columns)
    assert 0.6 * n * n <= rows * columns <= 1.6 * n * n or 3 in (rows, columns) or 64 in (rows, columns)


@pytest.mark.parametrize("room", [(263, 84), (440, 124), (84, 263), (60, 60)])
def test_in_little_room_there_are_fewer_pictures_and_none_too_small(room: tuple[int, int]) -> None:
    rows, columns = filling(12, room, 1.0, 22)
    cell = min(room[0] / columns, room[1] / rows)
    assert cell >= 20 or (rows, columns) == (3, 3)
    assert cell * cell * rows * columns > 0.75 * room[0] * room[1]
    assert filling(12, (900, 300), 1.0, 22) == filling(12, (900, 300), 1.0)


def test_a_code_beside_the_cells_is_told_with_its_values() -> None:
    result = plane([0, 1, 3], [1, 0])
    near, far = (place_of(result, np.array([x, 0.5, 0])) for x in (3.9, 4.2))
    assert (near.outside, far.outside) == (False, True)
    assert far.values == pytest.approx((4.2, 0.5))
    assert "z0 = 4.2, z1 = 0.5" in outside_words(result, far)


def leaving(trained: Trained) -> Trained:
    """A run whose first dimension lies far from its prior, and whose second one nearly is the prior's."""
    from dataclasses import replace

    codes = trained.codes["train"]
    loc = codes.loc.copy()
    loc[:, 0] = np.linspace(-4.1, 6.0, len(loc))
    loc[:, 1] = np.linspace(-2, 2, len(loc))
    return replace(trained, codes={**trained.codes, "train": replace(codes, loc=loc)})


def test_a_side_spans_the_codes_where_they_leave_the_prior(small_run: Callable[..., Trained]) -> None:
    run = leaving(small_run("vae", "model.latent_dim=2"))
    result = compute(run, Settings(n=5))
    ends = np.quantile(run.codes["train"].loc[:, 0], [0.01, 0.99])
    np.testing.assert_allclose(result.x, np.linspace(*ends, 5), rtol=1e-6)
    assert [span.of for span in result.spans or ()] == ["codes", "prior"]
    assert "z0 spans the codes" in result.notes[-1]
    prior = compute(run, Settings(n=5, range="prior"))
    np.testing.assert_allclose(prior.x, -prior.x[::-1], atol=1e-9)
    np.testing.assert_allclose(prior.y, result.y)
    assert not any("leave" in note for note in prior.notes)
    three = compute(run, spanning(Settings(n=5, rows=3), (-3.0, 3.0)))
    assert three.images.shape[:2] == (3, 5)
    assert shown_range(three) == ((-3, 3), (-3, 3)) and evenly_spaced(three) and not evenly_spaced(prior)
    with pytest.raises(SettingsError, match="range"):
        settings_from("latent-grid", ["range=[3, -3]"])


def test_rows_of_a_traversal_span_the_codes_where_they_leave_the_prior(small_run: Callable[..., Trained]) -> None:
    run = leaving(small_run("vae", "model.latent_dim=2"))
    traverse = load_view("traversal").compute
    for changes, wanted in (
        ((), (np.quantile(run.codes["train"].loc[:, 0], [0.01, 0.99]), (-2.326, 2.326))),
        (("range=prior",), ((-2.326, 2.326), (-2.326, 2.326))),
        # What was written before there were words for it.
        (("range=none",), ((-2.326, 2.326), (-2.326, 2.326))),
        (("range=[-3, 3]",), ((-3, 3), (-3, 3))),
        (("range=prior", "ends=[[0, -1, 8]]"), ((-1, 8), (-2.326, 2.326))),
    ):
        result = traverse(run, settings_from("traversal", ["dims=[0, 1]", *changes]))
        np.testing.assert_allclose(result.values[:, [0, -1]], wanted, atol=1e-3)
        assert bool(result.notes) == (not changes)
    with pytest.raises(SettingsError, match="ends of dimension 1"):
        settings_from("traversal", ["ends=[[1, 2, 2]]"])


@pytest.mark.parametrize("kind", ["latent-grid", "traversal", "map"])
def test_figures_that_knew_no_ranges_keep_the_prior_s(tmp_path: Path, kind: str) -> None:
    def read(recipe: dict[str, object]) -> object:
        path = tmp_path / "old.svg"
        path.write_text(f"<svg><dc:description>{json.dumps(recipe)}</dc:description></svg>")
        return getattr(read_recipe(path).view_settings(), "range", None)

    old = {"kind": kind, "version": "0.1.0", "settings": {}}
    assert read(old) == (None if kind == "map" else "prior")
    if kind != "map":
        assert read(old | {"settings": {"range": [-1, 2]}}) == (-1, 2)
        assert read(old | {"edition": 2}) == "auto"


@pytest.mark.parametrize("value,text", [(8.3e-14, "0"), (-2e-17, "0"), (0.00123, "0.00123"), (33.333, "33.3")])
def test_what_rounding_leaves_of_nought_is_nought(value: float, text: str) -> None:
    assert brief(value) == text


def test_a_path_that_is_played_back_to_its_beginning_is_at_its_end(small_run: Callable[..., Trained]) -> None:
    run = small_run("vae", "model.latent_dim=2")
    first, last = Code(np.zeros(2)), Code(np.ones(2))
    path = CodePath(first, last, "lerp", None)
    assert path.code_at(run, 8.3e-16) is first and path.code_at(run, 1 - 1e-12) is last
    assert "50 % of the way" in path.code_at(run, 0.5).how
