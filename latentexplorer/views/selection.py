"""Selected images in a file for other programs: their codes, or their positions in the data."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.paths import atomic_write
from latentexplorer.data.code_files import write_codes
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.models import Codes
    from latentexplorer.runs import Trained


def write_selection(trained: Trained, part: str, index: Array, path: Path) -> None:
    """Write the codes of selected images.

    Parameters
    ----------
    part : "train" or "test"
    index : (B,) int64
        Positions in that part; those whose code is not kept are left out.
    path : Path
        A `.csv` takes one row an image: part, index, label and class. Anything else takes the codes as `encode` writes
        them, with `index`.

    Raises
    ------
    NotApplicableError
        Where the run has no codes of that part.
    RunError
        Where the file cannot be written.
    """
    codes = trained.codes_of(part)
    codes = codes.take(np.isin(codes.index, index))
    if path.suffix.lower() == ".csv":
        atomic_write(path, _table(codes, part, trained.class_names).encode())
    else:
        write_codes(path, codes.loc, scale=codes.scale, labels=codes.labels, index=codes.index)


def _table(codes: Codes, part: str, class_names: tuple[str, ...]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["part", "index", "label", "class"])
    for row, position in enumerate(codes.index.tolist()):
        label = None if codes.labels is None else int(codes.labels[row])
        name = class_names[label] if label is not None and label < len(class_names) else ""
        writer.writerow([part, position, "" if label is None else label, name])
    return out.getvalue()
