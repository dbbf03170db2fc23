"""The metric table of a run: one row per epoch, kept as CSV that any other program can read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import RunError
from latentexplorer.core.number_lines import TODO, whole_lines
from latentexplorer.core.paths import append_line, atomic_write, unchecked

COLUMNS = (
    "epoch",
    "seconds",
    "train_loss",
    "train_recon",
    "train_kl",
    "train_rmse",
    "train_norm_metric",
    "train_sse_plus_kl",
    "test_loss",
    "test_recon",
    "test_kl",
    "test_rmse",
    "test_norm_metric",
    "test_sse_plus_kl",
    "active_units",
    "beta",
    "lr",
    "code_lr",
)
"""Columns of every history, in order. Losses, recon and KL in nats per image; rmse on [0, 1]; NaN where unknown. What
each is, and what it may be compared with, is in `core.measures`; of PCA there is `log_likelihood` beside them.

After them, `train_` and `test_`, stand the terms that a family's loss has beside reconstruction and KL
(`core.catalog.Term`). KL and terms are as they are, the loss has them with their weights: `beta`, and those of the
terms (`ModelConfig.term_weights`).
"""

MOST_EPOCHS = 100_000
"""Of a training: its table can then be read again, whatever the family's terms and however long its numbers."""
MAX_EPOCHS = 10**9
MAX_NUMBERS, ROW = 5_000_000, 16
"""Numbers of a table, each row counting as so many more: 147,000 epochs with the standard columns, and no more rows of
a single number than are read in half a second."""


class History:
    """Rows of numbers by column name, in order of epoch."""

    def __init__(self, rows: Iterable[dict[str, float]] = ()) -> None:
        self.rows: list[dict[str, float]] = [dict(row) for row in rows]
        self._saved: _Saved | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self.rows)

    @property
    def columns(self) -> list[str]:
        """Column names, the standard ones first, then any others in order of appearance."""
        names = dict.fromkeys(COLUMNS)
        for row in self.rows:
            names.update(dict.fromkeys(row))
        return list(names)

    def column(self, name: str) -> list[float]:
        """Values of one column, NaN where a row has none."""
        return [row.get(name, math.nan) for row in self.rows]

    def append(self, row: dict[str, float]) -> None:
        """Add a row at the end."""
        self.rows.append(dict(row))

    def until(self, epoch: int) -> History:
        """The rows up to and including `epoch`."""
        return History(row for row in self.rows if row["epoch"] <= epoch)

    def to_csv(self) -> str:
        """The table as CSV text, numbers written so that they read back exactly."""
        names = self.columns
        return _csv(names) + "".join(_line(row, names) for row in self.rows)

    def save(self, path: Path, check: Callable[[], None] = unchecked) -> None:
        """Write the table, whole or not at all; one new row is added to the file that is there, whatever its length.

        `check` is that of `latentexplorer.core.paths.replacing`.
        """
        saved = self._saved
        if saved is not None and saved.lacks_one(self.rows, path):
            names, line = saved.names, _line(self.rows[-1], saved.names).encode()
            append_line(path, line, check)
            size = saved.size + len(line)
        else:
            names, text = self.columns, self.to_csv().encode()
            atomic_write(path, text, check)
            size = len(text)
        self._saved = _Saved(path, names, len(self.rows), size)

    @classmethod
    def load(cls, path: Path, stop: StopToken = NEVER) -> History:
        """Read a table. A last line cut short by a crash is dropped; anything else that is wrong is an error.

        Raises
        ------
        RunError
            Saying what is wrong with it.
        OSError
            If the system does not let it be read.
        Stopped
        """
        history, numbers, wrong = cls(), 0, ""
        try:
            table = csv.reader(whole_lines(path, stop))
            names = next(table, [])
            for number, cells in enumerate(table, start=2):
                if wrong:
                    raise RunError(wrong, "Correct or delete it")
                numbers += len(cells) + ROW
                if numbers > MAX_NUMBERS:
                    raise RunError(f"{path.name} has more rows than a training can have", TODO)
                try:
                    history.append(_row(names, cells))
                except (ValueError, KeyError):
                    # Of the last one alone nothing is said: a crash may have left something there.
                    wrong = f"{path.name}, line {number} is not a row of numbers"
        except csv.Error as error:
            raise RunError(f"{path.name} is not a table of numbers: {error}", TODO) from None
        return history


@dataclass(frozen=True)
class _Saved:
    """What a file is known to hold."""

    path: Path
    names: list[str]
    rows: int
    size: int

    def lacks_one(self, rows: list[dict[str, float]], path: Path) -> bool:
        """Whether the file is as it was left and only the last row is not in it."""
        if path != self.path or len(rows) != self.rows + 1 or not rows[-1].keys() <= set(self.names):
            return False
        return path.is_file() and path.stat().st_size == self.size


def _row(names: list[str], cells: list[str]) -> dict[str, float]:
    """The numbers of a line by column; a ValueError or KeyError where it has others."""
    row = {name: float(cell) if cell else math.nan for name, cell in zip(names, cells, strict=True)}
    if not 0 <= row["epoch"] <= MAX_EPOCHS:
        raise ValueError
    return row


def _line(row: dict[str, float], names: list[str]) -> str:
    return _csv([_text(row.get(name, math.nan)) for name in names])


def _csv(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _text(value: float) -> str:
    if isinstance(value, float) and math.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
