"""Who is training into a folder: a lock that the system lets go of when its process dies, however it dies."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from latentexplorer.core.errors import RunError
from latentexplorer.core.paths import unwritable

NAME = ".lock"

if sys.platform == "win32":
    import msvcrt

    def _take(handle: IO[bytes], shared: bool) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)

    def _release(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: IO[bytes], shared: bool) -> None:
        # flock, not lockf: it also keeps two threads of one process apart.
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def _release(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class Lock:
    """The lock of a folder that this process holds. Made by `locked`."""

    def __init__(self, folder: Path, handle: IO[bytes]) -> None:
        self._folder = folder
        self._handle = handle

    def check(self) -> None:
        """Make sure that the folder's name still leads to the folder that is held: two calls of the system.

        Raises
        ------
        RunError
            If the folder was moved or deleted, also if another one has its name now.
        """
        if sys.platform == "win32":
            # Windows lets nobody move or delete a folder while a file in it is open.
            return
        try:
            if os.path.samestat(os.fstat(self._handle.fileno()), (self._folder / NAME).stat()):
                return
        except (FileNotFoundError, NotADirectoryError):
            if not self._folder.exists():
                raise RunError(
                    f"{self._folder} is not there any more: it was moved or deleted while it trained",
                    "Resume the run where it is now",
                ) from None
        except OSError as error:
            raise unwritable(self._folder / NAME, error) from error
        raise RunError(
            f"{self._folder} was moved or replaced while it trained; nothing was written into it",
            "Resume the run where it is now",
        )


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[Lock]:
    """Hold the folder's lock while the block runs.

    Raises
    ------
    RunError
        If somebody else holds it, or the folder cannot be written to.
    """
    path = folder / NAME
    if not _may_be_opened(path):
        raise RunError(f"{path} is not a file", "Delete it, if nobody trains this run")
    try:
        handle = path.open("ab+")
    except OSError as error:
        raise unwritable(path, error) from error
    with handle:
        # A reader that looks whether the run is being trained holds the lock for an instant.
        for attempt in range(20):
            try:
                _take(handle, shared=False)
                break
            except OSError:
                if attempt == 19:
                    raise RunError(
                        f"{folder.name} is being trained by another process", "Wait for it, or stop it there"
                    ) from None
                time.sleep(0.02)
        try:
            yield Lock(folder, handle)
        finally:
            with contextlib.suppress(OSError):
                _release(handle)


def is_locked(folder: Path) -> bool:
    """Whether some process or thread is training into the folder now."""
    if not _may_be_opened(folder / NAME):
        return False
    try:
        with (folder / NAME).open("rb") as handle:
            _take(handle, shared=True)
            _release(handle)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _may_be_opened(path: Path) -> bool:
    """Whether it is a file, or nothing yet: not a link to elsewhere, nor a pipe that would be waited at for ever."""
    return not path.is_symlink() and (path.is_file() or not path.exists())
