"""Where a new run can be: a place that nothing and nobody has yet."""

from __future__ import annotations

import os
from pathlib import Path

from latentexplorer.core.errors import RunError
from latentexplorer.core.paths import expanded, may_be_made, runs_dir, slug, unwritable


def check_new(path: Path | str) -> None:
    """Refuse a place where no new run can be made, before anything is worked out for it; nothing is made yet.

    Raises
    ------
    RunError
        If the folder holds anything, or cannot be made or written to.
    """
    path = expanded(path)
    try:
        # Asking is an error itself where a folder above is closed to us.
        there = next(each for each in (path, *path.parents) if each.exists())
        held = sorted(each.name for each in path.iterdir()) if there == path and path.is_dir() else []
    except OSError as error:
        raise unwritable(path / "config.json", error) from error
    if not there.is_dir():
        raise RunError(f"{path} is a file, not a folder", "Choose another folder for the run")
    # What a process left that was killed while it made the folder does not count.
    held = [name for name in held if name != ".lock" and not (name.startswith(".") and name.endswith(".tmp"))]
    if "config.json" in held:
        raise RunError(f"{path} already holds a run", "Resume it, or choose another folder")
    if held:
        raise RunError(f"{path} is not empty (it holds {held[0]})", "Choose a new folder for the run")
    if not may_be_made(path):
        raise RunError(f"{path} cannot be made: {there} cannot be written to", "Choose another folder for the run")


def free_path(name: str, folder: Path | None = None) -> Path:
    """A path in the runs folder that is not taken: `name`, else `name-2`, `name-3` ..."""
    folder = folder or runs_dir()
    base = slug(name)
    path, number = folder / base, 1
    # A link that leads nowhere takes its name, too: to a disk that is not there now, say.
    while os.path.lexists(path):
        number += 1
        path = folder / f"{base}-{number}"
    return path


def claimed(name: str, folder: Path) -> Path:
    """A new and empty folder of that name, else `name-2` ..., which nobody else is given.

    Raises
    ------
    RunError
        If none can be made there.
    """
    while True:
        path = free_path(name, folder)
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise unwritable(path / "config.json", error) from error
        return path
