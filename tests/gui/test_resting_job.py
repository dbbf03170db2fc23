"""What is worked out beside a pane: asked once, for who looks, at rest while a run trains, never answered once left."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.events import Emit
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.session.training import TRAINING
from latentexplorer.gui.widgets import resting_job
from latentexplorer.gui.widgets.resting_job import RestingJob


@dataclass
class Onlooker:
    session: Session
    seen: bool = True


@pytest.fixture
def session(qapp: object) -> Iterator[Session]:
    session = Session()
    yield session
    session.shutdown()


def counted(number: int, emit: Emit, stop: StopToken) -> int:
    return number


def until_stopped(emit: Emit, stop: StopToken) -> None:
    stop.wait(30)
    stop.check()


def test_the_same_is_asked_once_and_nothing_while_nobody_looks(qtbot: QtBot, session: Session) -> None:
    pane, answers = Onlooker(session, seen=False), []
    job = RestingJob[int](pane, "Counting", "count", operator.eq, session)
    job.ask(1, partial(counted, 1), answers.append)
    assert not job.running
    pane.seen = True
    job.ask(1, partial(counted, 1), answers.append)
    qtbot.waitUntil(lambda: answers == [1])
    job.ask(1, partial(counted, 1), answers.append)
    assert not job.running
    job.again()
    job.ask(1, partial(counted, 1), answers.append)
    qtbot.waitUntil(lambda: answers == [1, 1])


def test_what_was_stopped_waits_to_be_asked_again_and_what_was_left_has_no_answer(
    qtbot: QtBot, session: Session
) -> None:
    answers: list[object] = []
    job = RestingJob[int](Onlooker(session), "Counting", "count", operator.eq, session)
    job.ask(1, until_stopped, answers.append)
    with qtbot.waitSignal(job.ended):
        session.jobs.cancel(session.jobs.jobs[0])
    job.ask(1, partial(counted, 1), answers.append)
    assert job.stopped and not job.running
    job.leave()
    job.ask(1, until_stopped, answers.append)
    assert job.running
    # Something else is wanted instead: nobody hears of the first.
    said: list[None] = []
    job.ended.connect(lambda: said.append(None))
    job.ask(2, partial(counted, 2), answers.append)
    qtbot.waitUntil(lambda: answers == [2])
    assert not said


def test_while_a_run_trains_a_job_is_waited_for_and_followed_by_a_rest(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting_job, "REST_MS", 1)
    answers: list[int] = []
    at_once: list[bool] = []
    job = RestingJob[int](Onlooker(session), "Counting", "count", operator.eq, session)

    def take(answer: int) -> None:
        answers.append(answer)
        job.ask(2, partial(counted, 2), take)
        at_once.append(job.running)

    session.training.state = TRAINING
    job.ask(1, partial(counted, 1), take)
    with qtbot.waitSignal(job.rested):
        job.ask(2, partial(counted, 2), take)
    assert answers == [1] and at_once == [False]
    with qtbot.waitSignal(job.rested):
        job.ask(2, partial(counted, 2), take)
    assert answers == [1, 2]
