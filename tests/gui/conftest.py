"""The real window, opened as a person does, and nothing left behind: no thread, timer, window or word from Qt."""

from __future__ import annotations

import gc
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, QThread, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentexplorer.gui.app import Window
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.workspaces import ALL
from tests.conftest import Train
from tests.gui.person import TIMEOUT_MS, Person

# Offscreen says this of windows that are resized, raised or take the keyboard: it is about the platform, not about us.
HARMLESS = ("This plugin does not support",)


class PatientBot(QtBot):
    """Waits as long as a busy machine takes."""

    waitSignal = partialmethod(QtBot.waitSignal, timeout=TIMEOUT_MS)
    waitSignals = partialmethod(QtBot.waitSignals, timeout=TIMEOUT_MS)
    waitUntil = partialmethod(QtBot.waitUntil, timeout=TIMEOUT_MS)


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
    400,000 objects of torch and its like.
    """
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
    gc.collect()
    for _ in range(3):
        qapp.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        qapp.processEvents()
    said = [
        record.getMessage()
        for when in ("setup", "call", "teardown")
        for record in caplog.get_records(when)
        if record.name.startswith("latentexplorer") and not any(word in record.getMessage() for word in HARMLESS)
    ]
    assert not said, said
    left = [thread.name for thread in threading.enumerate() if thread.ident not in threads and not thread.daemon]
    assert not left, left
    found = _living(QThread, QTimer)
    # Python counts Qt's own threads as daemons, or not at all.
    running = [thread for thread in found[QThread] if thread.isRunning() and thread is not qapp.thread()]
    assert not running, running
    shown = [widget for widget in qapp.topLevelWidgets() if id(widget) not in windows and widget.isVisible()]
    assert not shown, shown
    timers = [timer for timer in found[QTimer] if timer.isActive() and timer.parent() is not None]
    assert not timers, timers


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
    """The workspace that was left last: the one with every pane in it."""
    return ALL


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication, own_home: Path, workspace: str) -> Iterator[Person]:
    """A person in front of the open window, libraries loaded."""
    Settings()["workspace"] = workspace
    window = Window(qapp)
    person = Person(qtbot, window)
    with qtbot.waitSignal(window.session.libraries.ready, timeout=TIMEOUT_MS):
        window.frame.resize(1280, 800)
        window.show()
        # Where the test before left it, things would be hovered, and a move to the same place would be none.
        QCursor.setPos(window.frame.mapToGlobal(QPoint()))
    person.settled()
    yield person
    if window.session.busy:
        window.frame.stop_and_close()
        person.until(lambda: not window.session.busy)
    window.frame.close()
    window.end()
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
