"""Columns beside images: a CSV with a row for each."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from latentexplorer.core.errors import DataError

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
