"""With exact numerics a run repeats bit by bit, also when it was stopped, changed or killed on the way."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import DataError, RunError, SettingsError
from latentexplorer.core.events import EpochDone, Event, Notice, Progress
from latentexplorer.core.history import COLUMNS, History
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.stored_model import CHECKPOINT_FILE
from latentexplorer.runs.tensor_file import TensorFile, write_tensors
from latentexplorer.training import Controls, train
from tests.conftest import Train
from tests.training.helpers import StopAfterLooks, assert_same_run, digits, new_run, rows, small, tensors

BY_STEPS = [family.name for family in FAMILIES if family.gradient]
STOPS = {"in epoch 1": 2, "after its last step": 3, "at the held-out": 4, "before epoch 2": 5, "later": 8}
"""Looks of the loop at its token, and where it is then."""
STOPPED_EVERYWHERE = ("ad", "vad", "vae", "separation-ae")


@pytest.fixture
def whole(train_once: Train) -> Callable[[RunConfig], RunFolder]:
    """A run that was never stopped; not to be written to."""

    def trained(config: RunConfig) -> RunFolder:
        path = train_once(config).path
        assert path is not None
        return RunFolder.open(path)

    return trained


@pytest.mark.parametrize("family", BY_STEPS)
def test_the_same_seed_gives_bit_equal_weights_and_another_seed_does_not(
    tmp_path: Path, whole: Callable[[RunConfig], RunFolder], family: str
) -> None:
    config = small(family)
    again = new_run(tmp_path / "again", config)
    train(again, digits(config))
    assert_same_run(whole(config), again)
    other = new_run(tmp_path / "other", config.updated(["training.seed=1"]))
    train(other, digits(config))
    assert rows(other) != rows(again)


@pytest.mark.parametrize(
    ("family", "where"),
    [(family, where) for family in BY_STEPS for where in (STOPS if family in STOPPED_EVERYWHERE else ["in epoch 1"])],
)
def test_stopping_and_resuming_equals_never_stopping(
    tmp_path: Path, whole: Callable[[RunConfig], RunFolder], family: str, where: str
) -> None:
    config = small(family)
    parts = new_run(tmp_path / "parts", config)
    train(parts, digits(config), stop=StopAfterLooks(STOPS[where]))
    assert parts.status == "stopped"
    train(parts, digits(config), resume=True)
    assert parts.status == "finished"
    assert_same_run(whole(config), parts)


@pytest.mark.gpu
@pytest.mark.parametrize("family", BY_STEPS)
def test_a_card_repeats_and_resumes_exactly_also_after_a_fast_training(tmp_path: Path, family: str) -> None:
    config = small(family, "training.device=cuda")
    for name in ("fast", "one", "other"):
        changed = config.updated(["training.numerics=fast"] if name == "fast" else [])
        train(new_run(tmp_path / name, changed), digits(config))
    one = RunFolder.open(tmp_path / "one")
    assert one.environment["computed"]["words"] == "CUDA, uncaptured, fp32, exact"
    assert_same_run(one, RunFolder.open(tmp_path / "other"))
    for where in STOPS.values() if family in STOPPED_EVERYWHERE else (STOPS["in epoch 1"],):
        parts = new_run(tmp_path / f"stopped at look {where}", config)
        train(parts, digits(config), stop=StopAfterLooks(where))
        assert parts.status == "stopped"
        train(parts, digits(config), resume=True)
        assert_same_run(one, parts)


LONG = ("data.limit=1000", "training.batch_size=250", "training.epochs=42")
"""Enough images for codes to be fitted at the end."""


@pytest.mark.parametrize(
    ("config", "work"),
    [
        (small("ad", *LONG), ("fitting held-out codes", 1)),
        (small("vad", *LONG), ("fitting held-out codes", 2)),
        (small("vae"), ("encoding images", 1)),
    ],
    ids=["steps of watched codes", "codes of new images", "codes of all images"],
)
def test_a_run_stopped_after_its_last_epoch_works_out_the_rest_when_resumed(
    tmp_path: Path, whole: Callable[[RunConfig], RunFolder], config: RunConfig, work: tuple[str, int]
) -> None:
    stop, parts = StopToken(), new_run(tmp_path / "parts", config)
    wanted, left = work
    told: list[str] = []

    def listen(event: Event) -> None:
        nonlocal left
        if isinstance(event, Progress) and event.what == wanted and (left := left - 1) == 0:
            stop.request()
        if isinstance(event, Notice):
            told.append(event.text)

    train(parts, digits(config), emit=listen, stop=stop)
    assert left <= 0 and parts.status == "stopped"
    assert "resume it for the rest" in told[-1]
    assert Trained.load(parts.path, with_data=False).epoch == config.training.epochs
    train(parts, digits(config), resume=True)
    assert parts.status == "finished"
    assert_same_run(whole(config), parts)


@pytest.mark.parametrize(
    "config",
    [
        small("vad", "model.kl_warmup=1", "training.schedule=cosine", "training.lr_warmup=1", "model.code_init=pca"),
        small("vae", "data.binarise=every-epoch", "model.likelihood=bernoulli", "training.optimizer=rmsprop"),
        small("conv-vae", "training.optimizer=muon", "training.weight_decay=0.01"),
    ],
    ids=["schedules", "images drawn anew", "Muon"],
)
def test_a_run_stopped_after_every_single_step_is_still_the_same(tmp_path: Path, config: RunConfig) -> None:
    whole, parts = new_run(tmp_path / "whole", config), new_run(tmp_path / "parts", config)
    train(whole, digits(config))
    for _ in range(20):
        train(parts, digits(config), stop=StopAfterLooks(1), resume=True)
        if parts.status == "finished":
            break
    train(parts, digits(config), resume=True)
    assert_same_run(whole, parts)


@pytest.mark.parametrize("family", ["ad", "vae"])
def test_more_epochs_go_on_from_the_last(tmp_path: Path, family: str) -> None:
    config = small(family)
    whole = new_run(tmp_path / "whole", config.updated(["training.epochs=5"]))
    grown = new_run(tmp_path / "grown", config)
    train(whole, digits(config))
    train(grown, digits(config))
    train(grown, digits(config), resume=True, changes=["training.epochs=5"])
    assert rows(whole) == rows(grown)
    weights = [name for name in tensors(whole) if name.startswith("weights/")]
    assert all(torch.equal(tensors(whole)[name], tensors(grown)[name]) for name in weights)


@pytest.mark.parametrize(("family", "architecture"), [("vad", "dcgan"), ("vad", "mlp"), ("conv-vae", "strided")])
def test_watching_held_out_images_changes_nothing(tmp_path: Path, family: str, architecture: str) -> None:
    config = small(family, f"model.architecture={architecture}", "training.epochs=2")
    watching, blind = new_run(tmp_path / "watching", config), new_run(tmp_path / "blind", config)
    blind.write_config(config.updated(["training.held_out=0"]))
    train(watching, digits(config))
    train(blind, digits(config))
    ours, theirs = tensors(watching), tensors(blind)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours if not name.startswith("codes/test"))


def test_changes_made_while_training_are_recorded_and_repeat(tmp_path: Path) -> None:
    config = small("vad")
    changed = new_run(tmp_path / "changed", config)
    controls = Controls()

    def change(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row["epoch"] == 1:
            controls.set("training.lr", 0.01)
            controls.set("model.beta", 0.25)
        if isinstance(event, EpochDone) and event.row["epoch"] == 2:
            controls.set("training.code_lr", 0.5)

    train(changed, digits(config), emit=change, controls=controls)
    changes = [(change.step, change.key, change.value) for change in changed.config.training.changes]
    assert changes == [(3, "training.lr", 0.01), (3, "model.beta", 0.25), (6, "training.code_lr", 0.5)]
    assert changed.history.column("lr") == [0.001, 0.01, 0.01]
    assert changed.history.column("beta") == [1.0, 0.25, 0.25]

    repeated = new_run(tmp_path / "repeated", changed.config)
    train(repeated, digits(config))
    assert_same_run(changed, repeated)
    resumed = new_run(tmp_path / "resumed", changed.config)
    train(resumed, digits(config), stop=StopAfterLooks(6))
    train(resumed, digits(config), resume=True)
    assert_same_run(changed, resumed)


@pytest.mark.parametrize("numerics", [3, [1], "fast", None, {"mode": "exact", "device": "cpu", "threads": "many"}])
def test_a_damaged_environment_does_not_stop_a_run_from_going_on(tmp_path: Path, numerics: object) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config), stop=StopAfterLooks(4))
    run.write_environment({**run.environment, "numerics": numerics})
    train(run, digits(config), resume=True)
    assert run.status == "finished"
    assert run.environment["numerics"]["threads"] == torch.get_num_threads()


def test_a_change_that_cannot_be_is_refused_where_it_is_asked_for() -> None:
    controls = Controls()
    with pytest.raises(SettingsError, match="latent_dim"):
        controls.set("model.latent_dim", 3)
    with pytest.raises(SettingsError, match="between"):
        controls.set("training.lr", float("nan"))


def test_a_trained_run_is_not_trained_over_by_mistake(tmp_path: Path) -> None:
    config = small("pca")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config))
    with pytest.raises(RunError, match="trained before"):
        train(run, digits(config))


def test_other_images_are_refused_on_resume(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)
    train(run, digits(config), stop=StopAfterLooks(4))
    with pytest.raises(DataError, match="not the images"):
        train(run, digits(config.updated(["data.limit=64"])), resume=True)
    train(run, digits(config), resume=True)
    assert run.status == "finished"


CHILDREN = """
import os, sys, torch
from pathlib import Path
from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.runs import RunFolder
from latentexplorer.training import train

