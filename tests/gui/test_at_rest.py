"""What need not be drawn is not drawn, and what is clicked waits for nothing: counted, never timed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Progress, TrainingProgress
from latentexplorer.gui.session.shown_run import ShownRun
from latentexplorer.gui.session.training import TELL_EVERY_S
from latentexplorer.gui.window.status_bar import StatusBar
from latentexplorer.gui.workers.job import Report
from tests.gui.person import TIMEOUT_MS, Person

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from latentexplorer.runs import Trained

SmallRun = Callable[..., "Trained"]
REPORTS = 30
PATIENCE_S = 60.0


class Counted(QObject):
    """How often widgets of some names were drawn, and laid out anew."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.drawn: Counter[QWidget] = Counter()
        self.laid_out: Counter[QWidget] = Counter()
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = {QEvent.Type.Paint: self.drawn, QEvent.Type.LayoutRequest: self.laid_out}
        if event.type() in kinds and isinstance(watched, QWidget):
            kinds[event.type()][watched] += 1
        return False


@contextmanager
def counting(*widgets: QWidget) -> Iterator[Counted]:
    """Count from when all is drawn."""
    QApplication.processEvents()
    counted = Counted(*widgets)
    yield counted
    QApplication.processEvents()
    for widget in widgets:
        widget.removeEventFilter(counted)


def said(person: Person) -> StatusBar:
    """The status bar, which has said what there was to say."""
    bar = person.frame.statusBar()
    assert isinstance(bar, StatusBar)
    person.until(lambda: not bar._soon.isActive())
    return bar


def report(at: int) -> TrainingProgress:
    return TrainingProgress(1, 60, at / 100, 100.0 + at, 1000.0 + at, 60.0 - at, at, 100, "CPU")


def test_a_text_that_changes_all_the_time_moves_nothing_and_is_drawn_alone(person: Person, small_run: SmallRun) -> None:
    person.open_run(small_run("vae").path)
    said(person)
    row, strip = person.frame.panes["decoded"].row, person.frame.strip
    readouts = {
        strip.speed: [f"batch {at} of 313 · about 0:{at} left" for at in range(10, 40)],
        strip.epoch: [f"epoch {at} of 60" for at in range(10, 40)],
        row.how: ["training image 7", "a draw", "moved by hand, z3 = 1.25", "test image 1,234"],
        person.find("status_left"): [f"CPU · 1,{at} images/s · decode 7.{at} ms" for at in range(100, 130)],
    }
    for label, texts in readouts.items():
        label.setText(texts[0])
    with counting(person.frame, *readouts) as counted:
        for label, texts in readouts.items():
            for text in texts[1:]:
                label.setText(text)
                QApplication.processEvents()
    # A room grows once, not with every text.
    assert counted.laid_out[person.frame] <= len(readouts)
    for label, texts in readouts.items():
        assert label.text() == texts[-1]
        assert counted.drawn[label] or not label.isVisible()


def test_the_status_bar_is_not_drawn_for_every_decode(person: Person, small_run: SmallRun) -> None:
    person.open_run(small_run("vae").path)
    bar = said(person)
    # However slow the machine is: in the time in which it says one of them there are thirty.
    bar._soon.setInterval(TIMEOUT_MS)
    with counting(bar) as counted:
        for at in range(REPORTS):
            person.session.decoder.timed.emit("current", 0.001 * at)
            QApplication.processEvents()
    assert counted.drawn[bar] <= 2 and bar._soon.isActive()
    bar._soon.setInterval(0)
    # What it says in the end is the last one.
    person.until(lambda: f"decode {REPORTS - 1:.1f} ms" in person.find("status_left").text())


def test_reports_are_told_so_often_as_they_can_be_read_and_none_is_lost(person: Person) -> None:
    training = person.session.training
    told: list[object] = []
    training.progress.connect(told.append)
    begin = time.monotonic()
    for at in range(REPORTS):
        training._on_event(report(at))
    assert 1 <= len(told) <= 2 + (time.monotonic() - begin) / TELL_EVERY_S
    assert len(training.losses) == REPORTS and training._progress == report(REPORTS - 1)
    # What is done next is told at once.
    for what in ("looking at held-out images", "saving"):
        training._on_event(Progress(0, 10, what))
        assert told[-1] == Progress(0, 10, what)


def test_rows_of_quick_epochs_are_told_together(qtbot: QtBot) -> None:
    shown = ShownRun()
    told: list[int] = []
    shown.history_changed.connect(lambda: told.append(len(shown.history)))
    for epoch in range(1, REPORTS + 1):
        shown.add_row({"epoch": float(epoch), "train_loss": 1.0})
    assert len(shown.history) == REPORTS and told == [1]
    qtbot.waitUntil(lambda: told == [1, REPORTS])
    shown.end()


def _batch(begun: threading.Event, over: threading.Event, emit: Report, stop: StopToken) -> None:
    begun.set()
    over.wait(PATIENCE_S)
    stop.check()


def test_a_click_waits_for_nothing_that_takes_long(person: Person, small_run: SmallRun) -> None:
    person.open_run(small_run("vae").path)
    session = person.session
    for queue in ("training", "jobs", "surveys"):
        begun, over = threading.Event(), threading.Event()
        work = partial(_batch, begun, over)
        if queue == "training":
            session.training._start("a long batch", work)
        else:
            session.submit("Something long", work, quick=queue == "surveys")
        try:
            person.until(begun.is_set)
            for index in (1, 2):
                session.current.pick_image("train", index)
                person.until(lambda: session.current.image_of is session.current.code)
                assert session.current.code.index == index and not over.is_set()
        finally:
            session.training.stop()
            over.set()
        person.until(lambda: not session.training.active)
