"""Which run a folder holds: what tells it from another one of the same settings that was put in its place."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from pathlib import Path

from latentexplorer.core.errors import RunError
from latentexplorer.runs.small_texts import json_of, read_json

NAME = "identity.json"
LOG = "log.txt"
MAX_LINE_BYTES = 4096


def new_identity() -> bytes:
    """The content of `identity.json` for a run that is made now. Chance of the system's own: no two are the same."""
    return json_of({"run": uuid.uuid4().hex}).encode()


def identity_of(path: Path) -> str:
    """What the run in a folder is known by, through every training, move and copy; "" where there is nothing to know.

    Runs that were made without one are known by the first line of their log, which says when they were first trained.
    """
    with contextlib.suppress(RunError):
        known = read_json(path, NAME).get("run")
        if isinstance(known, str) and known:
            return known[:MAX_LINE_BYTES]
    line = b""
    with contextlib.suppress(OSError):
        log = path / LOG
        # Neither a link to elsewhere nor a pipe that would be waited at for ever.
        if log.is_file() and not log.is_symlink():
            with log.open("rb") as file:
                line = file.readline(MAX_LINE_BYTES)
    return f"log {hashlib.sha256(line).hexdigest()}" if line else ""


def check_identity(path: Path, known: str) -> None:
    """Make sure that a folder that is there still holds the run that it held; nothing where that run was not known.

    Raises
    ------
    RunError
    """
    if known and path.is_dir() and identity_of(path) != known:
        raise RunError(f"{path} holds another run by now; nothing was written into it", "Open the run where it is now")
