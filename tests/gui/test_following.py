"""A run that another process trains: the window shows it as it grows, and lets it be."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.gui.session.run_watcher import grown_since
from latentexplorer.gui.window.workspaces import EXPLORE
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.runs.lock import locked

from .conftest import Person


@pytest.fixture
def workspace() -> str:
    """As at the first start: panes that this is not about need not be drawn."""
    return EXPLORE


@pytest.fixture
def elsewhere(tmp_path: Path, person: Person) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Another process that trains for ever, and its folder, which opens already."""
    path = tmp_path / "elsewhere"
    changes = ("training.epochs=100000", "training.snapshots=0", "data.limit=300", "training.held_out=50")
    command = (sys.executable, "-m", "latentexplorer", "train", "--preset", "digits-vad", "--quiet")
    process = subprocess.Popen(
        [*command, "--out", path, "--set", *changes],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    person.until((path / "checkpoint" / "state.safetensors").is_file)
    yield process, path
    process.kill()
    process.wait()


def test_a_run_trained_elsewhere_is_followed(person: Person, elsewhere: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, path = elsewhere
    session = person.session
    session.open_run(path)
    person.until(lambda: session.run is not None and session.run.path == path)
    person.until(lambda: session.watcher.training)
    begun, codes = session.run.epoch, session.run.codes["train"].loc
    person.until(lambda: session.run.epoch >= begun + 2)
    # Newer weights, newer codes, a longer loss curve; the images are those that were loaded.
    assert not np.array_equal(session.run.codes["train"].loc, codes)
    # Where a state a second is more than the machine can draw the panes do not come to rest.
    person.frame.show_pane("loss")
    person.until(person.frame.panes["loss"].isVisible)
    curve = person.frame.panes["loss"].curves["train", "loss"]
    person.until(lambda: len(curve.getData()[0]) >= begun + 2)
    person.decoded()
    assert session.current.original(session.current.code) is not None
    assert "training elsewhere" in person.frame.strip.epoch.text()
    assert person.find("train_button").text() == "Train"

    process.send_signal(signal.SIGINT)
    process.wait()
    person.until(lambda: not session.watcher.training)
    last = RunFolder.open(path).history.rows[-1]["epoch"]
    person.until(lambda: len(session.history) == last)
    assert "elsewhere" not in person.frame.strip.epoch.text()
    person.until(lambda: person.find("train_button").text() == "Resume")
    person.settled()


def test_a_run_whose_process_was_killed_can_be_gone_on_with(
    person: Person, elsewhere: tuple[subprocess.Popen[bytes], Path]
) -> None:
    process, path = elsewhere
    session = person.session
    session.open_run(path)
    person.until(lambda: session.run is not None and session.run.path == path)
    # A process that is killed says nothing any more: what was seen of it before is not what holds.
    person.until(lambda: session.watcher.training)
    process.kill()
    process.wait()
    person.until(lambda: session.training.unfinished)
    epoch = session.run.epoch
    person.until(lambda: person.find("train_button").text() == "Resume")
    person.click("train_button")
    person.until(lambda: session.run.epoch > epoch)
    person.click("stop_button")
    person.until(lambda: session.training.state == "idle")
    person.settled()


def test_another_run_that_was_put_in_its_place_is_not_what_it_has_become(
    make_run: Callable[..., Path], tmp_path: Path
) -> None:
    path = Path(shutil.copytree(make_run(), tmp_path / "run"))
    run = Trained.load(path, with_data=False)
    grown = grown_since(run, path, ())
    assert grown is not None and grown.run is not None
    # All the same but for that.
    (path / "identity.json").write_text('{"run": "another"}')
    assert grown_since(run, path, ()) is None


def test_whoever_was_killed_is_not_taken_to_train_for_ever(make_run: Callable[..., Path], tmp_path: Path) -> None:
    path = Path(shutil.copytree(make_run(), tmp_path / "run"))
    run, folder = Trained.load(path, with_data=False), RunFolder.open(path)
    with locked(path):
        folder.set_status("training")
        begun = grown_since(run, path, ())
        assert begun is not None and begun.training
        assert grown_since(run, path, begun.marks, training=True) is None
    # It has written nothing more, and no newer state of it is there.
    ended = grown_since(run, path, begun.marks, training=True)
    assert ended is not None and not ended.training and ended.run is None
    assert grown_since(run, path, ended.marks) is None
