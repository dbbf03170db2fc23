"""A sweep that is stopped, and gone on with, ends as if it had never been."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError, Stopped
from latentexplorer.core.events import EpochDone, Event, Notice, SweepRunBegan, TrainingProgress
from latentexplorer.core.sweeps import combinations, parse_variation
from latentexplorer.data.shapes import ShapePixels
from latentexplorer.runs import RunFolder
from latentexplorer.runs.sweep_folder import SweepFolder
from latentexplorer.training.sweeping import run_sweep
from latentexplorer.views.sweep import compute

SMALL = ("data.limit=60", "data.test_per_class=3", "data.size=8", "training.epochs=6", "training.numerics=exact")


class StopsInRun:
    """Asks for a stop as soon as the training of the so many-th run tells something, an epoch's end at the latest."""

    def __init__(self, number: int) -> None:
        self.number, self.stop, self.began = number, StopToken(), list[int]()

    def __call__(self, event: Event) -> None:
        if isinstance(event, SweepRunBegan):
            self.began.append(event.number)
        elif isinstance(event, TrainingProgress | EpochDone) and self.began[-1] == self.number:
            self.stop.request()


def begun(path: Path) -> SweepFolder:
    base = RunConfig().updated(["model.family=vae", "training.batch_size=10", "training.device=cpu", *SMALL])
    return SweepFolder.begin(path, base, combinations(base, [parse_variation("model.latent_dim=1,2,3")], [0]))


def test_a_stopped_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, cut = begun(tmp_path / "whole"), begun(tmp_path / "cut")
    heard: list[Event] = []
    assert run_sweep(whole, emit=heard.append) == {}
    said = [event.text for event in heard if isinstance(event, Notice) and event.text.startswith("data: ")]
    assert "data: to train on, 60 of 1,438 images, the first of each class" in said and len(said) == len(set(said))
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


def drawn(path: Path) -> Path:
    """Squares that differ by two factors, x and y, each with 16 values, drawn at random."""
    table = np.tile([0, 4, 0, 8, 8], (1500, 1))
    for at in (3, 4):
        table[:, at] = np.random.default_rng((1, at)).integers(0, 16, len(table))
    np.save(path, ShapePixels(table, (12, 12)).read(np.arange(len(table))))
    return path


def test_the_bound_of_a_vae_of_shapes_has_its_knee_at_the_number_of_their_factors(tmp_path: Path) -> None:
    """Really trained, 480 steps each, at a rate at which this seed finds both factors; others need a lower one.

    Four numbers of dimensions are the fewest among which a knee is looked for; `latent/test_knee` has it at others.
    """
    images = drawn(tmp_path / "shapes.npy")
    settings = ("model.family=vae", "model.hidden=[64]", "data.name=images", f"data.path={images}")
    learning = ("training.epochs=20", "training.lr=0.01", "training.schedule=cosine", "training.batch_size=50")
    fixed = ("training.device=cpu", "training.numerics=exact", "training.snapshots=0")
    base = RunConfig().updated([*settings, *learning, *fixed])
    asked = combinations(base, [parse_variation("model.latent_dim=1,2,3,4")], [1])
    sweep = SweepFolder.begin(tmp_path / "sweep", base, asked)
    assert run_sweep(sweep) == {}
    curve = next(panel.curves[0] for panel in compute(sweep).panels if panel.measure == "bound")
    assert curve.knee.at is not None and curve.x[curve.knee.at] == 2


ODD: dict[str, tuple[np.ndarray, str]] = {
    "one image": (np.full((1, 6, 6), 90, np.uint8), "1,2,3"),
    "no labels": (np.arange(40 * 36, dtype=np.uint8).reshape(40, 6, 6), "1,128"),
}


@pytest.mark.parametrize("which", ODD)
@pytest.mark.parametrize("family", ["vae", "ae", "pca"])
def test_odd_sets_and_many_dimensions_are_swept_or_it_is_said_why_not(tmp_path: Path, family: str, which: str) -> None:
    images, dims = ODD[which]
    np.save(tmp_path / "images.npy", images)
    settings = (f"model.family={family}", "model.hidden=[8]", "data.name=images", f"data.path={tmp_path}/images.npy")
    base = RunConfig().updated([*settings, "training.epochs=1", "training.device=cpu", "training.snapshots=0"])
    sweep = SweepFolder.begin(
        tmp_path / "s", base, combinations(base, [parse_variation(f"model.latent_dim={dims}")], [0])
    )
    problems = run_sweep(sweep)
    result = compute(sweep, problems=problems)
    assert result.finished + len(problems) == len(result.runs)
    assert all(any(name in note for note in result.notes) for name in problems)
    assert ("No bound: no image was held out" in result.notes) == (family == "vae" and which == "one image")


def test_two_processes_do_not_train_one_sweep(tmp_path: Path) -> None:
    sweep = begun(tmp_path / "sweep")
    with sweep.training(), pytest.raises(RunError, match="trained by another process"):
        run_sweep(SweepFolder.open(sweep.path))
    assert not list(sweep.path.glob("*/history.csv"))
