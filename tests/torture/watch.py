"""What is looked at after every event: words of Qt, warnings, stalls, and what is left at the end."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication

HANG_S = 20.0
"""A pass that lasts so long, however little it works, does not come back."""
HARMLESS = ("This plugin does not support", "occurs outside target window")
"""The platform, of windows that are resized, raised or take the keyboard; and what sends the events, of long drags."""
SAID_BY_US = "latentexplorer"

Tell = Callable[[str, str], None]
"""Takes what happened, in a line that tells it from others, and its details."""


class Words(logging.Handler):
    """What Qt and the program log as a warning or worse."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        # Failures are logged as well, and told by the session with their details.
        if not text.startswith("Traceback") and not any(word in text for word in HARMLESS):
            self._tell(f"said: {text.splitlines()[0][:200]}", text + "\n" + "".join(traceback.format_stack()[-12:-4]))


class Watch:
    """Watches this process while events are sent.

    Parameters
    ----------
    tell : callable (what, details)
        Is told of each fault, in whichever thread.
    stall_ms : float
        A pass through the event loop may take so much of this thread's own time.
    """

    def __init__(self, tell: Tell, stall_ms: float) -> None:
        self._stall_s = stall_ms / 1000
        self._tell = tell
        self._words = Words(tell)
        self._main = threading.main_thread().ident
        self._began: float | None = None
        self._since = 0.0
        self._seen = self._doing = ""
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look, name="stalls", daemon=True)
        self.passes = 0
        self.longest_s = 0.0

    def __enter__(self) -> Watch:
        logging.getLogger(SAID_BY_US).addHandler(self._words)
        self._show, warnings.showwarning = warnings.showwarning, self._on_warning
        self._looker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looker.join()
        warnings.showwarning = self._show
        logging.getLogger(SAID_BY_US).removeHandler(self._words)

    @contextlib.contextmanager
    def passing(self, what: str) -> Iterator[None]:
        """One pass through the event loop, or one event that is delivered. Passes within passes are not counted."""
        if self._began is not None:
            yield
            return
        self._seen, self._doing, self._since, self._began = "", what, time.monotonic(), time.thread_time()
        try:
            yield
        finally:
            took, self._began = time.thread_time() - self._began, None
            self.passes += 1
            self.longest_s = max(self.longest_s, took)
            if took > self._stall_s:
                where = self._seen.strip().splitlines()
                ours = [line.strip() for line in where if "/latentexplorer/" in line]
                at = ours[-1] if ours else (where[-2].strip() if len(where) > 1 else what)
                self._tell(f"stall: {at}", f"{took * 1000:.0f} ms of its own at: {what}\n{self._seen}")

    def restart(self) -> None:
        """A nested loop begins a pass of its own here: what it waited until now was a person's time."""
        if self._began is not None:
            self._since, self._began = time.monotonic(), time.thread_time()

    def _look(self) -> None:
        """Where the window's thread is when it takes long."""
        clock = time.pthread_getcpuclockid(self._main) if self._main is not None else 0
        while not self._over.wait(0.02):
            began = self._began
            if began is None or self._main is None:
                continue
            if time.monotonic() - self._since > HANG_S:
                self._hang()
            if self._seen:
                continue
            if time.clock_gettime(clock) - began > 0.7 * self._stall_s:
                self._seen = "".join(traceback.format_stack(sys._current_frames()[self._main])) or "?"

    def _hang(self) -> None:
        """Nothing goes on any more: say where, and end, as a person would end it."""
        self._tell(f"hang: {self._doing}", f"{HANG_S:.0f} s in one pass")
        for _ in range(3):
            # A thread that waits stands still between them, one that goes round does not.
            faulthandler.dump_traceback(sys.__stderr__)
            time.sleep(0.3)
        os._exit(1)

    def _on_warning(self, message: Any, category: Any, filename: str, lineno: int, *_: object) -> None:
        self._tell(f"warning: {str(message).splitlines()[0][:200]}", f"{category.__name__} at {filename}:{lineno}")


def left_over(threads: set[int | None], windows: set[int]) -> list[str]:
    """Threads, running timers and shown windows that a closed window has left, beside those that were there before."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    gc.collect()
    for _ in range(3):
        app.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        app.processEvents()
    found = [f"thread {each.name}" for each in threading.enumerate() if each.ident not in threads and not each.daemon]
    for each in gc.get_objects():
        if issubclass(type(each), QThread) and shiboken6.isValid(each):
            if each.isRunning() and each is not app.thread():
                found.append(f"QThread {each.objectName() or type(each).__name__}")
        elif issubclass(type(each), QTimer) and shiboken6.isValid(each) and each.isActive() and each.parent():
            found.append(f"timer of {type(each.parent()).__name__}")
    found += [
        f"window {type(each).__name__} {each.objectName()}"
        for each in app.topLevelWidgets()
        if id(each) not in windows and each.isVisible()
    ]
    return found
