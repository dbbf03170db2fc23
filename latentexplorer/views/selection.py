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
    from latentexplorer.runs import Trained

COLUMNS = ("part", "index", "label", "class", "file", "position")


def write_selection(trained: Trained, part: str, index: Array, path: Path) -> None:
    """Write the codes of selected images.

    Parameters
    ----------
    part : "train" or "test"
    index : (B,) int64
        Positions in that part; those whose code is not kept are left out.
    path : Path
        A `.csv` takes one row an image: part, index (its position in the source), label, class, file, and its position
        in the run's part. Anything else takes the codes as `encode` writes them, with these.

    Raises
    ------
    NotApplicableError
        Where the run has no codes of that part.
    RunError
        Where the file cannot be written.
    """
    from latentexplorer.latent.naming import named, table

    codes = trained.codes_of(part)
    codes = codes.take(np.isin(codes.index, index))
    if path.suffix.lower() == ".csv":
        columns = table(trained, part, codes.index, codes.labels)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(zip(*(columns[name] for name in COLUMNS), strict=True))
        atomic_write(path, out.getvalue().encode())
        return
    names = named(trained, part, codes.index)
    write_codes(
        path,
        codes.loc,
        scale=codes.scale,
        labels=codes.labels,
        class_names=trained.class_names,
        index=names.index,
        file=names.file,
        part=np.full(len(codes), part),
        position=codes.index,
    )
