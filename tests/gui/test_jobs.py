"""Jobs and decoding on their threads: one ending each, nothing late, nothing swallowed."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.cores import ThreadChoice
from latentexplorer.core.errors import DataError, Stopped
from latentexplorer.core.events import Emit, Notice, Progress
from latentexplorer.gui.workers import code_tasks, decoding, job_thread, tasks
from latentexplorer.gui.workers.decoder import BACKGROUND, CURRENT, PANE, Decoder
from latentexplorer.gui.workers.job import Failure, Job
from latentexplorer.gui.workers.job_queue import JobQueue
from latentexplorer.gui.workers.job_thread import JobThread
from latentexplorer.gui.workers.thread import BEHIND, FAR_BEHIND, NOT_BEHIND, WorkerThread
from latentexplorer.gui.workers.torch_threads import Cores
from latentexplorer.runs import Trained
from latentexplorer.views import tiling
from latentexplorer.views.latent_grid import Result
from latentexplorer.views.tiling import LEAST, MOST, STEP_S, WIDEST, Pace, coarse_first, for_screen


class Endings:
    """Everything a job signalled."""

    def __init__(self, job: Job) -> None:
        self.said: list[Any] = []
        job.succeeded.connect(lambda value: self.said.append(("succeeded", value)))
        job.stopped.connect(lambda: self.said.append(("stopped", None)))
        job.failed.connect(lambda failure: self.said.append(("failed", failure)))
        self.events: list[Any] = []
        job.reported.connect(self.events.append)


@pytest.fixture
def thread(qapp: object) -> Iterator[JobThread]:
    thread = JobThread("test")
    yield thread
    thread.shutdown()


@pytest.fixture
def queue(qapp: object) -> Iterator[JobQueue]:
    queue = JobQueue("test")
    yield queue
    queue.shutdown()


@pytest.fixture
def decoder(qapp: object) -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.shutdown()


def _until_stopped(emit: Emit, stop: StopToken) -> None:
    emit(Notice("running"))
    stop.wait(30)
    stop.check()


def test_a_job_reports_and_succeeds_in_the_windows_thread(qtbot: QtBot, thread: JobThread) -> None:
    here = threading.get_ident()
    there: list[int] = []

    def work(emit: Emit, stop: StopToken) -> str:
        there.append(threading.get_ident())
        emit(Notice("half way"))
        return "done"

    job = Job("work", work)
    endings = Endings(job)
    heard: list[int] = []
    job.finished.connect(lambda: heard.append(threading.get_ident()))
    with qtbot.waitSignal(job.finished):
        assert thread.start(job)
    assert endings.said == [("succeeded", "done")]
    assert [event.text for event in endings.events] == ["half way"]
    assert there != [here]
    assert heard == [here]


def test_qt_itself_calls_nothing_in_a_thread(qtbot: QtBot, thread: JobThread, decoder: Decoder) -> None:
    # It would look for the class of what it calls while the window's thread makes another one, and end the program.
    depths: list[int] = []

    def depth(*_: object) -> int:
        depths.append(QThread.currentThread().loopLevel())
        return depths[-1]

    job = Job("work", depth)
    with qtbot.waitSignal(job.finished):
        thread.start(job)
    for urgency in (CURRENT, PANE):
        with qtbot.waitSignal(decoder.rested):
            decoder.ask(f"of {urgency}", depth, lambda _: None, urgency)
    assert depths == [0, 0, 0] and QThread.currentThread().loopLevel() == 0


def test_a_thread_goes_on_after_what_nobody_caught(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: heard.append(kind))
    done = threading.Event()
    thread = WorkerThread("test")
    thread.begin()
    thread.do(partial(int, "none"))
    thread.do(done.set)
    thread.end()
    assert heard == [ValueError] and done.is_set()
    thread.begin()
    done.clear()
    thread.do(done.set)
    thread.end()
    assert done.is_set()


def test_a_thread_keeps_nothing_of_what_it_has_done(qtbot: QtBot) -> None:
    what = partial(int, "1")
    gone = weakref.ref(what)
    thread = WorkerThread("test")
    thread.begin()
    thread.do(what)
    del what
    qtbot.waitUntil(lambda: gone() is None)
    thread.end()


def test_a_second_start_while_busy_is_refused(qtbot: QtBot, thread: JobThread) -> None:
    first, second = Job("first", _until_stopped), Job("second", _until_stopped)
    with qtbot.waitSignal(first.reported):
        assert thread.start(first)
    assert not thread.start(second)
    with qtbot.waitSignal(first.stopped):
        first.stop()
    with qtbot.waitSignal(second.reported):
        assert thread.start(second)


@pytest.mark.parametrize(
    ("error", "title", "message"),
    [
        (DataError("no such file", "choose another one"), "These images cannot be used", "no such file"),
        (RuntimeError("shapes do not match"), "Something went wrong", "RuntimeError: shapes do not match"),
        (KeyError("x"), "Something went wrong", "KeyError: 'x'"),
        (SystemExit(3), "Something went wrong", "SystemExit: 3"),
    ],
)
def test_every_failure_arrives_once_and_as_text(
    qtbot: QtBot, thread: JobThread, error: BaseException, title: str, message: str
) -> None:
    def work(emit: Emit, stop: StopToken) -> None:
        raise error

    job = Job("work", work)
    endings = Endings(job)
    with qtbot.waitSignal(job.finished):
        thread.start(job)
    ((state, failure),) = endings.said
    assert state == "failed"
    assert isinstance(failure, Failure)
    assert (failure.title, failure.message) == (title, message)
    assert "Traceback" in failure.details
    assert all(isinstance(value, str) for value in vars(failure).values())
    assert not thread.busy


def test_a_message_with_a_name_of_any_length_is_told_by_its_ends() -> None:
    failure = Failure.of(DataError(f"{'x' * 3000}.png could not be written", "Choose another name"))
    assert len(failure.message) < 700 and failure.message.endswith(".png could not be written")
    assert "x" * 3000 in failure.details and failure.todo == "Choose another name"


def test_reports_are_thinned_out_but_the_last_one_arrives(
    qtbot: QtBot, thread: JobThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_thread, "REPORT_EVERY_S", 1e9)

    def work(emit: Emit, stop: StopToken) -> None:
        for done in range(1_000):
            emit(Progress(done + 1, 1_000))

    job = Job("work", work)
    endings = Endings(job)
    with qtbot.waitSignal(job.finished):
        thread.start(job)
    assert [event.done for event in endings.events] == [1_000]


def test_what_is_slower_to_show_than_to_report_does_not_pile_up(
    qtbot: QtBot, thread: JobThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long each may take: what is counted is how many wait for the window.
    monkeypatch.setattr(job_thread, "REPORT_EVERY_S", 0.0)
    told = threading.Event()

    def work(emit: Emit, stop: StopToken) -> None:
        for step in range(100):
            emit(Progress(step, 100, "reporting"))
        told.set()

    job = Job("test", work, "")
    endings = Endings(job)
    thread.start(job)
    # The window does nothing else meanwhile.
    assert told.wait(30)
    qtbot.waitUntil(lambda: bool(endings.said))
    assert [event.done for event in endings.events] == [0, 99]


def test_shutting_down_stops_what_runs_and_drops_what_comes_late(qtbot: QtBot) -> None:
    thread = JobThread("test")
    job = Job("work", _until_stopped)
    endings = Endings(job)
    with qtbot.waitSignal(job.reported):
        thread.start(job)
    thread.shutdown()
    # What the thread had said before it ended comes now.
    QApplication.processEvents()
    assert endings.said == [("stopped", None)]
    assert not thread.start(Job("late", _until_stopped))


def test_the_queue_keeps_order_and_a_key_replaces_its_own(qtbot: QtBot, queue: JobQueue) -> None:
    done: list[str] = []

    def named(name: str) -> Callable[[Emit, StopToken], None]:
        def work(emit: Emit, stop: StopToken) -> None:
            done.append(name)

        return work

    first = Job("first", _until_stopped, key="map")
    with qtbot.waitSignal(first.reported):
        queue.submit(first)
    waiting, export = Job("waiting", named("waiting"), key="map"), Job("export", named("export"))
    newest = Job("newest", named("newest"), key="map")
    said = [Endings(job) for job in (first, waiting, export, newest)]
    with qtbot.waitSignal(newest.finished):
        for job in (waiting, export, newest):
            queue.submit(job)
    assert done == ["export", "newest"]
    assert [each.said[0][0] for each in said] == ["stopped", "stopped", "succeeded", "succeeded"]
    assert not queue.jobs


def test_a_stopped_job_that_waits_never_runs(qtbot: QtBot, queue: JobQueue) -> None:
    first, second = Job("first", _until_stopped), Job("second", _until_stopped)
    with qtbot.waitSignal(first.reported):
        queue.submit(first)
    queue.submit(second)
    endings = Endings(second)
    queue.cancel(second)
    assert endings.said == [("stopped", None)]
    with qtbot.waitSignal(first.finished):
        queue.cancel(first)
    assert endings.events == []


class Gate:
    """A question that waits for permission, so that a test knows what is under way."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self) -> Any:
        self.begun.set()
        assert self.go.wait(30)
        return self.value


