"""Selected images in a file: their codes, or their positions in the data."""

from __future__ import annotations

import copy
import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.runs import Trained
from latentexplorer.views.selection import write_selection

Small = Callable[..., Trained]


def test_codes_of_selected_images_are_written_with_all_that_is_known(small_run: Small, tmp_path: Path) -> None:
    vae = copy.copy(small_run("vae"))
    # Codes of the odd images alone: a position is not a row.
    vae.codes = {"test": replace(vae.codes["test"], index=2 * vae.codes["test"].index + 1)}
    kept = vae.codes_of("test")
    index = kept.index[[7, 2, 3]]
    path = tmp_path / "some.npz"
    write_selection(vae, "test", np.append(index, 10**6), path)
    rows = np.flatnonzero(np.isin(kept.index, index))
    assert kept.scale is not None and kept.labels is not None
    with np.load(path, allow_pickle=False) as saved:
        np.testing.assert_array_equal(saved["position"], kept.index[rows])
        np.testing.assert_array_equal(saved["index"], vae.images("test").ids[kept.index[rows]])
        np.testing.assert_array_equal(saved["mean"], kept.loc[rows])
        np.testing.assert_array_equal(saved["scale"], kept.scale[rows])
        np.testing.assert_array_equal(saved["labels"], kept.labels[rows])


def test_positions_of_selected_images_are_a_table_with_their_classes(small_run: Small, tmp_path: Path) -> None:
    vae = small_run("vae")
    kept = vae.codes_of("train")
    assert kept.labels is not None
    path = tmp_path / "some.csv"
    write_selection(vae, "train", kept.index[:3], path)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["part", "index", "label", "class", "file", "position"]
    ids = vae.images("train").ids
    assert rows[1:] == [
        ["train", str(ids[position]), str(label), vae.class_names[label], "", str(position)]
        for position, label in zip(kept.index[:3].tolist(), kept.labels[:3].tolist(), strict=True)
    ]
