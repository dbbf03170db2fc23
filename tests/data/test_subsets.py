"""Which images are chosen."""

import numpy as np
import pytest

from latentexplorer.core.config import DataConfig
from latentexplorer.data import load_data
from latentexplorer.data.subsets import choose, evenly, first_of_each, hold_out

LABELS = np.random.default_rng(3).choice(4, 200, p=[0.5, 0.3, 0.15, 0.05])


def test_hold_out_is_a_partition_balanced_and_seeded() -> None:
    train, test = hold_out(200, LABELS, 0.25, seed=1)
    assert sorted([*train, *test]) == list(range(200))
    for k in range(4):
        assert (LABELS[test] == k).sum() == round((k == LABELS).sum() * 0.25)
    assert np.array_equal(test, hold_out(200, LABELS, 0.25, seed=1)[1])
    assert not np.array_equal(test, hold_out(200, LABELS, 0.25, seed=2)[1])


@pytest.mark.parametrize(("count", "expected"), [(0, (0, 0)), (1, (1, 0)), (2, (1, 1)), (10, (2, 8))])
@pytest.mark.parametrize("in_order", [False, True])
def test_something_is_always_left_to_train_on(count: int, expected: tuple[int, int], in_order: bool) -> None:
    train, test = hold_out(count, None, 0.8, 0, in_order)
    assert (len(train), len(test)) == expected


def test_classes_of_one_image_still_leave_some_held_out() -> None:
    train, test = hold_out(10, np.arange(10), 0.2, 0)
    assert len(test) == 2 and len(train) == 8


def test_in_order_holds_out_the_last_block() -> None:
    train, test = hold_out(10, np.zeros(10, int), 0.3, 0, in_order=True)
    assert train.tolist() == list(range(7)) and test.tolist() == [7, 8, 9]


def test_first_of_each_class_in_order() -> None:
    expected = sorted(i for k in range(4) for i in np.flatnonzero(k == LABELS)[:5])
    assert first_of_each(LABELS, 5).tolist() == expected


@pytest.mark.parametrize("limit", [1, 3, 4, 37, 100, 199, 200, 500])
def test_limit_is_taken_as_evenly_as_there_are_images(limit: int) -> None:
    chosen = evenly(LABELS, limit)
    have, got = np.bincount(LABELS, minlength=4), np.bincount(LABELS[chosen], minlength=4)
    assert len(chosen) == min(limit, 200)
    spare = got < have
    if spare.any():
        assert got.max() - got[spare].min() <= 1
    for k in range(4):
        assert np.array_equal(chosen[LABELS[chosen] == k], np.flatnonzero(k == LABELS)[: got[k]])


def test_without_labels_the_first_ones_in_all() -> None:
    assert choose(None, 50, 7, None, ())[0].tolist() == list(range(7))
    assert choose(None, 50, 7, 3, ())[0].tolist() == [0, 1, 2]
    assert "no labels" in choose(None, 50, 7, None, ())[1][0]


def test_classes_that_are_too_small_are_named() -> None:
    _, notes = choose(LABELS, 200, 50, None, ("a", "b", "c", "d"))
    assert "c " in notes[0] and "d " in notes[0] and "a " not in notes[0]


def test_settings_reach_the_subset() -> None:
    split = load_data(DataConfig(name="digits", train_per_class=12, test_per_class=3, limit=50))
    assert np.bincount(split.train.labels).tolist() == [5] * 10
    assert np.bincount(split.test.labels).tolist() == [3] * 10
    assert split.train.ids is not None and (np.diff(split.train.ids) > 0).all()
    assert not set(split.train.ids) & set(split.test.ids)