def test_the_newest_question_of_a_key_wins(qtbot: QtBot, decoder: Decoder) -> None:
    answers: list[Any] = []
    gate = Gate(0)
    decoder.ask("current", gate, answers.append, CURRENT)
    assert gate.begun.wait(30)
    for number in range(1, 100):
        decoder.ask("current", lambda number=number: number, answers.append, CURRENT)
    gate.go.set()
    qtbot.waitUntil(lambda: 99 in answers)
    # The one under way is shown (it is newer than nothing), those overtaken while waiting are not.
    assert answers == [0, 99]


def test_the_current_code_waits_for_no_pane_and_no_pane_for_what_can_wait(qtbot: QtBot, decoder: Decoder) -> None:
    order: list[str] = []
    started, go = threading.Event(), threading.Event()

    def plane() -> Iterator[str]:
        started.set()
        assert go.wait(30)
        for tile in range(5):
            yield f"tile {tile}"

    decoder.ask("grid", lambda: plane(), order.append, PANE)
    assert started.wait(30)
    decoder.ask("snapshot", lambda: "snapshot", order.append, BACKGROUND)
    decoder.ask("other", lambda: "other", order.append, PANE)
    decoder.ask("current", lambda: "current", order.append, CURRENT)
    qtbot.waitUntil(lambda: order == ["current"])
    assert decoder.busy
    go.set()
    qtbot.waitUntil(lambda: "snapshot" in order)
    assert order == ["current", "tile 0", "tile 1", "tile 2", "tile 3", "tile 4", "other", "snapshot"]
    qtbot.waitUntil(lambda: not decoder.busy)


