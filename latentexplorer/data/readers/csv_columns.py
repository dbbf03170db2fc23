"""Columns beside images: a CSV with a row for each."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.errors import DataError
from latentexplorer.data.labels import code_labels
from latentexplorer.data.pixels import Loaded, Problems
from latentexplorer.data.readers import CORRECT

LARGEST_CSV = 512 * 1024**2
FILE_COLUMNS = ("file", "filename", "file_name", "path", "image", "name")
MOST_LETTERS = 200
LABEL_COLUMNS = ("label", "class")
TODO = (
    "Give the CSV a line of column names and then one row per image, in the order of the images or with a column 'file'"
)


def read_columns(path: Path, count: int, files: list[str] | None = None) -> tuple[dict[str, np.ndarray], list[str]]:
    """The columns of a CSV, as whole numbers, numbers (an empty cell is NaN) or text.

    Parameters
    ----------
    count : int
        How many images there are.
    files : list of str or None
        Their paths within the folder: a column that names files says which row belongs to which image.

    Raises
    ------
    DataError
        Naming the line or the file that does not fit.
    """
    names, rows = _table(path)
    where = _by_file(names, rows, files) if files is not None else None
    if where is not None:
        missing = [file for file in files or [] if file not in where]
        if missing:
            more = f" and for {len(missing) - 1:,} more" if len(missing) > 1 else ""
            raise DataError(f"{path} has no row for {missing[0]}{more}", TODO)
        rows = [rows[where[file]] for file in files or []]
    elif len(rows) != count:
        raise DataError(f"{path} has {len(rows):,} rows for {count:,} images", TODO)
    return {name: _typed([row[k] for row in rows]) for k, name in enumerate(names)}, [f"columns from {path.name}"]


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        if path.stat().st_size > LARGEST_CSV:
            raise DataError(f"{path} is larger than {LARGEST_CSV // 2**20} MB", "Keep only the columns needed")
        text = path.read_text(encoding="utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "Name an existing CSV") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no CSV in UTF-8: {error}", "Save it again as CSV in UTF-8") from None
    if not rows:
        raise DataError(f"{path} is empty", TODO)
    names = [name.strip() for name in rows[0]]
    if not all(names) or len(set(names)) < len(names):
        raise DataError(f"{path}: column names are missing or twice the same: {', '.join(names)[:200]}", TODO)
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise DataError(f"{path}, row {number} has {len(row)} cells for {len(names)} columns", TODO)
    return names, rows[1:]


def _by_file(names: list[str], rows: list[list[str]], files: list[str] | None) -> dict[str, int] | None:
    """Row of each file by its path within the folder (or its name alone), if the CSV names files."""
    column = next((k for k, name in enumerate(names) if name.lower() in FILE_COLUMNS), None)
    if column is None:
        return None
    row_of = {row[column].strip().replace("\\", "/").removeprefix("./"): k for k, row in enumerate(rows)}
    found = {}
    for file in files or []:
        key = file if file in row_of else file.rpartition("/")[2]
        if key in row_of:
            found[file] = row_of[key]
    return found or None


def _typed(cells: list[str]) -> np.ndarray:
    try:
        whole = np.array([int(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):
        pass
    else:
        return whole
    try:
        return np.array([float(cell) if cell.strip() else np.nan for cell in cells], np.float64)
    except ValueError:
        return np.array([cell.strip()[:MOST_LETTERS] for cell in cells], dtype=np.str_)


def csv_beside(path: Path) -> Path | None:
    """The CSV that belongs to a folder or file of images without being named, where there is one."""
    beside = path / "columns.csv" if path.is_dir() else path.with_suffix(".csv")
    return beside if beside.is_file() and beside != path else None


def with_columns(loaded: Loaded, csv_path: Path, path: Path) -> Loaded:
    """Add the columns of a CSV; its `label` or `class` becomes the labels of a set that has none."""
    if loaded.test is not None:
        if "file" not in loaded.train.columns:
            raise DataError(
                f"{csv_path} goes with one list of images, and {path} holds two", "Leave data.columns empty"
            )
        blocks = []
        for block in (loaded.train, loaded.test):
            columns, notes = read_columns(csv_path, len(block), [str(name) for name in block.columns["file"]])
            blocks.append(replace(block, columns={**block.columns, **columns}))
        return replace(loaded, train=blocks[0], test=blocks[1], notes=(*loaded.notes, *notes))
    block = loaded.train
    own_files = block.columns.get("file")
    columns, notes = read_columns(csv_path, len(block), None if own_files is None else [str(f) for f in own_files])
    labels, class_names = block.labels, loaded.class_names
    label_column = next((name for name in columns if name.lower() in LABEL_COLUMNS), None)
    if labels is None and label_column is not None:
        problems = Problems()
        labels, class_names, changes = code_labels(columns[label_column], len(block), None, problems)
        problems.raise_if_any(str(csv_path), CORRECT)
        notes += [f"classes from its column {label_column!r}", *changes]
    block = replace(block, labels=labels, columns={**block.columns, **columns})
    return replace(loaded, train=block, class_names=class_names, notes=(*loaded.notes, *notes))
