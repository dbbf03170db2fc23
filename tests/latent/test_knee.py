"""Knees that are known: corners of two lines, and exponentials; none where there is none to see."""

from __future__ import annotations

import math

import numpy as np
import pytest

from latentexplorer.latent.knee import find_knee, wavering


def corner(count: int, at: int, slope: float = 0.0) -> np.ndarray:
    """Rises by one a step up to position `at`, by `slope` afterwards."""
    steps = np.where(np.arange(1, count) <= at, 1.0, slope)
    return np.concatenate([[0.0], np.cumsum(steps)])


@pytest.mark.parametrize("fall", [False, True], ids=["rises", "falls"])
@pytest.mark.parametrize("end", [False, True], ids=["levels off", "climbs at its end"])
@pytest.mark.parametrize(("count", "at"), [(6, 2), (8, 4), (12, 3), (20, 6)])
def test_the_corner_of_two_lines_is_the_knee(count: int, at: int, end: bool, fall: bool) -> None:
    y = corner(count, at, 0.02)
    if end:
        # The same seen from the other side: nearly level, then steep.
        y, at = -y[::-1], count - 1 - at
    x = np.arange(1.0, count + 1)
    found = find_knee(x, 7 - 3 * y if fall else 7 + 3 * y)
    assert (found.at, found.ends) == (at, end)
    # A little noise moves no corner.
    for seed in range(5):
        noise = 0.005 * np.ptp(y) * np.random.default_rng(seed).standard_normal(count)
        assert find_knee(x, y + noise).at == at


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_the_knee_of_an_exponential_is_where_it_runs_along_the_diagonal(tau: float) -> None:
    x = np.linspace(0, 10, 201)
    y = 1 - np.exp(-x / tau)
    # Brought to [0, 1], its slope is one there.
    expected = tau * math.log(10 / tau / (1 - math.exp(-10 / tau)))
    found = find_knee(x, y).at
    assert found is not None and x[found] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12], "level off"),
        ([1, 2, 4, 8, 16], [9, 8, 6, 2, -6], "level off"),
        ([1, 2, 3, 4, 5, 6], [5, 5, 5, 5, 5, 5], "flat"),
        ([1, 2, 3], [0, 1, 1], "4 values"),
        ([1, 2, 3, 4, 5], [0, 1, math.nan, math.nan, 1], "4 values"),
        ([1], [3], "4 values"),
    ],
)
def test_where_there_is_no_knee_it_says_why(x: list[float], y: list[float], why: str) -> None:
    found = find_knee(x, y)
    assert found.at is None and why in found.why


@pytest.mark.parametrize("seed", range(5))
def test_a_line_with_noise_has_no_knee(seed: int) -> None:
    x = np.arange(10.0)
    assert find_knee(x, 2 * x + 0.4 * np.random.default_rng(seed).standard_normal(10)).at is None


@pytest.mark.parametrize("seed", range(5))
def test_what_differs_no_more_than_seeds_do_has_no_knee(seed: int) -> None:
    found = find_knee(np.arange(8.0), np.random.default_rng(seed).standard_normal(8), standard_error=1.0)
    assert found.at is None and "seeds" in found.why
    assert find_knee(np.arange(8.0), 100 * corner(8, 3), standard_error=1.0).at == 3


def test_values_that_are_missing_keep_the_places_of_the_others() -> None:
    y = corner(8, 4)
    y[1] = math.nan
    assert find_knee(np.arange(8.0), y).at == 4


def test_how_sure_a_knee_is_says_its_curve_redrawn_with_the_noise_of_the_seeds() -> None:
    x, y = np.arange(10.0), corner(10, 4)
    # Without noise nothing is known; with little the corner stays; with more it moves, and with much it is none.
    assert math.isnan(find_knee(x, y).share) and find_knee(x, y).low == -1 and not find_knee(x, y).sure
    little, more = (find_knee(x, y, standard_error=error) for error in (0.05, 0.35))
    assert (little.at, little.low, little.high) == (4, 4, 4) and little.sure
    assert more.at == 4 and 0.3 < more.share < 0.9 and more.low < 4 < more.high and not more.sure
    much = find_knee(x, 1 - np.exp(-x / 6), standard_error=0.14)
    assert much.at is None and "elsewhere" in much.why and much.high - much.low > 4
    # It is of the same curve and noise always the same.
    assert find_knee(x, y, standard_error=0.35) == more


@pytest.mark.parametrize("turned", [1, -1])
def test_a_curve_of_one_seed_is_as_noisy_as_it_wavers(turned: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 200)
    assert wavering(turned * (corner(200, 90) / 50 + noise)) == pytest.approx(0.1, rel=0.3)
    # One that rises and falls back once does not say how noisy it is.
    hill = turned * np.array([0.0, 3, 5, 5.5, 5.2, 4.9])
    assert wavering(hill) == 0 and wavering(hill[:4]) == 0


def test_a_knee_that_the_wavering_of_one_seed_could_have_put_elsewhere_is_not_called_sure() -> None:
    # Held-out errors of one seed that go up and down by as much as they fall after the second value.
    x, y = np.log([1.0, 2, 4, 8, 16, 32]), np.array([0.30, 0.24, 0.26, 0.21, 0.235, 0.20])
    found = find_knee(x, y)
    assert not found.sure and (found.at is None or found.low < found.high)
    # The same curve without the wavering has one.
    assert find_knee(x, np.array([0.30, 0.25, 0.21, 0.205, 0.203, 0.202])).at == 2