def test_it_is_busy_until_the_last_answer_has_been_given(qtbot: QtBot, decoder: Decoder) -> None:
    busy: list[bool] = []
    asked_again: list[str] = []

    def ask_again(_: str) -> None:
        busy.append(decoder.busy)
        decoder.ask("second", lambda: "second", asked_again.append)

    decoder.ask("first", lambda: "first", ask_again)
    qtbot.waitUntil(lambda: not decoder.busy)
    assert busy == [True] and asked_again == ["second"]


def test_a_plane_that_is_overtaken_still_shows_its_coarse_picture(qtbot: QtBot, decoder: Decoder) -> None:
    answers: list[str] = []
    started, go = threading.Event(), threading.Event()

    def old() -> Iterator[str]:
        started.set()
        assert go.wait(30)
        yield "old, coarse"
        yield "old, fine"

    decoder.ask("grid", lambda: old(), answers.append)
    assert started.wait(30)
    decoder.ask("grid", lambda: "new", answers.append)
    go.set()
    qtbot.waitUntil(lambda: "new" in answers)
    assert answers == ["old, coarse", "new"]


def test_what_comes_together_has_turns_of_its_own(
    qtbot: QtBot, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if each answer took long to draw.
    monkeypatch.setattr("latentexplorer.gui.workers.turns.LONG_S", 0.0)
    seen: list[str] = []
    there = threading.Semaphore(0)

    def answer(name: str) -> str:
        there.release()
        return name

    def show(name: str) -> None:
        seen.append(name)
        QCoreApplication.postEvent(person, QEvent(QEvent.Type.User))

    class Person(QObject):
        def event(self, event: QEvent) -> bool:
            seen.append("somebody's turn")
            return True

    person = Person()
    for name in ("grid", "strips", "facts"):
        decoder.ask(name, partial(answer, name), show)
    for _ in range(3):
        assert there.acquire(timeout=30)
    qtbot.waitUntil(lambda: not decoder.busy)
    assert seen[:3] == ["grid", "somebody's turn", "strips"]


def test_of_answers_that_wait_those_overtaken_twice_are_left_out(qtbot: QtBot, decoder: Decoder) -> None:
    answers: list[int] = []
    # When the next one begins all before it have been answered.
    for number in range(5):
        gate = Gate(number)
        decoder.ask("grid" if number < 4 else "other", gate, answers.append if number < 4 else lambda _: None)
        assert gate.begun.wait(30)
        gate.go.set()
    qtbot.waitUntil(lambda: 3 in answers)
    assert answers == [2, 3]


def test_after_another_run_is_opened_old_answers_are_dropped(qtbot: QtBot, decoder: Decoder) -> None:
    answers: list[str] = []
    gate = Gate("old run")
    decoder.ask("current", gate, answers.append)
    assert gate.begun.wait(30)
    decoder.forget()
    gate.go.set()
    decoder.ask("other", lambda: "new run", answers.append)
    qtbot.waitUntil(lambda: "new run" in answers)
    assert answers == ["new run"]


def test_a_question_that_fails_is_told_and_the_next_is_answered(qtbot: QtBot, decoder: Decoder) -> None:
    answers: list[int] = []

    def wrong() -> None:
        raise RuntimeError("no")

    with qtbot.waitSignal(decoder.failed) as told:
        decoder.ask("current", wrong, answers.append)
    assert "RuntimeError: no" in told.args[0].message
    decoder.ask("current", lambda: 1, answers.append)
    qtbot.waitUntil(lambda: answers == [1])


@pytest.mark.parametrize(("tile", "shown"), [(4, 2), (32, 1), (200, 1)], ids=["slow", "quick", "in one step"])
def test_a_plane_that_takes_long_comes_coarse_first_and_ends_exact(tile: int, shown: int) -> None:
    z = np.random.default_rng(0).normal(size=(10, 9, 3)).astype(np.float32)
    decoded: list[int] = []

    def decode(codes: np.ndarray) -> np.ndarray:
        decoded.append(len(codes))
        return np.tile(codes.sum(1)[:, None, None, None], (1, 2, 2, 1))

    steps = list(coarse_first(decode, z, coarse=4, tile=tile))
    planes = [plane for plane in steps if plane is not None]
    assert len(planes) == shown
    # No step is longer than it may be, the coarse picture but for its first.
    assert max(decoded) <= max(tile, 9)
    assert len(steps) >= len(decoded) - 1
    assert all(plane.shape == (10, 9, 2, 2, 1) for plane in planes)
    if shown > 1:
        np.testing.assert_array_equal(planes[0][5, 6], planes[0][4, 4])
    np.testing.assert_allclose(planes[-1][..., 0, 0, 0], z.sum(2), rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "side_by_side", "expected"),
    [
        ((28, 28, 1), 12, (28, 28, 1)),
        ((256, 256, 3), 8, (256, 256, 3)),
        ((256, 256, 3), 12, (128, 128, 3)),
        ((90, 255, 1), 20, (30, 85, 1)),
        ((2, 600, 1), 12, (2, 600, 1)),
    ],
)
def test_large_pictures_come_as_large_as_a_screen_shows_them(
    shape: tuple[int, int, int], side_by_side: int, expected: tuple[int, int, int]
) -> None:
    images = np.random.default_rng(0).random((3, *shape), np.float32)
    shown = for_screen(images, side_by_side)
    assert shown.shape == (3, *expected)
    assert shown.dtype == np.float32
    assert side_by_side * expected[1] <= WIDEST or shown is images
    np.testing.assert_allclose(shown.mean(), images.mean(), atol=0.01)


