"""What is drawn on a map besides its points: where names belong, which points become pictures, how far a place lies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.gui.workers import map_tasks
from latentexplorer.runs import Trained
from latentexplorer.views.map_names import GAP, Spot, arranged, spots_of
from latentexplorer.views.map_pictures import LEAST_PX, MOST_PX, picture_side, thinned
from latentexplorer.views.map_place import PlaceJudge, usual_distance

Small = Callable[..., Trained]
RNG = np.random.default_rng(0)


def clusters(*middles: tuple[float, float], count: int = 200) -> np.ndarray:
    return np.concatenate([np.random.default_rng(1).normal(size=(count, 2)) * 0.5 + middle for middle in middles])


# -- names ------------------------------------------------------------------------------------------------------------


def test_a_class_in_two_clusters_has_its_name_in_both_and_not_between_them() -> None:
    coords = clusters((0, 0), (10, 0), (5, 8))
    spots = spots_of(coords, np.repeat([7, 7, 3], 200))
    assert sorted(spot.group for spot in spots) == [3, 7, 7]
    for spot in spots:
        away = np.hypot(*(coords - spot.place).T)
        assert (away < 1).sum() > 100, spot
    # A single cluster, however many look at it, and its few outliers have one name.
    lonely = np.concatenate([clusters((0, 0)), [(9.0, 9.0), (-9.0, 4.0)]])
    assert len(spots_of(lonely, np.zeros(202, np.int64))) == 1


@pytest.mark.parametrize("classes", [0, 1, 2, 10, 26, 62, 1000])
def test_names_never_touch_and_more_are_written_as_one_comes_nearer(classes: int) -> None:
    count = 3 * classes
    coords, groups = RNG.normal(size=(count, 2)), np.arange(count) % max(classes, 1)
    spots = spots_of(coords, groups)
    assert {spot.group for spot in spots} == set(range(classes))
    sizes = dict.fromkeys(range(classes), (48.0, 14.0))
    counts = []
    for scale in (80.0, 640.0):
        written = arranged(spots, (scale, -scale), sizes)
        assert written == arranged(spots, (scale, -scale), sizes)
        middles = np.array([np.multiply(w.spot.place, (scale, -scale)) + w.away for w in written]).reshape(-1, 2)
        apart = np.abs(middles[:, None] - middles[None])
        free = (apart[..., 0] >= 48 + 2 * GAP[0] - 1e-9) | (apart[..., 1] >= 14 + 2 * GAP[1] - 1e-9)
        assert (free | np.eye(len(written), dtype=bool)).all()
        counts.append(len({w.spot.group for w in written}))
    assert counts[0] >= min(classes, 2) and counts[1] >= counts[0]
    assert counts[1] > counts[0] or counts[0] == classes


def test_the_larger_class_keeps_its_place_and_the_smaller_one_moves_or_goes() -> None:
    size = (40.0, 12.0)
    large, small, third = Spot(0, (0.0, 0.0), 90), Spot(1, (0.0, -20.0), 20), Spot(2, (1.0, 1.0), 5)
    written = arranged([large, small, third], (1.0, 1.0), {0: size, 1: size, 2: size})
    assert [w.spot.group for w in written] == [0, 1]
    assert written[0].away == (0.0, 0.0) and written[1].away == (0.0, -12.0)


def test_no_class_is_named_twice_where_that_takes_the_room_of_the_only_name_of_another_one() -> None:
    coords = np.concatenate([clusters((0, 0), count=300), clusters((10, 0), count=200), clusters((10, 0.5), count=60)])
    groups = np.repeat([1, 1, 2], [300, 200, 60])
    sizes = {1: (60.0, 60.0), 2: (60.0, 60.0)}
    written = arranged(spots_of(coords, groups), (10.0, 10.0), sizes)
    assert sorted(each.spot.group for each in written) == [1, 2]
    # With more room the second place of the larger class has its name too.
    assert len(arranged(spots_of(coords, groups), (100.0, 400.0), sizes)) == 3


def test_a_class_whose_first_place_is_taken_is_named_at_its_next_one_before_any_is_named_twice() -> None:
    size = (30.0, 30.0)
    first, light = Spot(0, (0.0, 0.0), 90), Spot(1, (0.0, 1.0), 50)
    again, further = Spot(0, (200.0, 0.0), 60), Spot(1, (205.0, 0.0), 30)
    # All of the light one's ways around the first are taken by others.
    around = [Spot(at, (x, y), 80) for at, (x, y) in enumerate([(0, 40), (0, -40), (45, 0), (-45, 0)], 2)]
    spots = [first, *around, light, again, further]
    written = arranged(spots, (1.0, 1.0), dict.fromkeys(range(6), size))
    assert [one.spot for one in written] == [first, *around, further]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_points_that_lie_nowhere_have_no_say(bad: float) -> None:
    coords = clusters((0, 0))
    coords[3] = bad
    (spot,) = spots_of(coords, np.zeros(200, np.int64))
    assert np.hypot(*spot.place) < 0.5
    assert np.isfinite(usual_distance(coords))


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_never_overlap_and_stay_while_the_map_is_moved() -> None:
    coords = np.concatenate([RNG.normal(size=(3000, 2)), np.zeros((50, 2))])
    rank, side = RNG.permutation(len(coords)), 0.05
    rows = thinned(coords, rank, side)
    apart = np.abs(coords[rows][:, None] - coords[rows][None]).max(-1)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= side
    # What is chosen in the middle does not depend on what is seen beside it.
    middle = (np.abs(coords[rows]) < 0.5).all(1)
    seen = np.flatnonzero((np.abs(coords + np.array([0.03, -0.07])) < 0.5 + 0.1 + 5 * side).all(1))
    moved = seen[thinned(coords[seen], rank[seen], side)]
    assert set(rows[middle]) == set(moved[(np.abs(coords[moved]) < 0.5).all(1)])
    # No room is left in which there would be a point for another one.
    covered = (np.abs(coords[:, None] - coords[rows][None]) < 1.5 * side).all(-1).any(1)
    assert covered.mean() > 0.99


def test_pictures_come_when_there_is_room_grow_and_stay_of_a_sensible_size() -> None:
    usual = 0.01
    scales = np.geomspace(10, 1e6, 200)
    sides = np.array([picture_side(usual, scale) * scale for scale in scales])
    assert sides[0] == 0 and sides[-1] == pytest.approx(MOST_PX)
    shown = sides[sides > 0]
    assert shown.min() >= LEAST_PX - 1e-9 and shown.max() <= MOST_PX + 1e-9
    # Once they are there they do not go away again.
    assert (np.diff((sides > 0).astype(int)) >= 0).all()


@pytest.mark.parametrize("missing", [False, True])
def test_pictures_are_the_images_or_where_these_are_gone_the_decodes(small_run: Small, missing: bool) -> None:
    run = small_run("vae")
    codes = run.codes["train"]
    index = codes.index[[5, 2, 40]]
    shown = dataclasses.replace(run, data=None) if missing else run
    found = list(map_tasks.pictures(shown, "train", [50, 20, 9], index))
    assert [row for rows, _ in found for row in rows] == [50, 20, 9]
    images = np.concatenate([images for _, images in found])
    if missing:
        np.testing.assert_allclose(images, run.decode(codes.loc[[5, 2, 40]]), atol=1e-6)
    else:
        np.testing.assert_array_equal(images, run.images("train").images[index])


# -- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_place_is_judged_by_how_far_points_are_from_each_other(scale: float) -> None:
    grid = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), -1).reshape(-1, 2) * scale
    judge = PlaceJudge()
    words = {at: judge.place(grid, (at * scale, 9.5 * scale)).words for at in (9.5, 20.0, 21.5, 30.0)}
    assert words == {
        9.5: "place among points",
        20.0: "place beside points",
        21.5: "place beside points",
        30.0: "place far from points",
    }
    far = judge.place(grid, (29.0 * scale, 9.0 * scale))
    assert far.ratio == pytest.approx(10.0) and far.far and "10 times" in far.numbers and "10 times" in far.short


@pytest.mark.parametrize("coords", [np.zeros((0, 2)), np.zeros((1, 2)), np.zeros((9, 2))])
def test_where_no_distance_is_usual_nothing_is_said(coords: np.ndarray) -> None:
    place = PlaceJudge().place(coords, (3.0, 4.0))
    assert (place.words, place.numbers, place.short, place.far) == ("", "", "", False)
