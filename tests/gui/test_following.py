"""A run that another process trains: the window shows it as it grows, and lets it be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Person


@pytest.fixture
def elsewhere(tmp_path: Path, person: Person) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Another process that trains for ever, and its folder, which holds an epoch already."""
    path = tmp_path / "elsewhere"
    changes = ("training.epochs=100000", "training.snapshots=0", "data.limit=300", "training.held_out=50")
    command = (sys.executable, "-m", "latentexplorer", "train", "--preset", "digits-vad", "--quiet")
    process = subprocess.Popen(
        [*command, "--out", path, "--set", *changes],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    person.until((path / "history.csv").is_file)
    yield process, path
    process.kill()
    process.wait()


def test_a_run_whose_process_was_killed_can_be_gone_on_with(
    person: Person, elsewhere: tuple[subprocess.Popen[bytes], Path]
) -> None:
    process, path = elsewhere
    session = person.session
    session.open_run(path)
    person.until(lambda: session.run is not None and session.run.path == path)
    process.kill()
    process.wait()
    person.until(lambda: session.unfinished)
    epoch = session.run.epoch
    person.until(person.find("resume_button").isVisible)
    person.click("resume_button")
    person.until(lambda: session.run.epoch > epoch)
    person.click("stop_button")
    person.until(lambda: session.training_state == "idle")
    person.settled()