def test_a_plane_of_large_pictures_is_shrunk_before_it_reaches_the_window(
    small_run: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run("vae")
    monkeypatch.setattr(tiling, "WIDEST", 3 * 8 // 2)
    *_, plane = tasks.latent_grid(run, {"n": 3})
    assert isinstance(plane, Result)
    whole = run.decode(plane.codes.reshape(9, -1)).reshape(9, 4, 2, 4, 2, 1).mean((2, 4))
    np.testing.assert_allclose(plane.images.reshape(whole.shape), whole, atol=1e-5)
    (rows,) = code_tasks.strips(run, plane.codes[0, 0], None, np.array([0]), np.zeros((1, 3), np.float32))
    assert rows.images.shape[-3:] == (4, 4, 1)


def test_a_question_in_steps_that_is_overtaken_still_shows_its_first_answer(qtbot: QtBot, decoder: Decoder) -> None:
    answers: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def steps(name: str) -> Iterator[str | None]:
        begun.set()
        assert go.wait(30)
        yield None
        yield f"{name} coarse"
        yield f"{name} fine"

    decoder.ask("grid", lambda: steps("old"), answers.append)
    assert begun.wait(30)
    decoder.ask("grid", lambda: steps("new"), answers.append)
    go.set()
    qtbot.waitUntil(lambda: "new fine" in answers)
    assert answers == ["old coarse", "new coarse", "new fine"]


def test_a_step_is_as_long_as_the_current_code_may_wait() -> None:
    pace = Pace()
    for _ in range(20):
        pace.record(pace.tile, pace.tile * 0.001)  # A millisecond a code.
    assert pace.tile == round(STEP_S / 0.001)
    pace.record(pace.tile, 5.0)  # The machine was busy for once.
    assert pace.tile >= STEP_S / 0.001 / 2
    for _ in range(20):
        pace.record(pace.tile, pace.tile * 0.1)
    assert pace.tile == LEAST
    for _ in range(20):
        pace.record(pace.tile, 0.0)
    assert pace.tile == MOST


def test_stopped_is_no_failure(qtbot: QtBot, thread: JobThread) -> None:
    def work(emit: Emit, stop: StopToken) -> None:
        raise Stopped

    job = Job("work", work)
    endings = Endings(job)
    with qtbot.waitSignal(job.finished):
        thread.start(job)
    assert endings.said == [("stopped", None)]


def test_a_held_queue_begins_when_it_is_released(qtbot: QtBot, queue: JobQueue) -> None:
    queue.hold()
    job = Job("work", lambda emit, stop: "done")
    endings = Endings(job)
    queue.submit(job)
    QApplication.processEvents()
    assert job.state == "waiting"
    with qtbot.waitSignal(job.finished):
        queue.release()
    assert endings.said == [("succeeded", "done")]


def _niceness(*about: object) -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have Qt's priorities, which cannot be read")
def test_training_and_the_panes_stand_behind_the_window_and_the_current_code_does_not(
    qtbot: QtBot, decoder: Decoder
) -> None:
    training = JobThread("training", behind=True)
    job = Job("Training", _niceness)
    with qtbot.waitSignal(job.succeeded) as told:
        assert training.start(job)
    training.shutdown()
    found: dict[str, int] = {}
    for key, urgency in (("current", CURRENT), ("pane", PANE)):
        with qtbot.waitSignal(decoder.rested):
            decoder.ask(key, _niceness, lambda nice, key=key: found.__setitem__(key, nice), urgency)
    own = _niceness()
    # A model that trains goes before what only follows the code; the tests themselves may stand behind something.
    assert NOT_BEHIND < BEHIND < FAR_BEHIND
    assert (found["current"], *told.args, found["pane"]) == (own, max(own, BEHIND), max(own, FAR_BEHIND))


@pytest.mark.skipif(sys.platform != "linux", reason="threads are listed by the system's own files")
def test_threads_are_gone_when_they_have_nothing_to_do(qtbot: QtBot, decoder: Decoder, thread: JobThread) -> None:
    """Helpers of torch that rest with them would slow every small model that trains meanwhile."""

    def gone(number: int) -> bool:
        return not Path(f"/proc/self/task/{number}").exists()

    numbers: list[int] = []
    for _ in range(3):
        job = Job("job", lambda emit, stop: threading.get_native_id())
        job.succeeded.connect(numbers.append)
        with qtbot.waitSignal(job.finished):
            assert thread.start(job)
        decoder.ask("pane", threading.get_native_id, numbers.append)
        qtbot.waitUntil(lambda: not decoder.busy)
        qtbot.waitUntil(lambda: all(gone(number) for number in numbers))
    assert len(numbers) == 6


def test_every_thread_is_prepared_before_it_works(qtbot: QtBot) -> None:
    prepared: list[int] = []
    decoder = Decoder(prepare=lambda: prepared.append(threading.get_native_id()))
    queue = JobQueue("jobs", prepare=lambda: prepared.append(threading.get_native_id()))
    seen: list[bool] = []
    job = Job("job", lambda emit, stop: threading.get_native_id() in prepared)
    job.succeeded.connect(seen.append)
    queue.submit(job)
    for key, urgency in (("current", CURRENT), ("pane", PANE)):
        decoder.ask(key, lambda: threading.get_native_id() in prepared, seen.append, urgency)
    qtbot.waitUntil(lambda: len(seen) == 3)
    assert all(seen) and len(set(prepared)) == 3
    decoder.shutdown()
    queue.shutdown()


@pytest.mark.parametrize("training", [False, True])
def test_a_new_thread_takes_one_core_while_a_model_trains_else_all(
    training: bool,
) -> None:
    import torch

    cores = Cores()
    cores.all, cores.training = 2, training
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    found: list[int] = []

    def run() -> None:
        cores.share()
        # Its first operation on many numbers, with which torch would look up what was set last anywhere.
        torch.zeros(200_000).add_(1)
        found.append(torch.get_num_threads())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    torch.set_num_threads(before)
    assert found == [1 if training else 2]


def test_all_cores_are_counted_though_the_first_thread_took_one() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    cores = Cores()
    found: list[int] = []

    def train() -> None:
        cores.take(sharing=False)
        found.append(torch.get_num_threads())

    for target in (lambda: cores.take(sharing=True), train):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
    torch.set_num_threads(before)
    assert found == [2]


def decode_for(choice: ThreadChoice, pieces: int, code_s: dict[bool, float]) -> float:
    """Pieces of 32 codes that take `code_s[whether all threads help]` a code; the share of the time of the best."""
    spent = 0.0
    for _ in range(pieces):
        spent += code_s[choice.all_of_them]
        choice.record(32, 32 * code_s[choice.all_of_them])
    return pieces * min(code_s.values()) / spent


QUIET, BUSY, SAME = {True: 0.6, False: 1.0}, {True: 12.0, False: 1.0}, {True: 1.05, False: 1.0}


def test_all_threads_decode_where_that_is_quicker_and_one_beside_a_busy_program() -> None:
    choice = ThreadChoice()
    assert decode_for(choice, 300, QUIET) > 0.95
    # It becomes busy: one piece is lost, and the trials cost little.
    assert decode_for(choice, 10, BUSY) > 0.3
    assert decode_for(choice, 600, BUSY) > 0.75
    assert not choice._quicker
    # And quiet again: noticed at the next trial.
    decode_for(choice, ThreadChoice.MOST + 1, QUIET)
    assert decode_for(choice, 300, QUIET) > 0.95


def test_where_both_ways_take_as_long_the_other_one_is_tried_seldom() -> None:
    choice = ThreadChoice()
    decode_for(choice, 130, SAME)
    before, tried = choice.all_of_them, 0
    for _ in range(2 * ThreadChoice.MOST):
        tried += choice.all_of_them != before
        choice.record(32, 32 * SAME[choice.all_of_them])
    assert 1 <= tried <= 2


def test_a_short_piece_is_decoded_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    threads: list[int] = []

    class Run:
        config = RunConfig().updated(["training.device=cpu"])

        def decode(self, z: np.ndarray, y: np.ndarray | None, **how: bool) -> np.ndarray:
            threads.append(torch.get_num_threads())
            return np.zeros((len(z), 2, 2, 1), np.float32)

    monkeypatch.setattr(decoding, "cores", Cores())
    monkeypatch.setattr(decoding, "thread_choice", ThreadChoice())
    monkeypatch.setattr(decoding, "pace", Pace())
    decoding.cores.all = 2
    decoding.pace.tile = 100
    before = torch.get_num_threads()
    for count in (1, 49, 100):
        decoding.decode(Run(), np.zeros((count, 3), np.float32))
        decoding.pace.tile = 100
    torch.set_num_threads(before)
    assert threads == [1, 1, 2]
