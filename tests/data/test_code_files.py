"""Codes written, and read from files of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.errors import DataError
from latentexplorer.data.code_files import read_codes, write_codes

Z = np.arange(12, dtype=np.float64).reshape(4, 3)


def test_codes_are_read_from_npz_and_npy(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", mean=Z, labels=np.arange(4))
    np.save(tmp_path / "b.npy", Z.astype(np.float32))
    z, labels = read_codes(tmp_path / "a.npz", 3)
    assert (z == Z).all()
    assert labels is not None
    assert labels.tolist() == [0, 1, 2, 3]
    assert (read_codes(tmp_path / "b.npy", 3)[0] == Z).all()


def test_written_codes_are_read_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "codes.npz"
    write_codes(path, Z.astype(np.float32), labels=np.array([2, 0, 1, 1]), index=np.array([5, 7, 8, 30]))
    z, labels = read_codes(path, 3)
    np.testing.assert_array_equal(z, Z)
    assert labels is not None
    assert labels.tolist() == [2, 0, 1, 1]
    with np.load(path, allow_pickle=False) as saved:
        # What is not known has no array: nothing would be read from an array of None.
        assert sorted(saved.files) == ["index", "labels", "mean"]
        assert saved["index"].tolist() == [5, 7, 8, 30]
    assert [each.name for each in tmp_path.iterdir()] == ["codes.npz"]


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


def test_what_is_no_file_of_codes_is_not_called_a_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match=r"picture\.png is no \.npz and no \.npy.*\(N, 3\)"):
        read_codes(tmp_path / "picture.png", 3)
    with pytest.raises(DataError, match=r"cut\.npz is damaged"):
        read_codes(tmp_path / "cut.npz", 3)
