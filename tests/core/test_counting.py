"""How much of something, as a person reads it."""

from __future__ import annotations

import numpy as np
import pytest

from latentexplorer.cli.reproduced_table import number
from latentexplorer.core.counting import amount_text, percent_text
from latentexplorer.views.path_race import three


@pytest.mark.parametrize(
    ("value", "four", "two"),
    [
        (0.07134, "0.07134", "0.071"),
        (99.96, "99.96", "100"),
        (120.4, "120.4", "120"),
        (24405.17, "24,405", "24,405"),
        (-61234.6, "-61,235", "-61,235"),
        (0.0, "0", "0"),
        (2.5e20, "2.5e+20", "2.5e+20"),
    ],
)
def test_the_whole_part_of_a_number_is_never_cut(value: float, four: str, two: str) -> None:
    assert (amount_text(value), amount_text(value, 2)) == (four, two)


def test_losses_of_many_pixels_are_told_apart() -> None:
    """Ten nats are a large difference, of whatever number of pixels."""
    assert (number(-61234.4), number(-61244.4)) == ("-61,234", "-61,244")
    assert (three(0.43), three(12.0), three(104.2), three(1204.2)) == ("0.430", "12.0", "104", "1,204")


def test_a_part_that_is_not_all_is_not_written_as_all() -> None:
    told = {0.0: "0 %", 0.003: "0.3 %", 0.004999: "0.5 %", 0.05: "5 %", 0.974: "97 %", 1.0: "100 %"}
    assert {share: percent_text(share) for share in told} == told
    # What rounding leaves of all is all.
    assert percent_text(float(np.float32(1) - np.float32(6e-8))) == "100 %"
    assert (percent_text(255 / 256), percent_text(1999 / 2000)) == ("99.6 %", "99.95 %")
