"""The untrained model is seen before the first step, and the training goes as if nobody had looked."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from latentexplorer.core.events import Event, Progress, SnapshotTaken, TrainingProgress
from latentexplorer.runs import Snapshot
from latentexplorer.training import train
from latentexplorer.training.controls import Controls
from latentexplorer.training.reports import FEW_BATCHES, SnapshotBudget
from tests.training.helpers import digits, new_run, small, tensors


class Onlooker:
    """Wants a snapshot before the first step, and another whenever one has come."""

    def __init__(self) -> None:
        self.controls = Controls()
        self.controls.want_snapshot()
        self.snapshots: list[Snapshot] = []
        self.told: list[str] = []

    def hear(self, event: Event) -> None:
        if isinstance(event, SnapshotTaken):
            self.snapshots.append(event.snapshot)
            self.controls.want_snapshot()
            self.told.append("snapshot")
        elif isinstance(event, Progress):
            self.told.append(event.what)


@pytest.mark.parametrize("family", ["vae", "conv-vae", "vad", "separation-ae"])
def test_looking_from_before_the_first_step_on_changes_no_bit(tmp_path: Path, family: str) -> None:
    config = small(family)
    alone, watched, onlooker = new_run(tmp_path / "alone", config), new_run(tmp_path / "watched", config), Onlooker()
    train(alone, digits(config))
    train(watched, digits(config), emit=onlooker.hear, controls=onlooker.controls)
    assert onlooker.snapshots[0].step == 0 and len(onlooker.snapshots) > 3
    for file in ("model.safetensors", "checkpoint/state.safetensors"):
        before, after = tensors(alone, file), tensors(watched, file)
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("family", ["vae", "vad"])
def test_it_is_seen_before_a_number_format_is_tried_and_is_what_the_training_begins_with(
    tmp_path: Path, family: str
) -> None:
    config = small(family, "training.numerics=fast", "training.epochs=40")
    run, onlooker = new_run(tmp_path / "run", config), Onlooker()
    train(run, digits(config), emit=onlooker.hear, controls=onlooker.controls)
    first, second = onlooker.snapshots[:2]
    assert onlooker.told[1] == "snapshot" and "the first batch" in onlooker.told[2:]
    assert (first.step, second.step) == (0, 0)
    assert all(torch.equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert (first.codes["train"].loc == second.codes["train"].loc).all()


def test_batches_are_counted_and_the_time_left_is_known_from_the_second_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentexplorer.training.reports.INTERVAL_S", 0.0)
    config = small("vae", "training.epochs=2")
    heard: list[Event] = []
    train(new_run(tmp_path / "run", config), digits(config), emit=heard.append)
    reports = [event for event in heard if isinstance(event, TrainingProgress)]
    assert [(event.epoch, event.batch, event.batches) for event in reports] == [
        (epoch, batch, 3) for epoch in (0, 1) for batch in (1, 2, 3)
    ]
    assert all(event.seconds_left >= 0 for event in reports[1:])


def test_a_few_batches_of_many_say_nothing_of_the_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentexplorer.training.reports.INTERVAL_S", 0.0)
    config = small("vae", "training.epochs=80")
    heard: list[Event] = []
    train(new_run(tmp_path / "run", config), digits(config), emit=heard.append)
    left = [event.seconds_left for event in heard if isinstance(event, TrainingProgress)]
    assert all(math.isnan(seconds) for seconds in left[:FEW_BATCHES])
    assert len(left) == 240 and all(math.isfinite(seconds) for seconds in left[FEW_BATCHES + 1 :])


def test_snapshots_cost_a_second_at_once_and_then_a_twentieth_of_the_time() -> None:
    budget, now = SnapshotBudget(0.0), 0.0
    for _ in range(3):
        assert budget.due_s <= now
        budget.spend(now, now + 0.4)
        now += 0.5
    # 1.2 s were spent, of which 0.05 were earned.
    assert budget.due_s == pytest.approx(1.4 + (1.2 - 1.0 - 0.05 * 1.0) / 0.05)
    # Nobody looked for an hour: there is no more than at the beginning.
    budget.spend(3600.0, 3602.0)
    assert budget.due_s == pytest.approx(3602.0 + 1.0 / 0.05)
