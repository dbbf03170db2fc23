"""Closing over something under way: a person is asked, and nothing is lost without a word."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.ending import STOPS
from latentexplorer.core.errors import Stopped
from latentexplorer.core.events import Emit, ignore
from latentexplorer.gui.session.window_settings import Settings
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.gui.workers import tasks
from latentexplorer.runs import RunFolder, Trained
from tests.gui.conftest import Person, somebody
from tests.gui.person import TIMEOUT_MS


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def held(person: Person) -> Iterator[threading.Event]:
    """The queue is busy with something else until the event is set, so that exports wait."""
    go = threading.Event()

    def wait(emit: Emit, stop: StopToken) -> None:
        while not go.wait(0.01):
            stop.check()

    person.session.submit("Something long", wait, of_run=False)
    yield go
    go.set()


def asked(person: Person) -> Any:
    """The question that closing asks."""
    box = person.frame.findChild(QMessageBox, "close_question")
    assert box is not None and box.isVisible()
    return box


def test_closing_while_figures_wait_to_be_written_asks_and_finishes_them(
    person: Person, held: threading.Event, tmp_path: Path
) -> None:
    for name in ("map", "loss"):
        pane = person.frame.panes[name]
        pane.export_to(tmp_path / f"{name}.png", 60)
    person.frame.close()
    assert person.frame.isVisible()
    box = asked(person)
    assert "map.png" in box.text() + box.informativeText() and "loss.png" in box.text()
    person.click(person.button_in_dialog("keep_working"))
    person.frame.close()
    person.click(person.button_in_dialog("finish_and_close"))
    assert person.frame.isVisible()
    held.set()
    person.until(lambda: not person.frame.isVisible())
    for name in ("map", "loss"):
        with Image.open(tmp_path / f"{name}.png") as image:
            image.load()


def test_files_do_not_wait_for_what_nobody_sees_any_more(person: Person, tmp_path: Path) -> None:
    never = threading.Event()

    def until_stopped(emit: Emit, stop: StopToken) -> None:
        while not never.wait(0.01):
            stop.check()

    person.session.submit("Laying out a map", until_stopped)
    person.frame.panes["loss"].export_to(tmp_path / "loss.png", 60)
    person.frame.close()
    person.click(person.button_in_dialog("finish_and_close"))
    person.until(lambda: not person.frame.isVisible())
    with Image.open(tmp_path / "loss.png") as image:
        image.load()


def test_a_person_may_close_without_the_figures(person: Person, held: threading.Event, tmp_path: Path) -> None:
    person.frame.panes["map"].export_to(tmp_path / "map.png", 60)
    person.frame.close()
    person.click(person.button_in_dialog("close_without"))
    person.until(lambda: not person.frame.isVisible())
    assert not list(tmp_path.iterdir())


def test_who_waits_for_figures_may_close_without_them_or_go_on_working(
    person: Person, held: threading.Event, tmp_path: Path
) -> None:
    """A report may take a minute: whoever has chosen to wait for it is not held to that."""
    said = list[str]()
    person.session.message.connect(lambda _level, text: said.append(text))
    person.frame.panes["map"].export_to(tmp_path / "map.png", 60)
    person.frame.close()
    person.click(person.button_in_dialog("finish_and_close"))
    assert person.frame.isVisible() and "close it again to leave it" in said[-1]
    person.until(lambda: person.frame.findChild(QMessageBox, "close_question") is None)
    person.frame.close()
    person.click(person.button_in_dialog("keep_working"))
    # Nobody waits any more.
    assert not person.frame.closing.under_way
    person.frame.close()
    person.click(person.button_in_dialog("finish_and_close"))
    person.frame.close()
    person.click(person.button_in_dialog("close_without"))
    person.until(lambda: not person.frame.isVisible())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["loss", "map", "gallery"])
def test_a_figure_that_nobody_waits_for_is_not_drawn(make_run: Callable[..., Path], tmp_path: Path, kind: str) -> None:
    run, stop = Trained.load(make_run("model.family=vae")), StopToken()
    stop.request()
    with pytest.raises(Stopped):
        tasks.export(run, kind, [], tmp_path / f"{kind}.png", 60, None, ignore, stop)
    assert not list(tmp_path.iterdir())


def test_a_figure_that_cannot_be_written_keeps_the_window_open(
    person: Person, held: threading.Event, tmp_path: Path
) -> None:
    person.expects_failure = True
    (tmp_path / "file").write_text("")
    person.frame.panes["map"].export_to(tmp_path / "file" / "map.png", 60)
    person.frame.close()
    person.click(person.button_in_dialog("finish_and_close"))
    held.set()
    person.until(lambda: bool(person.failures))
    person.settled()
    assert person.frame.isVisible() and person.find("failure").isVisible()
    person.frame.close()
    assert not person.frame.isVisible()


def test_training_is_saved_and_figures_are_finished(person: Person, held: threading.Event, tmp_path: Path) -> None:
    person.begin_training()
    person.frame.panes["loss"].export_to(tmp_path / "loss.png", 60)
    person.frame.close()
    assert "loss.png" in asked(person).text()
    person.click(person.button_in_dialog("stop_and_save"))
    person.until(lambda: not person.session.training.active)
    assert person.frame.isVisible()
    held.set()
    person.until(lambda: not person.frame.isVisible())
    assert (tmp_path / "loss.png").is_file()


@pytest.fixture
def unharmed() -> Iterator[list[int]]:
    """Signals that nobody took, which would end the tests otherwise."""
    missed: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: missed.append(number)) for number in STOPS}
    yield missed
    for number, handler in before.items():
        signal.signal(number, handler)


def stays(person: Person, *turns: tuple[int, ...]) -> int:
    """The code that the window ends with when the process gets signals: those of a turn at once, then the next ones.

    Not by the clock: a signal that comes when the window has gone already ends the tests.
    """
    coming = iter(turns)

    def send() -> None:
        numbers = next(coming, ())
        for number in numbers:
            os.kill(os.getpid(), number)
        if numbers:
            QTimer.singleShot(0, person.frame, send)

    QTimer.singleShot(0, person.frame, send)
    QTimer.singleShot(TIMEOUT_MS, person.frame, lambda: QApplication.exit(1))
    return person.app.stay()


def test_a_signal_closes_the_window_saves_the_training_and_asks_nobody(person: Person, unharmed: list[int]) -> None:
    person.begin_training()
    run = person.session.training.path
    assert run is not None
    # A question that stands open is not waited for either.
    person.frame.close()
    assert asked(person)
    person.app.settings["geometry"] = ""
    # As the end of a session sends them.
    assert stays(person, (signal.SIGTERM, *STOPS[2:])) == 130
    assert not person.frame.isVisible() and not unharmed
    folder = RunFolder.open(run)
    assert folder.status == "stopped" and len(folder.history) >= 1
    assert (run / "model.safetensors").is_file() and Settings().bytes("geometry")
    assert Settings()["last_run"] == str(run)
    # Afterwards signals are again as they were.
    os.kill(os.getpid(), signal.SIGTERM)
    assert unharmed == [signal.SIGTERM]


def test_files_are_finished_unless_ctrl_c_is_pressed_again(
    person: Person, held: threading.Event, unharmed: list[int], tmp_path: Path
) -> None:
    person.frame.panes["loss"].export_to(tmp_path / "loss.png", 60)
    # Until it comes again it waits for the file, which waits for what is held.
    assert stays(person, STOPS, (signal.SIGINT,)) == 130
    assert not person.frame.isVisible() and not unharmed and not list(tmp_path.iterdir())


def test_a_window_that_is_closed_leaves_nothing_in_memory(
    qtbot: QtBot, qapp: QApplication, own_home: Path, workspace: str
) -> None:
    before = len(qapp.allWidgets())
    person = somebody(qtbot, qapp, workspace)
    # Dialogs and switches that are there for the asking are made when they are first asked for.
    for name in ("palette", "guide", "new_run"):
        person.frame.actions_table[name].trigger()
        QApplication.processEvents()
    person.settled()
    person.frame.close()
    person.app.end()
    kept = {type(part).__name__: weakref.ref(part) for part in (person.app, person.frame, person.session)}
    kept |= {name: weakref.ref(pane) for name, pane in person.frame.panes.items()}
    del person
    qapp.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
    gc.collect()
    # What is left of a pane, or of the session, keeps all of the others: megabytes for each window.
    assert not [name for name, part in kept.items() if part() is not None]
    assert len(qapp.allWidgets()) <= before
