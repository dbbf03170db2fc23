"""The benchmark of a card runs where there is none, too, on sizes that say nothing about speed."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from tests.benchmarks import cuda
from tests.benchmarks.bench import Options


@pytest.mark.parametrize("part", ["training", "stream"])
def test_its_rows_come_with_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    monkeypatch.setattr(cuda, "TRAINED", (("vae-4", 1, 0),))
    (row,) = cuda.measure(Options(quick=True, repeats=1, home=tmp_path, extra=Namespace(only=[part])))
    assert row.name.startswith(f"cuda_{part}")
    assert row.ours is not None and row.baseline is not None and min(row.ours, row.baseline) > 0
    assert "fp32" in row.note