def child(path, left):
    folder = RunFolder.create(path, config)
    data = load_data(config.data)

    def before_rename(event, arguments):
        # Every file of a run takes its place by a rename: here the process waits to be killed just before one.
        nonlocal left
        if event == "os.rename":
            left -= 1
            if left == 0:
                print(path.name, os.getpid(), flush=True)
                sys.stdin.read()

    sys.addaudithook(before_rename)
    train(folder, data)
    print("done", os.getpid(), flush=True)
    sys.stdin.read()

config = RunConfig.from_json(Path(sys.argv[2]).read_text())
# Children of one that has imported all of torch; the first optimiser imports the last of it.
torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
children = []
for moment in map(int, sys.argv[3:]):
    children.append(os.fork())
    if not children[-1]:
        child(Path(sys.argv[1]) / f"run-{moment}", moment)
for each in children:
    os.waitpid(each, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_killed_run_opens_and_resumes_to_the_same_end(tmp_path: Path) -> None:
    config = small("vad", "training.snapshots=2")
    settings = tmp_path / "config.json"
    settings.write_text(config.to_json())
    whole = new_run(tmp_path / "whole", config)
    train(whole, digits(config))
    # Renames: environment, status, checkpoint; history, checkpoint; checkpoint, snapshot; checkpoint; model, metrics,
    # status (rows after the first are added to the history). Killed before: the first checkpoint; the one after a
    # history; a snapshot; the very last.
    moments = (3, 5, 7, 11)
    command = [sys.executable, "-c", CHILDREN, str(tmp_path), str(settings), *map(str, moments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        for _ in moments:
            name, child = parent.stdout.readline().split()
            os.kill(int(child), signal.SIGKILL)
            said.append(name)
    assert sorted(said) == sorted(f"run-{moment}" for moment in moments)
    for moment in moments:
        run = RunFolder.open(tmp_path / f"run-{moment}")
        assert run.status == "interrupted"
        if moment > 3:
            trained = Trained.load(run.path, with_data=False)
            assert len(trained.codes["train"]) == 96
            assert trained.decode(trained.codes["train"].loc[:2]).shape == (2, 8, 8, 1)
        before = len(run.history)
        train(run, digits(config), resume=True)
        assert before <= len(run.history) == 3
        assert run.status == "finished"
        assert_same_run(whole, run)
        assert not list(run.path.rglob("*.tmp"))


def test_a_folder_is_trained_by_one_at_a_time(tmp_path: Path) -> None:
    config = small("vae")
    run = new_run(tmp_path / "run", config)
    seen: list[str] = []

    def intrude(event: Event) -> None:
        if isinstance(event, EpochDone) and not seen:
            seen.append(run.status)
            with pytest.raises(RunError, match="another process"):
                train(RunFolder.open(run.path), digits(config), resume=True)

    train(run, digits(config), emit=intrude, stop=StopToken())
    assert seen == ["training"]


def test_a_run_begun_before_terms_had_columns_goes_on(tmp_path: Path) -> None:
    config = small("ad")
    whole, parts = new_run(tmp_path / "whole", config), new_run(tmp_path / "parts", config)
    train(whole, digits(config))
    train(parts, digits(config), stop=StopAfterLooks(7))
    # As it was written before: no sums of terms, no columns of theirs.
    file = TensorFile(parts.file(CHECKPOINT_FILE))
    assert file.info["epoch"] == 1 and file.info["position"] > 0
    older = file.read([name for name in file.names("") if not name.endswith("/terms")])
    assert len(older) == len(file.names("")) - 2
    write_tensors(parts.file(CHECKPOINT_FILE), older, file.info)
    names = ("train_penalty", "test_penalty")
    parts.write_history(History({name: row[name] for name in row if name not in names} for row in parts.history))
    for look in (1, 1, 10**6):
        train(parts, digits(config), stop=StopAfterLooks(look), resume=True)
    assert parts.status == "finished"
    expected = whole.history.column("train_penalty")
    assert [math.isnan(value) for value in parts.history.column("train_penalty")] == [True, True, False]
    assert parts.history.column("train_penalty")[2] == expected[2]
    assert parts.history.column("test_penalty")[2] == whole.history.column("test_penalty")[2]
    for column in COLUMNS:
        if column != "seconds":
            np.testing.assert_array_equal(parts.history.column(column), whole.history.column(column), column)
