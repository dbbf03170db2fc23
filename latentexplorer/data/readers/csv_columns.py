"""Columns beside images: a CSV with a row for each, as numbers where its cells are written as numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import is_file, is_folder
from latentexplorer.data.pixels import Loaded
from latentexplorer.data.readers.csv_table import Table, read_table
from latentexplorer.data.readers.file_pixels import FilePixels
from latentexplorer.data.readers.pairing import UnpairedError, by_name, by_position

MOST_LETTERS = 200
LOOKED_AT = 1000
"""Where no more images than that have no row, it is tried whether they can be read at all."""
EXACT = 2**53
"""Whole numbers up to here are exact as float64, which a column with empty cells has to be."""
NO_VALUE = frozenset({"nan", "na", "n/a", "#n/a", "null", "none", "-"})
WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)")
SCIENTIFIC = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]*[eE][+-]?|[eE][+-])[0-9]{1,3}")
"""Without a point or a sign, `1e5` may be the name of something as well as a number."""


def typed(cells: list[str], decimal_comma: bool = False) -> tuple[np.ndarray, str]:
    """A column's cells (N,) as whole numbers, as numbers, or as text, and what had to be done for it.

    Numbers are what is plainly written as numbers: `001`, `1_000`, `0x1f`, `1e5` and `inf` are text, and one such cell
    makes the column text. Between numbers an empty cell, `nan` or `NA` is NaN.

    Parameters
    ----------
    decimal_comma : bool
        Whether `1,5` can be a number, because commas do not separate cells.
    """
    there = [cell for cell in cells if _is_there(cell)]
    if not there and not any(cells):
        return np.full(len(cells), np.nan), ""
    if all(WHOLE.fullmatch(cell) for cell in cells):
        return np.array([int(cell) for cell in cells], np.int64), ""
    if there and all(_is_number(cell) for cell in there):
        return _numbers(cells)
    if there and decimal_comma and all("." not in cell and _is_number(cell.replace(",", ".")) for cell in there):
        values, note = _numbers([cell.replace(",", ".") for cell in cells])
        return values, ", ".join(filter(None, ("decimal commas", note)))
    cut = sum(len(cell) > MOST_LETTERS for cell in cells)
    note = f"{cut:,} cells cut to {MOST_LETTERS} letters" if cut else ""
    return np.array([cell[:MOST_LETTERS] for cell in cells], np.str_), note


def _numbers(cells: list[str]) -> tuple[np.ndarray, str]:
    words = sorted({cell for cell in cells if cell and not _is_there(cell)})
    values = np.array([float(cell) if _is_there(cell) else np.nan for cell in cells], np.float64)
    return values, f"{' and '.join(words)} taken as no value" if words else ""


def _is_there(cell: str) -> bool:
    return bool(cell) and cell.casefold() not in NO_VALUE


def _is_number(cell: str) -> bool:
    """Whether a cell is a number that float64 holds; a long row of digits is a name."""
    if not NUMBER.fullmatch(cell):
        return bool(SCIENTIFIC.fullmatch(cell))
    digits = cell.lstrip("+-").lstrip("0")
    return not digits.isdecimal() or (len(digits) <= len(str(EXACT)) and int(digits) <= EXACT)


def csv_beside(path: Path) -> Path | None:
    """The CSV that belongs to a folder or array of images without being named, where there is one."""
    beside = path / "columns.csv" if is_folder(path) else path.with_suffix(".csv")
    return beside if is_file(beside) and beside != path else None


def with_columns(loaded: Loaded, csv_path: Path, stop: StopToken = NEVER) -> Loaded:
    """Add the columns of a CSV to the parts of a set: by the images' names where they have some, else by position.

    Raises
    ------
    DataError
        Naming the lines and the files that do not fit.
    Stopped
        If `stop` was requested.
    """
    table = read_table(csv_path, stop)
    blocks = loaded.blocks
    if loaded.named:
        files = np.concatenate([block.columns["file"] for block in blocks.values()])
        parts = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks.values()])
        try:
            paired, naming, note = by_name(table, files.tolist(), parts, stop)
            rows = paired.row
        except DataError as error:
            if isinstance(error, UnpairedError) and (left := _decodable(loaded, error.missing)) is not None:
                return with_columns(left, csv_path, stop)
            # A row for a file of several frames, if not for each of them, is of all of them.
            if not all("stack" in block.columns for block in blocks.values()):
                raise
            stacks = np.concatenate([block.columns["stack"] for block in blocks.values()])
            names, first, of = np.unique(stacks, return_index=True, return_inverse=True)
            paired, naming, note = by_name(table, names.tolist(), parts[first], stop)
            rows = paired.row[of]
            note += "; a row goes with all frames of its file"
        own = naming if table.names[naming] == "file" else None
    elif len(blocks) > 1:
        raise DataError(
            f"{csv_path} goes with one list of images, and {loaded.name} holds {len(blocks)}",
            "Leave data.columns empty",
        )
    else:
        rows, note = by_position(table, len(loaded.train))
        own = None
    columns, notes = _columns(table, rows, own, set().union(*(block.columns for block in blocks.values())), stop)
    ends = np.cumsum([len(block) for block in blocks.values()])
    with_rows = {}
    for (name, block), end in zip(blocks.items(), ends, strict=True):
        mine = slice(end - len(block), end)
        if (rows[mine] < 0).any():
            note += f"; none of the {name} images has a row"
        else:
            place = np.flatnonzero(rows >= 0).searchsorted(np.arange(mine.start, mine.stop))
            block = replace(block, columns={**block.columns, **{key: all_[place] for key, all_ in columns.items()}})
        with_rows[name] = block
    return replace(loaded.with_blocks(with_rows), notes=(*loaded.notes, *table.notes, note, *notes))


def _decodable(loaded: Loaded, missing: np.ndarray) -> Loaded | None:
    """The set without images that have no row because they cannot be read; None where that leaves as many, or none.

    Parameters
    ----------
    missing : ndarray, int64
        Positions of the images without a row, among those of all parts.
    """
    left, start = {}, 0
    if len(missing) > LOOKED_AT:
        return None
    for name, block in loaded.blocks.items():
        mine = missing[(missing >= start) & (missing < start + len(block))] - start
        start += len(block)
        left[name] = block
        if len(mine) and isinstance(block.pixels, FilePixels):
            broken = np.setdiff1d(block.rows[mine], block.pixels.decodable(block.rows[mine]))
            left[name] = block.take(np.flatnonzero(~np.isin(block.rows, broken)))
    fewer = 0 < sum(map(len, left.values())) < start
    return loaded.with_blocks(left) if fewer else None


def _columns(
    table: Table, rows: np.ndarray, own: int | None, taken: set[str], stop: StopToken
) -> tuple[dict[str, np.ndarray], list[str]]:
    """The columns over the rows of images, without the one that only repeats their names."""
    columns, notes = {}, []
    for number, name in enumerate(table.names):
        stop.check()
        if number == own:
            continue
        values, how = typed([table.rows[row][number] for row in rows[rows >= 0]], table.separator != ",")
        if how:
            notes.append(f"{table.path.name}, column {name!r}: {how}")
        if name in taken:
            name = f"{name} (of {table.path.name})"
        columns[name] = values
    return columns, notes
