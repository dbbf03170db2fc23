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
from PySide6.QtWidgets import QApplication, QFileDialog

from .spent import Looker, Spent

LOOK_S = 0.01
"""How often the window's thread is looked at while it works."""
HANG_S = 20.0
"""A pass that lasts so long, however little it works, does not come back."""
HARMLESS = ("This plugin does not support", "occurs outside target window")
"""The platform, of windows that are resized, raised or take the keyboard; and what sends the events, of long drags."""
OF_LOOKING = "called with active painter"
"""Where a busy machine stops who looks at the calls between two of them, a call ends meanwhile and its painter does
not. Told as a fault where nobody was stopped so."""
OF_FILE_DIALOGS = ("edit: editing failed", "stat() failed for")
"""Qt's own, of a name in its dialog that is pressed twice while it is written, and of one longer than names can be."""
SAID_BY_US = "latentexplorer"

Tell = Callable[[str, str], None]
"""Takes what happened, in a line that tells it from others, and its details."""


class Words(logging.Handler):
    """What Qt and the program log as a warning or worse."""

    def __init__(self, tell: Tell, looker: Looker) -> None:
        super().__init__(logging.WARNING)
        self._tell, self._looker = tell, looker

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text.startswith(OF_FILE_DIALOGS) and isinstance(QApplication.activeModalWidget(), QFileDialog):
            return
        if OF_LOOKING in text and self._looker.held_lately:
            return
        # Failures are logged as well, and told by the session with their details.
        if not text.startswith("Traceback") and not any(word in text for word in HARMLESS):
            self._tell(f"said: {text.splitlines()[0][:200]}", text + "\n" + "".join(traceback.format_stack()[-12:-4]))


class Pass:
    """One pass through the event loop, or one event that is delivered."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.spent = Spent()
        self.since, self.began = time.monotonic(), time.thread_time()


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
        self._main = threading.main_thread().ident or 0
        self._calls = Looker(self._main)
        self._words = Words(tell, self._calls)
        self._pass: Pass | None = None
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look, name="stalls", daemon=True)
        self.passes = 0
        self.longest_s, self.longest_kind = 0.0, ""

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
        if self._pass is not None:
            yield
            return
        self._pass = Pass(what)
        try:
            yield
        finally:
            self._judge()
            self._pass = None

    def step(self) -> None:
        """What was delivered until now is one pass; what is delivered from now on is the next."""
        if self._pass is not None:
            self._judge()
            self._pass = Pass(self._pass.what)

    def restart(self, what: str = "") -> None:
        """The pass begins here: until now a person made up their mind, or a nested loop waited for one."""
        if self._pass is not None:
            self._pass = Pass(what or self._pass.what)

    def _judge(self) -> None:
        one = self._pass
        assert one is not None
        took = time.thread_time() - one.began
        self.passes += 1
        if took > self.longest_s:
            self.longest_s, self.longest_kind = took, f"{one.spent.kind} at {one.what}"
        if took > self._stall_s:
            self._tell(
                f"stall: {one.spent.kind}", f"{took * 1000:.0f} ms of its own at: {one.what}\n{one.spent.tree()}"
            )

    def _look(self) -> None:
        """Where the window's thread is while it works."""
        clock = time.pthread_getcpuclockid(self._main)
        while not self._over.wait(LOOK_S):
            one = self._pass
            if one is None:
                continue
            if time.monotonic() - one.since > HANG_S:
                self._hang(one)
            one.spent.look(self._calls.calls(), time.clock_gettime(clock) - one.began)

    def _hang(self, one: Pass) -> None:
        """Nothing goes on any more: say where, and end, as a person would end it."""
        self._tell(f"hang: {one.what}", f"{HANG_S:.0f} s in one pass")
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
    # What Qt held is garbage only now.
    gc.collect()
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
