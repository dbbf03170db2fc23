"""How an epoch is cut into batches."""

from __future__ import annotations

import itertools

import pytest

from latentexplorer.training.batches import batch_bounds


@pytest.mark.parametrize(
    ("count", "size", "drop_last", "expected"),
    [
        (10, 4, False, [4, 4, 2]),
        (10, 4, True, [4, 4]),
        (9, 4, False, [4, 5]),
        (9, 4, True, [4, 4]),
        (3, 4, True, [3]),
        (3, 1, False, [1, 1, 1]),
        (1, 4, False, [1]),
    ],
)
def test_batches_cover_an_epoch_and_none_is_of_one_image(
    count: int, size: int, drop_last: bool, expected: list[int]
) -> None:
    bounds = batch_bounds(count, size, drop_last)
    assert [end - start for start, end in bounds] == expected
    assert bounds[0][0] == 0 and all(a[1] == b[0] for a, b in itertools.pairwise(bounds))
