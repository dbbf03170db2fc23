"""What each latent dimension carried, epoch by epoch: a table of its own beside the history, of bounded size."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import RunError
from latentexplorer.core.history import MAX_EPOCHS
from latentexplorer.core.number_lines import TODO, whole_lines
from latentexplorer.core.paths import append_line, atomic_write, unchecked

Values = npt.NDArray[np.float32]

MOST_ROWS, FEWEST_ROWS = 256, 16
"""Epochs that are kept, at most; of codes with so many numbers that the table would be large, fewer."""
MOST_NUMBERS = 2**16
"""Numbers of all rows together, at most, unless that were fewer rows than `FEWEST_ROWS`."""
MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 4 * MOST_ROWS
"""Of a file. It holds at most `MOST_ROWS` and those that come until some leave."""
KL, VARIANCE = "kl_", "variance_"


class DimensionHistory:
    """Rows of a training in order of epoch: the KL of each of D dimensions and the variance of its posterior means.

    As a training goes on every second row leaves, then every second of those left, so that the table stays small
    however long it is: the rows after an epoch are the same whether it was stopped on the way or not.

    Attributes
    ----------
    epochs : list of int
    kl : list of (D,) float32
        Nats per image, mean over the epoch; an empty list where codes have no posterior.
    variance : list of (D,) float32
        Of the posterior means, or of codes that are points, within the batches of the epoch; NaN where that is not
        known.
    """

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.kl: list[Values] = []
        self.variance: list[Values] = []
        self._saved: tuple[Path, int, int] | None = None

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def dims(self) -> int:
        """D; 0 where there is no row."""
        return len(self.variance[0]) if self.variance else 0

    def copy(self) -> DimensionHistory:
        """The same rows, to be added to by somebody else."""
        return self._of(range(len(self)))

    def until(self, epoch: int) -> DimensionHistory:
        """The rows up to and including `epoch`."""
        return self._of([at for at, each in enumerate(self.epochs) if each <= epoch])

    def _of(self, rows: range | list[int]) -> DimensionHistory:
        some = DimensionHistory()
        some.epochs = [self.epochs[at] for at in rows]
        some.kl = [self.kl[at] for at in rows] if self.kl else []
        some.variance = [self.variance[at] for at in rows]
        return some

    def append(self, epoch: int, kl: Values | None, variance: Values) -> None:
        """Add what an epoch brought, where it is one of those that are kept; drop those that no longer are."""
        stride = stride_of(epoch, len(variance) * (1 if kl is None else 2))
        keep = [at for at, each in enumerate(self.epochs) if each % stride == 0]
        if len(keep) < len(self):
            some = self._of(keep)
            self.epochs, self.kl, self.variance, self._saved = some.epochs, some.kl, some.variance, None
        if epoch % stride == 0:
            self.epochs.append(epoch)
            self.variance.append(np.asarray(variance, np.float32))
            if kl is not None:
                self.kl.append(np.asarray(kl, np.float32))

    # -- the file -----------------------------------------------------------------------------------------------------

    def save(self, path: Path, check: Callable[[], None] = unchecked) -> None:
        """Write the table, whole or not at all; one new row is added to the file that is there.

        `check` is that of `latentexplorer.core.paths.replacing`.
        """
        rows = len(self)
        if self._saved is not None and self._saved[:2] == (path, rows) and path.is_file():
            return
        line = self._line(rows - 1).encode() if rows else b""
        if self._saved is not None and self._appends(path, self._saved):
            append_line(path, line, check)
            size = self._saved[2] + len(line)
        else:
            names = [f"{KL}{dim}" for dim in range(self.dims)] if self.kl else []
            names += [f"{VARIANCE}{dim}" for dim in range(self.dims)]
            text = ",".join(["epoch", *names]) + "\n" + "".join(self._line(row) for row in range(rows))
            atomic_write(path, text.encode(), check)
            size = len(text)
        self._saved = path, rows, size

    def _appends(self, path: Path, saved: tuple[Path, int, int]) -> bool:
        """Whether the file is as it was left and only the last row is not in it."""
        return saved[:2] == (path, len(self) - 1) and path.is_file() and path.stat().st_size == saved[2]

    def _line(self, row: int) -> str:
        numbers = [*(self.kl[row] if self.kl else ()), *self.variance[row]]
        return ",".join([str(self.epochs[row]), *("" if np.isnan(each) else str(each) for each in numbers)]) + "\n"

    @classmethod
    def load(cls, path: Path, stop: StopToken = NEVER) -> DimensionHistory:
        """Read a table; where there is none, one without rows. A last line cut short by a crash is dropped.

        Raises
        ------
        RunError
            Saying what is wrong with it.
        OSError
            If the system does not let it be read.
        Stopped
        """
        history = cls()
        lines = whole_lines(path, stop, MAX_BYTES)
        try:
            head = next(csv.reader(lines), [])
            dims = sum(name.startswith(VARIANCE) for name in head)
            with_kl = len(head) == 1 + 2 * dims
            for line in lines:
                if len(history) == MAX_ROWS:
                    raise RunError(f"{path.name} has more than {MAX_ROWS:,} rows", TODO)
                epoch, *cells = line.split(",")
                with np.errstate(over="ignore"):
                    values = np.array([float(cell or "nan") for cell in cells]).astype(np.float32)
                if len(cells) != len(head) - 1 or not dims or np.isinf(values).any():
                    raise ValueError
                if not (history.epochs[-1] if history.epochs else -1) < int(epoch) <= MAX_EPOCHS:
                    raise ValueError
                history.epochs.append(int(epoch))
                history.variance.append(values[-dims:])
                if with_kl:
                    history.kl.append(values[:dims])
        except (ValueError, csv.Error):
            raise RunError(f"{path.name} is not a table of numbers by epoch", TODO) from None
        return history


def stride_of(epoch: int, numbers: int) -> int:
    """Of every so many epochs one is kept after `epoch`, where each has so many numbers: a power of two."""
    rows = max(min(MOST_ROWS, MOST_NUMBERS // max(numbers, 1)), FEWEST_ROWS)
    return 1 << max(-(-epoch // rows) - 1, 0).bit_length()
