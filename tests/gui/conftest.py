"""The real window, opened as a person does, and nothing left behind: no thread, timer, window or word from Qt."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPoint, Qt, QThread, QTimer
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from latentexplorer.gui.app import Window
from latentexplorer.gui.window.main_window import MainWindow
from latentexplorer.gui.workers.job import Failure

TIMEOUT_MS = 60_000
# Offscreen says this of windows that are resized, raised or take the keyboard: it is about the platform, not about us.
HARMLESS = ("This plugin does not support",)


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
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
    # Python counts Qt's own threads as daemons, or not at all.
    running = [thread for thread in _all(QThread) if thread.isRunning() and thread is not qapp.thread()]
    assert not running, running
    shown = [widget for widget in qapp.topLevelWidgets() if id(widget) not in windows and widget.isVisible()]
    assert not shown, shown
    timers = [timer for timer in _all(QTimer) if timer.isActive() and timer.parent() is not None]
    assert not timers, timers


def _all(kind: type[Any]) -> list[Any]:
    """The living objects of one of Qt's kinds."""
    import shiboken6

    return [found for found in gc.get_objects() if issubclass(type(found), kind) and shiboken6.isValid(found)]


class Person:
    """Does to the window what a person does, with the pointer and the keyboard, and waits for what it shows."""

    def __init__(self, qtbot: QtBot, window: Window) -> None:
        self.qtbot = qtbot
        self.app = window
        self.frame: MainWindow = window.frame
        self.session = window.session
        self.failures: list[Failure] = []
        self.expects_failure = False
        self.session.failed.connect(self.failures.append)

    def find(self, name: str, kind: type[QWidget] = QWidget) -> QWidget:
        found = self.frame.findChild(kind, name)
        assert found is not None, f"there is no {name}"
        return found

    def click(self, widget: QWidget | str, at: QPoint | None = None) -> None:
        target = self.find(widget) if isinstance(widget, str) else widget
        self.qtbot.mouseClick(target, Qt.MouseButton.LeftButton, pos=at or target.rect().center())

    def type(self, name: str, text: str) -> None:
        field = self.find(name, QLineEdit)
        field.setFocus()
        field.selectAll()  # type: ignore[attr-defined]
        self.qtbot.keyClicks(field, text)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=TIMEOUT_MS)

    def train(self, epochs: int = 2, **fields: str) -> None:
        """Train on the digits to the end."""
        self.type("field_training.epochs", str(epochs))
        for key, value in fields.items():
            self.type(f"field_{key.replace('__', '.')}", value)
        self.click("train_button")
        self.until(lambda: self.session.training.state != "idle")
        self.until(lambda: self.session.training.state == "idle")
        self.settled()

    def begin_training(self) -> None:
        """Train on the digits for ever, and wait until the first epoch is done and its decodes are shown."""
        self.type("field_training.epochs", "100000")
        self.click("train_button")
        session = self.session
        self.until(lambda: session.training.state == "training" and len(session.history) >= 1)
        self.until(lambda: session.run is not None and session.run.path == session.training.path)
        self.until(lambda: len(session.run.history) >= 1)

    def settled(self) -> None:
        """Wait until every pane shows what it asked for."""

        def quiet() -> bool:
            return not self.session.jobs.jobs and not self.session.decoder.busy

        while True:
            self.until(quiet)
            # What waits for its turn among the events may ask for more.
            QApplication.processEvents()
            if quiet():
                return

    def decoded(self) -> None:
        """Wait until the current code's image is on the screen."""
        session = self.session
        self.until(lambda: session.current.image_of is not None and session.current.image_of is session.current.code)

    def button_in_dialog(self, name: str) -> QPushButton:
        def shown() -> bool:
            return any(widget.findChild(QPushButton, name) is not None for widget in QApplication.topLevelWidgets())

        self.until(shown)
        for widget in QApplication.topLevelWidgets():
            button = widget.findChild(QPushButton, name)
            if button is not None:
                return button
        raise AssertionError(name)


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication, own_home: Path) -> Iterator[Person]:
    """A person in front of the open window, libraries loaded."""
    window = Window(qapp)
    person = Person(qtbot, window)
    with qtbot.waitSignal(window.session.libraries.ready, timeout=TIMEOUT_MS):
        window.frame.resize(1280, 800)
        window.show()
    person.settled()
    yield person
    if window.session.busy:
        window.frame.stop_and_close()
        person.until(lambda: not window.session.busy)
    window.frame.close()
    window.end()
    assert person.expects_failure or not person.failures, person.failures


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A small run, trained once for all tests that ask for the same settings."""
    made: dict[tuple[str, ...], Path] = {}

    def make(*changes: str) -> Path:
        if changes not in made:
            from latentexplorer.core.config import RunConfig
            from latentexplorer.data import load_data
            from latentexplorer.runs import RunFolder
            from latentexplorer.training.trainer import train

            small = ("data.train_per_class=12", "data.test_per_class=4", "training.epochs=1", "training.snapshots=0")
            config = RunConfig().updated([*small, *changes])
            path = tmp_path_factory.mktemp("runs") / f"run-{len(made)}"
            train(RunFolder.create(path, config), load_data(config.data))
            made[changes] = path
        return made[changes]

    return make
