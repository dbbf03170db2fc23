"""The real window for benchmarks: on a display (Xvfb where there is none), moved by real events, its drawing timed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from latentexplorer.gui.app import Window

NO_DISPLAY = "not measured: there is no display, and Xvfb is not installed"
TICK_MS = 5
PATIENCE_S = 120.0
LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton

LOOKS_MS, GIVES_UP_MS = 60, 3000
"""How long a person looks at what came of a click, and waits for it at most."""

Steps = Generator[int, None, None]
"""What a person does: it yields how many milliseconds pass before the next thing."""


@contextmanager
def display() -> Iterator[str]:
    """A display to open windows on: the one there is, else an Xvfb of our own. Gives its name, "" where there is none.

    On other systems than Linux a window needs no display.
    """
    if not sys.platform.startswith("linux"):
        yield "the system's"
        return
    if os.environ.get("DISPLAY"):
        os.environ.pop("QT_QPA_PLATFORM", None)
        yield os.environ["DISPLAY"]
        return
    if shutil.which("Xvfb") is None:
        yield ""
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            yield ""
            return
        os.environ["DISPLAY"] = f":{number}"
        os.environ.pop("QT_QPA_PLATFORM", None)
        os.environ.pop("WAYLAND_DISPLAY", None)
        yield f"Xvfb :{number}"
    finally:
        os.environ.pop("DISPLAY", None)
        server.terminate()
        server.wait()


class Desk:
    """The open window and a person in front of it."""

    def __init__(self) -> None:
        application = QApplication.instance()
        self.app = application if isinstance(application, QApplication) else QApplication(sys.argv[:1])
        self.window = Window(self.app)
        self.frame, self.session = self.window.frame, self.window.session
        self.failures: list[Any] = []
        self._ready = False
        self.session.failed.connect(self.failures.append)
        self.session.libraries.ready.connect(self._on_ready)
        self.frame.resize(1440, 900)
        self.window.show()
        self.until(lambda: self._ready)
        # Without a window manager nobody else would give it the keyboard.
        self.frame.activateWindow()
        self.settle()

    def _on_ready(self, device: str) -> None:
        self._ready = True

    def find(self, name: str) -> Any:
        """A widget by its object name."""
        found = self.frame.findChild(QWidget, name)
        if found is None:
            raise SystemExit(f"the window has no {name}")
        return found

    def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Let the window work until something is so."""
        end = time.monotonic() + patience_s
        while not condition():
            if self.failures:
                raise SystemExit(f"the window failed: {self.failures[0].message}\n{self.failures[0].details}")
            if time.monotonic() > end:
                raise SystemExit("the window did not get to where the benchmark wanted it")
            self.wait(10)

    def wait(self, milliseconds: int) -> None:
        """Let the window work for a while, in its own event loop."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def settle(self) -> None:
        """Wait until nothing is loading or being decoded."""
        self.until(lambda: not self.session.jobs.jobs and not self.session.decoder.busy)
        self.wait(50)

    def open_run(self, path: Path) -> None:
        """Open a run and wait until it is shown."""
        self.session.open_run(path)
        self.until(lambda: self.session.run is not None and self.session.run.path == path)
        self.settle()

    def perform(self, steps: Steps) -> None:
        """Let a person do something, in the window's own event loop."""
        _Performance(steps).run()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *about: object) -> None:
        """Stop whatever trains and close."""
        if self.session.busy:
            self.frame.stop_and_close()
            self.until(lambda: not self.session.busy)
        self.frame.close()
        self.window.end()
        self.wait(10)


class _Performance(QObject):
    """Runs through steps, each in a turn of the event loop of its own."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps, self._loop = steps, QEventLoop()
        self._error: BaseException | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._next)

    def run(self) -> None:
        self._timer.start(0)
        self._loop.exec()
        if self._error is not None:
            raise self._error

    @Slot()
    def _next(self) -> None:
        try:
            self._timer.start(next(self._steps))
        except StopIteration:
            self._loop.quit()
        except Exception as error:  # noqa: BLE001  Qt swallows what is raised in a slot: it is raised again by `run`
            self._error = error
            self._loop.quit()


class Pointer:
    """The mouse over one widget: the real pointer goes along, so that the program sees that somebody is there."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._down = NONE

    def move(self, to: QPoint) -> None:
        """Move, with the button that is held."""
        QCursor.setPos(self._widget.mapToGlobal(to))
        self._send(QEvent.Type.MouseMove, to, NONE)

    def press(self, at: QPoint, button: Qt.MouseButton = LEFT) -> None:
        """Press and hold a button."""
        QCursor.setPos(self._widget.mapToGlobal(at))
        self._down = button
        self._send(QEvent.Type.MouseButtonPress, at, button)

    def release(self, at: QPoint) -> None:
        """Let the button go."""
        button, self._down = self._down, NONE
        self._send(QEvent.Type.MouseButtonRelease, at, button)

    def _send(self, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton) -> None:
        where = QPointF(at)
        event = QMouseEvent(
            kind, where, QPointF(self._widget.mapToGlobal(at)), button, self._down, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(self._widget, event)


_SHOWN = QEvent.Type(QEvent.registerEventType())


class Frames(QObject):
    """Notes when a widget was drawn and the window handed to the screen: the first thing done after that drawing.

    Attributes
    ----------
    shown : list of (seconds, what)
        `what` is what `describe` said when the drawing began.
    """

    def __init__(self, widget: QWidget, describe: Callable[[], Any] = lambda: None) -> None:
        super().__init__(widget)
        self.shown: list[tuple[float, Any]] = []
        self._describe = describe
        self._drawn: Any = None
        self._due = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._drawn = self._describe()
            if not self._due:
                # All widgets are drawn in one turn of the event loop and handed over at its end; this comes next.
                self._due = True
                QCoreApplication.postEvent(self, QEvent(_SHOWN), Qt.EventPriority.HighEventPriority.value)
        return False

    def when(self, what: Any) -> float | None:
        """When it was first shown; None while it was not."""
        return next((seconds for seconds, shown in self.shown if shown is what or shown == what), None)

    def event(self, event: QEvent) -> bool:
        if event.type() == _SHOWN:
            self._due = False
            self.shown.append((time.perf_counter(), self._drawn))
            return True
        return super().event(event)


def looking(frames: Frames, what: Any) -> Steps:
    """Look for a moment, longer where it is not shown yet. Looked up afterwards: polling would slow what is timed."""
    yield LOOKS_MS
    waited = LOOKS_MS
    while frames.when(what) is None and waited < GIVES_UP_MS:
        yield 20
        waited += 20


class Pulse(QObject):
    """How late the event loop comes to a timer of 5 ms.

    Attributes
    ----------
    late_ms : list of float
        How much longer than asked each interval was, milliseconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.late_ms: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to listen."""
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, (now - self._last) * 1000 - TICK_MS))
        self._last = now
