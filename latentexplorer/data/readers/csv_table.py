"""A table of text: which letters it is written in, what separates its cells, and which line each row stands on."""

from __future__ import annotations

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.paths import reading

LARGEST_CSV = 64 * 1024**2
MOST_COLUMNS = 10_000
MOST_CELLS, ROW = 4_000_000, 2
"""A cell takes some 60 bytes as text, whatever is in it, and a row as much as so many cells more."""
MOST_KNOWN = 100_000
"""Texts that are kept once however often they come: most columns have few."""
ROWS_AT_ONCE = 5_000
"""Rows read between two looks at whether to stop."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""The longer ones first: one of UTF-32 begins like one of UTF-16."""
TODO = "Give it a line of column names and then one row per image, with a column 'file' that names the image"


@dataclass(frozen=True)
class Table:
    """Cells as they are written.

    Attributes
    ----------
    path : Path
    names : list of str
        Of the columns, all different.
    rows : list of list of str
        As many cells in each as there are names.
    lines : list of int
        The line of the file on which each row begins, counted from 1.
    separator : str
    notes : list of str
        How it had to be read, where that is not as usual.
    """

    path: Path
    names: list[str]
    rows: list[list[str]]
    lines: list[int]
    separator: str
    notes: list[str]

    def column(self, number: int) -> list[str]:
        """The cells of a column."""
        return [row[number] for row in self.rows]


def read_table(path: Path, stop: StopToken = NEVER) -> Table:
    """Read a table of at most `LARGEST_CSV` bytes, `MOST_COLUMNS` columns and `MOST_CELLS` cells.

    Raises
    ------
    DataError
        Naming the line that does not fit.
    Stopped
        If `stop` was requested.
    """
    try:
        if path.stat().st_size > LARGEST_CSV:
            raise DataError(f"{path} is larger than {LARGEST_CSV // 2**20} MB", "Keep only the columns needed")
        with reading(path) as file:
            content = file.read(LARGEST_CSV + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "Name an existing CSV") from error
    text, encoding = _decoded(path, content)
    del content
    notes = [f"{path.name} is read as {encoding}"] if encoding else []
    text, separator = _separated(path, text, stop)
    if separator != ",":
        notes.append(f"{path.name}: cells are separated by {SEPARATORS[separator]}")
    lines, rows = _rows(path, text, separator, stop)
    if not rows:
        raise DataError(f"{path} is empty", TODO)
    names, kept = _names(path, rows[0], rows[1:], notes)
    for number, row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(rows[0]):
            raise DataError(
                f"{path}, line {number} has {len(row)} cells for {len(rows[0])} columns"
                f" (separated by {SEPARATORS[separator]})",
                TODO,
            )
    if len(rows) == 1:
        raise DataError(f"{path} has a line of column names and no rows", TODO)
    if len(kept) < len(rows[0]):
        rows = [[row[k] for k in kept] for row in rows]
    return Table(path, names, rows[1:], lines[1:], separator, notes)


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text, and what it is written in where that is not UTF-8."""
    mark, encoding = next(((mark, name) for mark, name in BYTE_ORDER_MARKS if content.startswith(mark)), (b"", ""))
    if not encoding:
        # Most of a table is of letters that have a zero beside them in UTF-16.
        even, odd = content[:4096:2].count(0), content[1:4096:2].count(0)
        if max(even, odd) > min(len(content), 4096) // 5:
            encoding = "utf-16-be" if even > odd else "utf-16-le"
    try:
        text = content[len(mark) :].decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise DataError(f"{path} is damaged: {error.reason} in {encoding.upper()}", "Save it again") from None
        encoding = "Windows-1252, which holds Latin-1"
        text = content.decode("cp1252", "replace")
    if "\0" in text or "\ufffd" in text:
        raise DataError(f"{path} is no table of text", "Save it again as CSV in UTF-8")
    return text, "" if encoding == "utf-8" else encoding


def _separated(path: Path, text: str, stop: StopToken) -> tuple[str, str]:
    """The text without a line that only names the separator, and the separator that all rows agree on."""
    if said := re.match(r"sep=([,;\t|])\r?\n", text, re.IGNORECASE):
        return text[said.end() :], said[1]
    columns = {}
    for separator in SEPARATORS:
        with contextlib.suppress(csv.Error):
            columns[separator] = len(next(_reader(text, separator), []))
    could = [separator for separator, count in columns.items() if count > 1]
    if len(could) == 1:
        return text, could[0]
    agreed = []
    for separator in could:
        # Only as far as it fits: there may be a million rows.
        with contextlib.suppress(csv.Error):
            rows = _bounded(path, _reader(text, separator), stop)
            if all(len(row) == columns[separator] for row in rows if row):
                agreed.append(separator)
    if len(agreed) > 1:
        names = " or ".join(SEPARATORS[separator] for separator in agreed)
        raise DataError(f"{path}: its cells could be separated by {names}", "Put cells that hold one into quotes")
    # Where no separator fits every row, the one with most columns says best which row is wrong.
    return text, agreed[0] if agreed else max(columns, key=lambda each: columns[each], default=",")


def _reader(text: str, separator: str) -> Any:
    """The rows of a text. A blank after a separator is no letter of a cell, and a quote behind it is one."""
    # Not as a file in memory, which takes four bytes a letter.
    lines = (found.group() for found in re.finditer(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]+", text))
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _bounded(path: Path, rows: Iterator[list[str]], stop: StopToken) -> Iterator[list[str]]:
    """The rows, as long as they are not more than may be read."""
    cells = 0
    for number, row in enumerate(rows):
        if not number % ROWS_AT_ONCE:
            stop.check()
        cells += len(row) + ROW
        if len(row) > MOST_COLUMNS or cells > MOST_CELLS:
            much = (
                f"{len(row):,} columns"
                if len(row) > MOST_COLUMNS
                else f"more than {MOST_CELLS:,} cells, a row as {ROW} more"
            )
            raise DataError(f"{path} has {much}: too many to be read beside images", "Keep only those needed")
        yield row


def _rows(path: Path, text: str, separator: str, stop: StopToken) -> tuple[list[int], list[list[str]]]:
    """The rows that are not empty, cells without blanks around them, and the lines on which they begin."""
    reader, known = _reader(text, separator), dict[str, str]()
    lines, rows, begins = [], [], 1
    try:
        for row in _bounded(path, reader, stop):
            if row:
                lines.append(begins)
                row = [cell.strip() for cell in row]
                if len(known) < MOST_KNOWN:
                    row = [known.setdefault(cell, cell) for cell in row]
                else:
                    row = [known.get(cell, cell) for cell in row]
                rows.append(row)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {begins}: {error}", "Correct the quotes of that line") from None
    return lines, rows


def _names(path: Path, head: list[str], rows: list[list[str]], notes: list[str]) -> tuple[list[str], list[int]]:
    """Names of the columns that hold something, and their numbers; who has no name gets one."""
    names, kept = [], []
    for number, cell in enumerate(head):
        name = " ".join(cell.split())
        if not name:
            if not any(len(row) > number and row[number].strip() for row in rows):
                continue
            name = f"column {number + 1}"
            notes.append(f"{path.name}: a column without a name is called {name!r}")
        names.append(name)
        kept.append(number)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        places = [str(at + 1) for at, name in zip(kept, names, strict=True) if name == twice[0]]
        raise DataError(
            f"{path}: columns {' and '.join(places)} are both called {twice[0]!r}"[:300], "Give them different names"
        )
    if not names:
        raise DataError(f"{path} has no column names", TODO)
    return names, kept
