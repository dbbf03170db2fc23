"""A sweep that is stopped, and gone on with, ends as if it had never been."""

from __future__ import annotations

from pathlib import Path

import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError, Stopped
from latentexplorer.core.events import Event, SweepRunBegan, TrainingProgress
from latentexplorer.core.sweeps import combinations, parse_variation
from latentexplorer.runs import RunFolder
from latentexplorer.runs.sweep_folder import SweepFolder
from latentexplorer.training.sweeping import run_sweep

SMALL = ("data.limit=60", "data.test_per_class=3", "data.size=8", "training.epochs=6", "training.numerics=exact")


class StopsInRun:
    """Asks for a stop as soon as the training of the so many-th run tells something."""

    def __init__(self, number: int) -> None:
        self.number, self.stop, self.began = number, StopToken(), list[int]()

    def __call__(self, event: Event) -> None:
        if isinstance(event, SweepRunBegan):
            self.began.append(event.number)
        elif isinstance(event, TrainingProgress) and self.began[-1] == self.number:
            self.stop.request()


def begun(path: Path) -> SweepFolder:
    base = RunConfig().updated(["model.family=vae", "training.batch_size=10", "training.device=cpu", *SMALL])
    return SweepFolder.begin(path, base, combinations(base, [parse_variation("model.latent_dim=1,2,3")], [0]))


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, cut = begun(tmp_path / "whole"), begun(tmp_path / "cut")
    assert run_sweep(whole) == {}
    person = StopsInRun(2)
    with pytest.raises(Stopped):
        run_sweep(cut, emit=person, stop=person.stop)
    states = [
        (cut.path / run.name / "status.json").exists() and RunFolder.open(cut.path / run.name).status
        for run in cut.runs
    ]
    assert states == ["finished", "stopped", False]
    assert 0 < len(RunFolder.open(cut.path / cut.runs[1].name).history) + 1 <= 6
    again = StopsInRun(0)
    assert run_sweep(SweepFolder.open(cut.path), emit=again) == {}
    assert again.began == [2, 3]
    for run in whole.runs:
        rows = [
            [{**row, "seconds": 0.0} for row in RunFolder.open(one.path / run.name).history] for one in (whole, cut)
        ]
        assert str(rows[0]) == str(rows[1]) and len(rows[0]) == 6


def test_two_processes_do_not_train_one_sweep(tmp_path: Path) -> None:
    sweep = begun(tmp_path / "sweep")
    with sweep.training(), pytest.raises(RunError, match="trained by another process"):
        run_sweep(SweepFolder.open(sweep.path))
    assert not list(sweep.path.glob("*/history.csv"))
