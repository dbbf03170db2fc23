"""Fetching a published file: with progress, cancelled at once, checked against its checksum, whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import queue
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit, Progress

PIECE_BYTES = 256 * 1024
LARGEST_BYTES = 512 * 1024**2
"""No published file is as large: who sends more sends something else, and does not get to fill the disk."""
TIMEOUT_S = 20.0
POLL_S = 0.1


_allowed: ContextVar[bool] = ContextVar("downloads", default=True)


@contextmanager
def nothing_downloaded() -> Iterator[None]:
    """Meanwhile this thread fetches nothing: who opens a run has not asked for hundreds of megabytes."""
    before = _allowed.set(False)
    try:
        yield
    finally:
        _allowed.reset(before)


class DownloadError(Exception):
    """A file could not be fetched from one address; the message says why in a few words."""


def fetch(urls: list[str], path: Path, md5: str, emit: Emit, stop: StopToken) -> None:
    """Download a file from the first address that has it.

    Parameters
    ----------
    urls : list of str
        Mirrors, tried in order.
    path : Path
        Where to put it; its folder is made.
    md5 : str
        The published checksum.

    Raises
    ------
    DownloadError
        With the reason of the last mirror, or where nothing is to be downloaded.
    DataError
        If it could not be written.
    Stopped
        If `stop` was requested; nothing is left behind.
    """
    if not _allowed.get():
        raise DownloadError("opening a run downloads nothing, training on the set does")
    reason = "no address is known"
    for url in urls:
        try:
            _fetch_one(url, path, md5, emit, stop)
        except DownloadError as error:
            reason = str(error)
        else:
            return
    raise DownloadError(reason)


def _fetch_one(url: str, path: Path, md5: str, emit: Emit, stop: StopToken) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for piece, total in _pieces(url, stop):
                file.write(piece)
                digest.update(piece)
                done += len(piece)
                if max(done, total) > LARGEST_BYTES:
                    raise DownloadError(f"{url} sends more than the published file")
                emit(Progress(done, max(total, done), f"downloading {path.name}", "bytes"))
        if digest.hexdigest() != md5:
            raise DownloadError(f"{url} sent something else than the published file")
        part.replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}", "Free some space or choose another data folder"
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _pieces(url: str, stop: StopToken) -> Iterator[tuple[bytes, int]]:
    """Pieces of the file and its whole length (0: unknown).

    The network is read in a thread of its own: a connection that hangs cannot be interrupted, but it can be left.
    """
    pieces: queue.Queue[tuple[bytes, int] | Exception | None] = queue.Queue(maxsize=16)
    left = threading.Event()
    thread = threading.Thread(target=_read, args=(url, pieces, left), name="download", daemon=True)
    thread.start()
    try:
        while True:
            stop.check()
            try:
                item = pieces.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise DownloadError(_why(item)) from item
            yield item
    finally:
        left.set()


def _read(url: str, pieces: queue.Queue[tuple[bytes, int] | Exception | None], left: threading.Event) -> None:
    def put(item: tuple[bytes, int] | Exception | None) -> None:
        while not left.is_set():
            with suppress(queue.Full):
                pieces.put(item, timeout=POLL_S)
                return

    try:
        request = urllib.request.Request(url, headers={"User-Agent": "latentexplorer"})
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            total = int(response.headers.get("Content-Length") or 0)
            while not left.is_set() and (piece := response.read(PIECE_BYTES)):
                put((piece, total))
        put(None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        put(error)


def _why(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code}"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "the server does not answer"
    text = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return f"no connection: {' '.join(str(text).split())[:100]}"
