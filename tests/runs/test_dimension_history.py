"""The table of dimensions: bounded, the same however a training came there, and read as if it came from a stranger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.errors import RunError
from latentexplorer.runs.dimension_history import FEWEST_ROWS, MOST_ROWS, DimensionHistory


def filled(epochs: range, dims: int, history: DimensionHistory, path: Path | None = None) -> DimensionHistory:
    for epoch in epochs:
        values = np.random.default_rng(epoch).random((2, dims), np.float32)
        history.append(epoch, values[0], values[1])
        if path is not None:
            history.save(path)
    return history


@pytest.mark.parametrize("cut", [1, 255, 256, 257, 300, 513])
def test_a_training_that_was_killed_has_the_same_table(tmp_path: Path, cut: int) -> None:
    whole, parts = tmp_path / "whole.csv", tmp_path / "parts.csv"
    filled(range(1, 521), 3, DimensionHistory(), whole)
    filled(range(1, cut + 40), 3, DimensionHistory(), parts)
    filled(range(cut + 1, 521), 3, DimensionHistory.load(parts).until(cut), parts)
    assert whole.read_bytes() == parts.read_bytes()
    assert DimensionHistory.load(whole).epochs == list(range(4, 521, 4))


@pytest.mark.parametrize(("epochs", "dims", "most"), [(5000, 2, MOST_ROWS), (600, 128, MOST_ROWS), (70, 4096, 16)])
def test_it_stays_small_and_reaches_from_begin_to_end(epochs: int, dims: int, most: int) -> None:
    history = DimensionHistory()
    for epoch in range(1, epochs + 1):
        history.append(epoch, None, np.zeros(dims, np.float32))
        assert min(epoch, FEWEST_ROWS) / 2 <= len(history) <= most
    steps = np.diff(history.epochs)
    assert set(steps) == {history.epochs[0]} and epochs - history.epochs[-1] < steps[0]


def test_numbers_come_back_to_the_last_bit_and_what_is_unknown_stays_so(tmp_path: Path) -> None:
    path, history = tmp_path / "dimensions.csv", DimensionHistory()
    rows = [np.array([1e-30, 1 / 3, np.nan], np.float32), np.array([7.0, 2**-20, 1e9], np.float32)]
    for epoch, row in enumerate(rows, 1):
        history.append(epoch, row, row[::-1])
        history.save(path)
    again = DimensionHistory.load(path)
    np.testing.assert_array_equal(again.kl, rows)
    np.testing.assert_array_equal(again.variance, [row[::-1] for row in rows])
    path.write_bytes(path.read_bytes()[:-3])  # A crash while the last line was written.
    assert DimensionHistory.load(path).epochs == [1]


@pytest.mark.parametrize(
    "text",
    [
        "epoch,variance_0\n1,a\n",
        "epoch,variance_0\n1,2,3\n",
        "epoch,variance_0\n1,1e308\n",
        "epoch,variance_0\n2,1\n1,1\n",
        "epoch,variance_0\n1,inf\n",
        "epoch\n1\n",
        "epoch,variance_0\n-1,1\n",
    ],
)
def test_what_is_no_such_table_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dimensions.csv"
    path.write_text(text)
    with pytest.raises(RunError, match=r"dimensions\.csv is not a table"):
        DimensionHistory.load(path)
