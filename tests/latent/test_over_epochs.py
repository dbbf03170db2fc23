"""How far codes still are from their end, and the area that holds them: known shifts, images in any order."""

from __future__ import annotations

import numpy as np
import pytest

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.geometry import principal
from latentexplorer.latent.over_epochs import area_of, movement, same_images
from latentexplorer.models import Codes


def test_known_ways_are_measured_in_spreads_whatever_order_images_come_in() -> None:
    rng = np.random.default_rng(3)
    end = rng.normal(size=(4000, 6)).astype(np.float32)
    spread = np.sqrt(np.square(end - end.mean(0)).sum(1).mean())
    index = np.arange(4000)
    shuffled = rng.permutation(4000)[:3000]
    apart = rng.normal(size=(4000, 6)).astype(np.float32)
    states = [
        Codes(apart, None, index, None),
        Codes((end + np.array([3, 0, 0, 0, 4, 0]))[shuffled].astype(np.float32), None, shuffled, None),
        Codes(end, None, index, None),
    ]
    found = movement(states)
    np.testing.assert_array_equal(found.index, np.sort(shuffled))
    np.testing.assert_allclose(found.moved, [np.sqrt(2), 5 / spread, 0], atol=0.03)
    np.testing.assert_array_equal(same_images(states[1], np.sort(shuffled)).index, np.sort(shuffled))
    with pytest.raises(NotApplicableError):
        movement([Codes(end[:5], None, index[:5], None), Codes(end[:5], None, index[5:10], None)])
    # Codes that are all alike have no spread, and one code has an area.
    still = Codes(np.ones((1, 2), np.float32), None, np.array([7]), None)
    assert movement([still, still]).moved.tolist() == [0, 0]
    left, right, bottom, top = area_of([still.loc])
    assert left < 1 < right and bottom < 1 < top


def test_variance_along_axes_of_other_codes() -> None:
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(5000, 3)) * [5, 2, 0.1]
    other = rng.normal(size=(5000, 3)) * [1, 1, 1]
    found = principal(wide, 2).seen_by(other)
    np.testing.assert_allclose(found.share, [1 / 3, 1 / 3], atol=0.03)
    np.testing.assert_array_equal(found.directions, principal(wide, 2).directions)
