"""Commands of the program in processes of their own, begun at once: what is heavy is loaded before they part."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from pathlib import Path

SIGNALS = {name: getattr(signal, f"SIG{name}") for name in ("KILL", "TERM", "INT", "HUP")}
HUNG_S = 120.0


def load() -> None:
    """Load what the commands need, once."""
    import latentexplorer.cli.train_command
    import latentexplorer.data
    import latentexplorer.figures.files
    import latentexplorer.training  # noqa: F401


class Process:
    """A command that runs.

    Parameters
    ----------
    arguments : list of str
        As after `latentexplorer`.
    said : Path
        A file for what it prints.
    """

    def __init__(self, arguments: list[str], said: Path) -> None:
        self._said = said
        # What an earlier one has said is none of this one's, which may be ended before it opens the file.
        said.unlink(missing_ok=True)
        self.number = os.fork()
        if self.number == 0:
            os._exit(_run(arguments, said))
        self.began = time.monotonic()

    def send(self, name: str) -> bool:
        """A signal, to one that has not ended; whether it had not."""
        if self.ended() is None:
            os.kill(self.number, SIGNALS[name])
            return True
        return False

    def ended(self) -> int | None:
        """The exit code; the negative number of the signal that ended it; None while it runs."""
        if not hasattr(self, "_code"):
            found, status = os.waitpid(self.number, os.WNOHANG)
            if found == 0:
                return None
            self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self) -> int:
        """Its exit code; -9 if it does not end by itself."""
        latest = time.monotonic() + HUNG_S
        while (code := self.ended()) is None:
            if time.monotonic() > latest:
                os.kill(self.number, signal.SIGKILL)
            time.sleep(0.003)
        return code

    @property
    def said(self) -> str:
        return self._said.read_text(errors="replace") if self._said.is_file() else ""


def _run(arguments: list[str], said: Path) -> int:
    """In the process itself."""
    from latentexplorer.cli import main

    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number in (1, 2):
        os.dup2(handle, number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    try:
        code = main(arguments)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code
