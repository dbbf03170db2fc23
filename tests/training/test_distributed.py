"""Two processes train what one would have trained: same losses, same weights and codes, but for the last digits."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist

from latentexplorer.cli import main
from latentexplorer.core.catalog import FAMILIES, Family, Term
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.core.events import EpochDone, Event, SnapshotTaken
from latentexplorer.core.launch import Launch
from latentexplorer.runs import RunFolder, Snapshot, Trained
from latentexplorer.training import Controls, train
from latentexplorer.training.distributed import check_together
from tests.training.helpers import StopAfterLooks, assert_same_run, digits, new_run, rows, small, tensors

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 900
"""For a launch that hangs, not for one that a busy machine keeps waiting."""

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not (dist.is_available() and dist.is_gloo_available()),
    reason="this PyTorch cannot connect processes",
)

DCGAN = ("model.architecture=dcgan", "model.channels=[8,16,32]")
RUNS: dict[str, RunConfig] = {
    "ad, batch normalisation": small("ad", *DCGAN),
    "vad, free bits": small("vad", "model.prior=laplace", "model.free_bits=0.3", "training.schedule=cosine"),
    "conv-vae": small("conv-vae", "training.epochs=2"),
    "conv-ae, odd batches": small("conv-ae", "training.batch_size=31", "training.epochs=2"),
    "cvae": small("cvae", "model.prior=uniform", "training.epochs=2", "training.early_stopping=1"),
    "separation": small("separation-ae", "model.mixture=sum", "training.epochs=2"),
    "one image, so a process without": small("ad", *DCGAN, "data.limit=1", "training.epochs=2"),
}
COVERED = {config.model.family for config in RUNS.values()}
RUNS |= {
    family.name: small(family.name, "training.epochs=2")
    for family in FAMILIES
    if family.gradient and family.name not in COVERED and not family.terms
}
RUNS |= {
    f"terms of {family.name}, {limit} images": small(
        family.name, "training.batch_size=31", "training.epochs=2", f"data.limit={limit}"
    )
    for family in FAMILIES
    for limit in (63, 1)
    if family.terms and not any(term.alone for term in family.terms)
}


def job(folder: Path, config: RunConfig, **rest: Any) -> dict[str, Any]:
    """What `tests.training.train_jobs` trains."""
    return {"path": str(folder), "config": json.loads(config.to_json()), **rest}


@dataclass(frozen=True)
class Launched:
    """Where two processes have trained, what each of them ended with, and what they said."""

    folder: Path
    codes: list[int]
    said: str


def name_of(does: str, rank: int) -> str:
    """The launch of a process that leaves."""
    return f"{does.replace(' ', '-')}-{rank}"


LEAVING = {
    ("is killed", 0): ("interrupted", r"One of the 2 processes .* has ended unexpectedly.* --out \S+run --resume"),
    ("is killed", 1): ("failed", r"One of the 2 processes .* has ended unexpectedly.* --out \S+run --resume"),
    ("fails", 1): ("failed", r"not enough memory.*training.batch_size \(now 32\)"),
}
"""A process that leaves: how, and which; status of the run, and what is said."""


@pytest.fixture(scope="module")
def launches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Launched]:
    """All that two processes train, in processes of one that has imported torch."""
    folder = tmp_path_factory.mktemp("two")
    vad = RUNS["vad, free bits"]
    train(new_run(folder / "begun by one", vad), digits(vad), stop=StopAfterLooks(5))
    to_the_end = [
        *(job(folder / name, config) for name, config in RUNS.items()),
        job(folder / "begun by one", vad, does="resumes"),
        job(folder / "begun by two", vad, does="stops", rank=1, looks=5),
        job(folder / "two in parts", vad, does="stops", rank=1, looks=5),
        job(folder / "two in parts", vad, does="resumes"),
        job(folder / "changed", vad, does="changes"),
    ]
    asked = {"to the end": to_the_end}
    for does, rank in LEAVING:
        name = name_of(does, rank)
        asked[name] = [job(folder / name / "run", vad, does=does, rank=rank, looks=5)]
    path = folder / "launches.json"
    path.write_text(json.dumps(asked))
    command = [sys.executable, "-m", "tests.training.train_jobs", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    codes = json.loads((folder / "codes.json").read_text())
    return {name: Launched(folder, codes[name], (folder / f"{name}.err").read_text()) for name in asked}


@pytest.fixture(scope="module")
def two(launches: dict[str, Launched]) -> Path:
    """Where the runs are that two processes trained."""
    trained = launches["to the end"]
    assert trained.codes == [0, 0], trained.said
    return trained.folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run with codes, trained by one process."""
    run = new_run(tmp_path_factory.mktemp("one") / "run", RUNS["vad, free bits"])
    train(run, digits(run.config))
    return run


def assert_equal_but_for_rounding(ours: RunFolder, theirs: RunFolder) -> None:
    """History, weights and codes; `ours` are those of one process."""
    expected, found = tensors(ours), tensors(theirs)
    assert expected.keys() == found.keys()
    # A bias before batch normalisation changes nothing, so its gradient is rounding alone and Adam makes it as large as
    # any other; the running mean follows it, and what is measured with it.
    noise = {name for name in expected if name.endswith("running_mean") and _bias_before(name) in expected}
    noise |= {_bias_before(name) for name in noise}
    for name in expected.keys() - noise:
        size = float(expected[name].double().abs().max()) if expected[name].numel() else 0.0
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=2e-4 * size + 1e-7, msg=name)
    assert len(ours.history) == len(theirs.history)
    for mine, other in zip(rows(ours), rows(theirs), strict=True):
        for column, value in mine.items():
            close = 2e-3 if noise and column.startswith("test_") else 2e-6
            assert other[column] == (None if value is None else pytest.approx(value, rel=close, abs=1e-6)), column


