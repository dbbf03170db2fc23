"""Numbers beside ranges."""

from __future__ import annotations

from latentexplorer.views.ranges import number_text


def test_numbers_of_a_tiny_range_are_told_apart_and_those_far_from_nought_stay_short() -> None:
    ticks = [number_text(value, 9e-6) for value in (-4.4e-6, -2.2e-6, 1e-12, 2.2e-6, 4.4e-6)]
    assert ticks == ["−4.4e−06", "−2.2e−06", "0", "2.2e−06", "4.4e−06"]
    assert number_text(1.0, 9e-6) == "1.000000"
    assert number_text(0.25, 0.004) == "0.2500"
