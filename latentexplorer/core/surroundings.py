"""What a process is started in: streams that are closed, full or missing, a home that cannot be written to.

No work is lost for want of somebody to tell it to. A service, `pythonw` and `>&-` start a program without streams; what
is opened next would then be taken for one of them.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import io
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from latentexplorer.core.paths import cache_dir, may_be_made, own_folder

STREAMS = (0, 1, 2)
ERRORS = "latentexplorer.legible"
"""How text is written that a stream's encoding does not know: a name's own bytes, else an escape."""


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Surroundings in which a command can work; as they were before at the end, where that can be.

    Messages on stderr are lost where it takes none, and the work goes on; what cannot be written to stdout is an error.
    """
    _open_closed()
    _choose_folder_of_matplotlib()
    fonts = logging.getLogger("matplotlib.font_manager")
    fonts.addFilter(_worth_saying)
    out, err = sys.stdout, sys.stderr
    # For Python they are missing, whatever the types say.
    sys.stdout = out or _nowhere()
    sys.stderr = _Messages(err or _nowhere())
    try:
        with _legible(sys.stdout):
            yield
    finally:
        sys.stdout, sys.stderr = out, err
        fonts.removeFilter(_worth_saying)


def lose(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere, so that the end of the process does not fail on it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


_COMMANDS = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b(?!\[A)")
"""What a terminal obeys or turns round: a name of a file can hold it. Bars of progress go up a line by `[A`."""


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class _Messages(io.TextIOBase):
    """A stream for messages, which takes everything, never fails, and shows what a terminal would obey."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        try:
            self._stream.write(_COMMANDS.sub(_escape, text))
        except (OSError, ValueError):
            lose(self._stream)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            lose(self._stream)

    def close(self) -> None:
        """Nothing: it is not ours to close."""


def _open_closed() -> None:
    """Take the numbers of closed streams; else the next file gets them, and a library writes its messages into it."""
    for number in STREAMS:
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, so this one.
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)


def _nowhere() -> TextIO:
    stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    atexit.register(stream.close)
    return stream


@contextlib.contextmanager
def _legible(stream: TextIO) -> Iterator[None]:
    """Write every name there is, whatever the encoding."""
    if not isinstance(stream, io.TextIOWrapper):
        yield
        return
    before = stream.errors
    stream.reconfigure(errors=ERRORS)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            stream.reconfigure(errors=before)


def _spell(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = b""
    for letter in error.object[error.start : error.end]:
        byte = ord(letter) - 0xDC00
        written += bytes([byte]) if 0x80 <= byte <= 0xFF else letter.encode("ascii", "backslashreplace")
    return written, error.end


codecs.register_error(ERRORS, _spell)


def _worth_saying(record: logging.LogRecord) -> bool:
    """Whether a message of matplotlib is: not that it looks through the fonts, which it says on a slow machine only."""
    return "building the font cache" not in record.getMessage()


def _choose_folder_of_matplotlib() -> None:
    """Where its own folders cannot be written to, matplotlib says so in two lines: give it one of ours."""
    if "MPLCONFIGDIR" in os.environ:
        return
    home = own_folder()
    own = [Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")]
    own += [Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")]
    if all(map(may_be_made, own)):
        return
    folder = cache_dir() / "matplotlib"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        try:
            folder = Path(tempfile.mkdtemp(prefix="latentexplorer-"))
        except OSError:
            return
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["MPLCONFIGDIR"] = str(folder)