def _bias_before(name: str) -> str:
    *module, number, _ = name.split(".")
    return ".".join([*module, str(int(number) - 1), "bias"])


@pytest.mark.parametrize("name", RUNS)
def test_losses_weights_and_codes_are_those_of_one_process(tmp_path: Path, two: Path, name: str) -> None:
    """The first one is slow: all that two processes train is trained before it."""
    run, config = new_run(tmp_path / "run", RUNS[name]), RUNS[name]
    train(run, digits(config))
    together = RunFolder.open(two / name)
    assert (together.status, together.environment["processes"]) == ("finished", 2)
    assert run.environment["processes"] == 1
    assert_equal_but_for_rounding(run, together)
    assert sorted(path.name for path in together.path.iterdir()) == sorted(path.name for path in run.path.iterdir())
    trained = Trained.load(together.path, with_data=False)
    assert np.array_equal(trained.codes["train"].index, np.arange(len(digits(config).train)))


def test_two_processes_go_on_with_the_run_of_one_in_the_middle_of_an_epoch(two: Path, one: RunFolder) -> None:
    assert_equal_but_for_rounding(one, RunFolder.open(two / "begun by one"))


def test_one_process_goes_on_with_the_run_of_two_which_either_of_them_may_stop(two: Path, one: RunFolder) -> None:
    begun = RunFolder.open(two / "begun by two")
    assert begun.status == "stopped"
    assert Trained.load(begun.path, with_data=False).info.step == 4
    train(begun, digits(begun.config), resume=True)
    assert_equal_but_for_rounding(one, begun)


def test_two_processes_repeat_and_resume_bit_by_bit(two: Path) -> None:
    assert_same_run(RunFolder.open(two / "vad, free bits"), RunFolder.open(two / "two in parts"))


def test_changes_and_snapshots_asked_for_while_two_processes_train(tmp_path: Path, two: Path) -> None:
    config = RUNS["vad, free bits"]
    run, controls, shown = new_run(tmp_path / "run", config), Controls(), list[Snapshot]()

    def hear(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row["epoch"] == 1:
            controls.set("training.lr", 0.01)
            controls.want_snapshot()
        if isinstance(event, SnapshotTaken):
            shown.append(event.snapshot)

    train(run, digits(config), emit=hear, controls=controls)
    changed = RunFolder.open(two / "changed")
    assert changed.config.training.changes == run.config.training.changes != ()
    assert_equal_but_for_rounding(run, changed)
    (snapshot,) = shown
    for part, codes in snapshot.codes.items():
        step, loc = json.loads((two / "changed" / f"{part}.json").read_text())
        assert step == snapshot.step
        np.testing.assert_allclose(loc, codes.loc, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("does", "rank"), LEAVING)
def test_a_process_that_leaves_ends_the_run_with_one_message_and_it_resumes(
    launches: dict[str, Launched], one: RunFolder, does: str, rank: int
) -> None:
    left = launches[name_of(does, rank)]
    status, message = LEAVING[does, rank]
    # The other one leaves with it.
    assert all(left.codes) and (left.codes[rank] == -signal.SIGKILL) == (does == "is killed")
    (said,) = [line for line in left.said.splitlines() if line.startswith("latentexplorer:")]
    assert re.search(message, said)
    run = RunFolder.open(left.folder / name_of(does, rank) / "run")
    assert (run.status, len(run.history)) == (status, 1)
    assert bool(re.search(message, run.message)) == (status == "failed")
    train(run, digits(run.config), resume=True)
    assert_equal_but_for_rounding(one, run)


def test_the_command_trains_one_run_and_tells_once(tmp_path: Path) -> None:
    """Slow: torchrun itself, and two processes of the command line, all of which import torch."""
    path = tmp_path / "run"
    # So many steps that the first of the processes tries number formats before.
    steps = ("training.epochs=2", "data.limit=200", "training.batch_size=4")
    settings = (*steps, "model.family=conv-ae", "training.device=cpu")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    command = ["-m", "latentexplorer", "train", "--preset", "digits-vae", "--set", *settings, "--out", str(path)]
    done = subprocess.run(
        [*torchrun, *command], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(path)]
    run = RunFolder.open(path)
    assert (run.status, run.environment["processes"]) == ("finished", 2)
    assert run.environment["numerics"]["timings_ms"]
    assert len(Trained.load(path, with_data=False).codes["train"]) == 200


def test_commands_that_do_not_train_are_run_by_one_of_the_processes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        assert main(["list", "models"]) == 0
        out, err = capsys.readouterr()
        assert ("vad" in out) == ("only train" in err) == (rank == "0")


def test_a_term_that_cannot_be_shared_is_refused_before_training_starts() -> None:
    term = Term("rank", "Rank", "Rank", "Rank of the codes", alone="it needs the codes of all images")
    kind = Family("f", "A family", "", "", ("mlp",), "", terms=(term,))
    with pytest.raises(SettingsError, match=r"A family cannot .* \(Rank: it needs the codes of all images\).*torchrun"):
        check_together(kind)
    for family in FAMILIES:
        check_together(family)


def test_an_environment_that_makes_no_sense_is_refused() -> None:
    assert Launch.of({}) == Launch.of({"WORLD_SIZE": "4"}) == Launch()
    assert Launch.of({"RANK": "2", "WORLD_SIZE": "4", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}) == Launch(2, 4, 0, 2)
    for wrong in ({"RANK": "4", "WORLD_SIZE": "4"}, {"RANK": "one", "WORLD_SIZE": "4"}):
        with pytest.raises(SettingsError, match="torchrun"):
            Launch.of(wrong)
