"""Where things lie: the user's folders, the shipped resources, and files written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO

import platformdirs

from latentexplorer.core.errors import RunError

APP = "latentexplorer"
MOST_LETTERS = 50
"""Of a name, in that of its temporary file: file systems take 255 bytes, and a letter may be four of them."""


def home() -> Path:
    """The folder of runs, settings and cache: `LATENTEXPLORER_HOME`, else the platform's data folder."""
    chosen = os.environ.get("LATENTEXPLORER_HOME")
    return expanded(chosen) if chosen else Path(platformdirs.user_data_dir(APP, appauthor=False))


def expanded(path: Path | str) -> Path:
    """The path with `~` and `~name` as folders of persons; as it is where nobody has that name, as in a shell."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def own_folder() -> Path:
    """The person's own folder; that of temporary files where nobody knows it, as in a container without users."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir())


def runs_dir() -> Path:
    """The folder in which new runs are made."""
    return home() / "runs"


def run_path(name: str, beside: Path | None = None) -> Path:
    """The folder of a run: a path, the name of one beside `beside`, or of one in the runs folder."""
    path = expanded(name)
    if is_folder(path) or Path(name).name != name:
        return path
    if beside is not None and is_folder(beside.resolve().parent / name):
        return beside.resolve().parent / name
    return runs_dir() / name


def cache_dir() -> Path:
    """The folder of things that can be made again (downloads, unpacked archives)."""
    chosen = os.environ.get("LATENTEXPLORER_HOME")
    return expanded(chosen) / "cache" if chosen else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def data_root() -> Path | None:
    """The folder of the named data sets, if `LATENTEXPLORER_DATA` names one."""
    chosen = os.environ.get("LATENTEXPLORER_DATA")
    return expanded(chosen) if chosen else None


def resource(*parts: str) -> Traversable:
    """A file or folder that is shipped with the program, such as `resource("presets")`."""
    found: Traversable = resources.files(f"{APP}.resources")
    for part in parts:
        found = found / part
    return found


def printable(path: Path | str) -> str:
    """A path as text that can be written anywhere: bytes of a name that are no UTF-8 as escapes.

    Of other texts, such as those of a JSON file, also halves of a letter.
    """
    try:
        return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return str(path).encode("utf-8", "backslashreplace").decode()


def visible(text: str) -> str:
    """Outside text in one line that does nothing to a terminal: what is no letter, sign or blank as an escape."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def reading(path: Path) -> BinaryIO:
    """A file, opened to be read: never a pipe or a device, which would be waited for or read without end.

    Raises
    ------
    OSError
        If it cannot be opened, or is no file.
    """
    # Looked at when it is open, so that nothing takes its place in between; and opened without waiting, as a pipe asks.
    if "\0" in str(path):
        # Python calls that an error of the program.
        raise OSError(errno.EINVAL, "no name holds a zero", str(path))
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is no file but a pipe, a device or a folder", str(path))
    return os.fdopen(number, "rb")


def is_there(path: Path | str) -> bool:
    """Whether anything is at a path. No where that cannot be found out: no rights, a name too long, a share that went.

    `Path.exists` raises then, and so do `is_file` and `is_dir`: not for what a person typed, or was there long ago.
    """
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path | str) -> bool:
    """Whether a file is at a path; see `is_there`."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path | str) -> bool:
    """Whether a folder is at a path; see `is_there`."""
    return os.path.isdir(path)  # noqa: PTH112


def slug(text: str) -> str:
    """`text` as a safe file name: letters, digits, `-`, `_` and `.`, never empty, never hidden."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "unnamed"


def free(path: Path) -> Path:
    """`path` where nothing is there yet, else the first of "walk-2.png", "walk-3.png", ... that is free."""
    names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(each for each in itertools.chain([path], names) if not os.path.lexists(each))


def child(folder: Path, name: str) -> Path:
    """The path of `name` inside `folder`.

    Raises
    ------
    RunError
        If `name` would leave the folder (`..`, an absolute path, a link that points out of it), or leads nowhere
        because links lead in a circle.
    """
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        if path.is_symlink():
            # What Python raises itself before 3.13.
            raise RuntimeError
    except RuntimeError:
        raise RunError(
            f"{folder / name} is a link that leads in a circle", "The run is damaged: restore the file from a copy"
        ) from None
    except OSError as error:
        raise RunError(f"{folder / name} cannot be reached: {error.strerror or error}", "Check the folder") from None
    if not path.is_relative_to(root) or path == root:
        raise RunError(
            f"{name!r} would lie outside {folder}", "The run is damaged or was made to do harm: do not use it"
        )
    return path


def unchecked() -> None:
    """A `check` for files whose folder nobody else could have put something in the place of."""


def atomic_write(path: Path, content: bytes, check: Callable[[], None] = unchecked) -> None:
    """Write `content` to `path` so that a crash leaves the old file or the new one, never a part of it."""
    with replacing(path, check) as temporary:
        temporary.write_bytes(content)


def append_line(path: Path, line: bytes, check: Callable[[], None] = unchecked) -> None:
    """Add a line to a file that is there; a crash may leave a part of it, without its end.

    Raises
    ------
    RunError
        As `replacing` does.
    """
    check()
    try:
        # Not in append mode, which would make a file that was deleted a moment ago anew.
        with path.open("rb+") as file:
            file.seek(0, os.SEEK_END)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        check()
        raise unwritable(path, error) from error


@contextlib.contextmanager
def replacing(path: Path, check: Callable[[], None] = unchecked) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well.

    Parameters
    ----------
    check : callable
        Called before anything is written and once more before the file takes its place, because a large one takes a
        while; what it raises leaves everything as it was.

    Raises
    ------
    RunError
        With what to do when the disk is full, the folder is read-only or has gone.
    """
    check()
    # Cut, because a name that is as long as names may be would be too long with what is put around it.
    temporary = path.parent / f".{path.name[:MOST_LETTERS]}.{secrets.token_hex(4)}.tmp"
    try:
        yield temporary
        with temporary.open("rb+") as handle:
            os.fsync(handle.fileno())
        check()
        temporary.replace(path)
    except OSError as error:
        # It may well say better why.
        check()
        raise unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> RunError:
    """The error to show a person when writing `path` failed."""
    if error.errno == errno.ENOSPC:
        return RunError(f"The disk of {path.parent} is full", "Free some space; everything saved before is still there")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return RunError(f"{path.parent} cannot be written to", "Choose another folder or change its permissions")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return RunError(f"The folder {path.parent} is not there", "It was moved or deleted; choose another one")
    return RunError(f"{path} could not be written: {error.strerror or error}", "Choose another folder")


def may_be_made(folder: Path) -> bool:
    """Whether a folder is there, or could be, to be written to."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        # Rights do not tell: root has all of them below /proc, where nothing can be made.
        with tempfile.TemporaryFile(dir=there):
            return True
    except (OSError, StopIteration):
        return False
