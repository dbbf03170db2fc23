"""Lines of a table that a run keeps, read within bounds whatever lies there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from latentexplorer.core.cancellation import NEVER, StopToken
from latentexplorer.core.errors import RunError

MAX_BYTES = 64 * 1024 * 1024
MAX_LETTERS = 1024 * 1024
"""Of one line; of ten thousand dimensions it has a fourth of that."""
AT_ONCE = 20_000
"""Letters that are read until somebody is asked whether to go on: a few milliseconds."""
TODO = "Delete it; the run opens without"


def whole_lines(path: Path, stop: StopToken = NEVER, most_bytes: int = MAX_BYTES) -> Iterator[str]:
    """The lines of a file, one after another and without their ends; none where there is no file.

    A last one that does not end was cut short by a crash and is left out: a number that was cut short is one too.

    Raises
    ------
    RunError
        If it is no file, or longer than such a table can be.
    OSError
        If the system does not let it be read.
    Stopped
    """
    stop.check()
    if not path.exists():
        return
    if not path.is_file():
        # A folder, or a pipe that would be read for ever.
        raise RunError(f"{path.name} is not a file", TODO)
    letters = looked = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        # Not by its size, which says nothing of a file that grows.
        while line := file.readline(MAX_LETTERS):
            letters += len(line)
            if letters > most_bytes:
                raise RunError(f"{path.name} is larger than {most_bytes // 2**20} MB", TODO)
            if not line.endswith("\n"):
                if len(line) == MAX_LETTERS:
                    raise RunError(f"{path.name} has a line of more than {MAX_LETTERS:,} letters", TODO)
                return
            if letters - looked > AT_ONCE:
                looked = letters
                stop.check()
            yield line[:-1]
