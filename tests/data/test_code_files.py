"""Codes from files of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.errors import DataError
from latentexplorer.data.code_files import read_codes

Z = np.arange(12, dtype=np.float64).reshape(4, 3)


def test_codes_are_read_from_npz_and_npy(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", mean=Z, labels=np.arange(4))
    np.save(tmp_path / "b.npy", Z.astype(np.float32))
    z, labels = read_codes(tmp_path / "a.npz", 3)
    assert (z == Z).all()
    assert labels is not None
    assert labels.tolist() == [0, 1, 2, 3]
    assert (read_codes(tmp_path / "b.npy", 3)[0] == Z).all()


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"other": Z}, "holds no codes"),
        ({"mean": Z[:, :2]}, r"shape \(4, 2\)"),
        ({"mean": np.where(np.arange(12).reshape(4, 3) == 7, np.nan, Z)}, "code 2 is not finite"),
        ({"mean": Z * 1e300}, "code 0 is not finite"),
        ({"mean": Z, "labels": np.arange(3)}, "labels"),
        ({"mean": np.full((4, 3), "a")}, "numbers"),
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path: Path, arrays: dict[str, np.ndarray], expected: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=expected) as caught:
        read_codes(tmp_path / "a.npz", 3)
    assert "\n" not in str(caught.value)
