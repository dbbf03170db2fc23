"""The real window, opened as a person does, and nothing left behind: no thread, timer, window or word from Qt."""

from __future__ import annotations

import contextlib
import gc
import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QEventLoop, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentexplorer.gui.app import Window
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.workspaces import ALL
from tests.conftest import Train
from tests.gui.person import TIMEOUT_MS, Person

LOOK_AGAIN_MS = 10
# Offscreen says this of windows that are resized, raised or take the keyboard: it is about the platform, not about us.
HARMLESS = ("This plugin does not support",)


class PatientBot(QtBot):
    """Waits as long as a busy machine takes."""

    waitSignal = partialmethod(QtBot.waitSignal, timeout=TIMEOUT_MS)
    waitSignals = partialmethod(QtBot.waitSignals, timeout=TIMEOUT_MS)

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = TIMEOUT_MS) -> None:
        """Until it holds: asked whenever nothing is left to do, where pytest-qt sleeps ten milliseconds each time."""
        _Wait(callback, timeout).run()


class _Wait:
    """An event loop that ends as soon as a condition holds."""

    def __init__(self, condition: Callable[[], bool | None], timeout_ms: int) -> None:
        self._condition = condition
        self._latest_s = time.monotonic() + timeout_ms / 1000
        self._loop = QEventLoop()
        self._asking = False
        self._error: BaseException | None = None

    def run(self) -> None:
        if self._holds():
            return
        dispatcher = QAbstractEventDispatcher.instance()
        # For what no event tells of, such as a file; and where there is always something to do.
        timer = QTimer()
        timer.timeout.connect(self._ask)
        timer.start(LOOK_AGAIN_MS)
        dispatcher.aboutToBlock.connect(self._ask)
        try:
            self._loop.exec()
        finally:
            dispatcher.aboutToBlock.disconnect(self._ask)
            timer.stop()
        if self._error is not None:
            raise self._error

    def _ask(self) -> None:
        if self._asking:
            return
        self._asking = True
        try:
            if self._holds():
                self._loop.quit()
        except BaseException as error:  # noqa: BLE001  raised again outside of Qt's loop
            self._error = error
            self._loop.quit()
        finally:
            self._asking = False

    def _holds(self) -> bool:
        """Whether it is true, or asserts nothing that is wrong; an error when it is too late."""
        late = time.monotonic() > self._latest_s
        try:
            found = self._condition()
        except AssertionError:
            if late:
                raise
            return False
        assert found in (None, True, False), f"{found!r} is neither true nor false"
        if found is False and late:
            raise TimeoutError("It has not come true")
        return found is not False


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The pointer, the keyboard, and patience."""
    # However long it takes: keys that are typed for one choice belong together, see `Person.choose`.
    qapp.setKeyboardInputInterval(TIMEOUT_MS)
    return PatientBot(request)


@pytest.fixture(autouse=True)
def own_objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test's garbage is looked for among its own objects: what was there before is frozen.

    A window freezes what it has loaded, and thaws everything at its end; then each collection would go through the
    400,000 objects of torch and its like. What the test before has left goes first, or it would stay for good.
    """
    gc.collect()
    gc.freeze()
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "unfreeze", lambda: None)
    yield


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication, own_objects: None, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail on leaked threads, windows and running timers, and on warnings from Qt."""
    threads = {thread.ident for thread in threading.enumerate()}
    windows = set(map(id, qapp.topLevelWidgets()))
    with caplog.at_level(logging.WARNING):
        yield
    _forget_failure()
    _deleted(qapp)
    # After that: what Qt has deleted, and what was held by it, goes in one search.
    gc.collect()
    _deleted(qapp)
    said = [
        record.getMessage()
        for when in ("setup", "call", "teardown")
        for record in caplog.get_records(when)
        if record.name.startswith("latentexplorer") and not any(word in record.getMessage() for word in HARMLESS)
    ]
    assert not said, said
    left = [thread.name for thread in threading.enumerate() if thread.ident not in threads and not thread.daemon]
    assert not left, left
    found = _living(QThread, QTimer, Window)
    try:
        # Python counts Qt's own threads as daemons, or not at all.
        running = [thread for thread in found[QThread] if thread.isRunning() and thread is not qapp.thread()]
        assert not running, running
        shown = [widget for widget in qapp.topLevelWidgets() if id(widget) not in windows and widget.isVisible()]
        assert not shown, shown
        timers = [timer for timer in found[QTimer] if timer.isActive() and timer.parent() is not None]
        assert not timers, timers
    finally:
        _end(found[Window])


def _forget_failure() -> None:
    """Let go of what a test that failed has left: its windows are ended, and forgotten.

    Python keeps the last traceback, and with it the test's window, until another test is called: by then all that lives
    is frozen, and what is left of the window hears of every change of colours and fails every test to come.
    """
    if not hasattr(sys, "last_traceback"):
        return
    # Threads that still run must not be found by the search for garbage: Qt ends the process.
    _end(_living(Window)[Window])
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)


def _end(windows: list[Window]) -> None:
    """End windows that nobody has ended, or that were ended already; one that was not built to its end has no frame."""
    for window in windows:
        with contextlib.suppress(AttributeError, RuntimeError):
            window.end()


def _deleted(qapp: QApplication) -> None:
    """Let Qt delete what waits for it, and what is deleted because of that."""
    for _ in range(3):
        qapp.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        qapp.processEvents()


def _living(*kinds: type[Any]) -> dict[type[Any], list[Any]]:
    """The living objects of some of Qt's kinds, in one walk."""
    objects = gc.get_objects()
    # By their types first, which are few: to ask each of a hundred thousand objects takes a while.
    types = {kind: {each for each in set(map(type, objects)) if issubclass(each, kind)} for kind in kinds}
    return {
        kind: [found for found in objects if type(found) in types[kind] and shiboken6.isValid(found)] for kind in kinds
    }


@pytest.fixture
def workspace() -> str:
    """The workspace that was left last: the one with every pane in it.

    Modules that are about few of them have one of their own: with every pane a window takes a third more to open.
    """
    return ALL


def somebody(qtbot: QtBot, qapp: QApplication, workspace: str) -> Person:
    """A person in front of a window that is about to be opened."""

    def start(run: Path | None) -> Window:
        Settings()["workspace"] = workspace
        return Window(qapp, run)

    return Person(qtbot, start)


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication, own_home: Path, workspace: str) -> Iterator[Person]:
    """A person who has the program before them, and opens it with the first thing that they do."""
    person = somebody(qtbot, qapp, workspace)
    yield person
    if not person.began:
        return
    window = person.app
    try:
        if window.session.busy:
            window.frame.stop_and_close()
            person.until(lambda: not window.session.busy)
        window.frame.close()
    finally:
        # Also where it would not stop: one window that is left fails the tests of all that come.
        window.end()
        # The test's arguments are held until the next one: the window would be looked through twice.
        person.forget()
    assert person.expects_failure or not person.failures, person.failures


@pytest.fixture
def make_run(train_once: Train, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A small run, trained once for all tests that ask for the same settings; a copy, in which a test keeps maps."""
    from latentexplorer.core.config import RunConfig

    small = ("data.train_per_class=12", "data.test_per_class=4", "training.epochs=1", "training.snapshots=0")
    copies: dict[Path, Path] = {}

    def make(*changes: str) -> Path:
        path = train_once(RunConfig().updated([*small, *changes])).path
        assert path is not None
        if path not in copies:
            copies[path] = tmp_path_factory.mktemp("copies") / path.name
            shutil.copytree(path, copies[path])
        return copies[path]

    return make
