"""Files that are written while a training goes on: as the tensors were, in order, and what goes wrong is told."""

from __future__ import annotations

import errno
import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import RunError
from latentexplorer.core.events import EpochDone, Event, Progress
from latentexplorer.runs import RunFolder, write_behind
from latentexplorer.runs.tensor_file import TensorFile
from latentexplorer.runs.write_behind import WriteBehind
from latentexplorer.training import train
from tests.training.helpers import digits, new_run, small

NAME = "checkpoint/state.safetensors"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder.create(tmp_path / "run", RunConfig())
    folder.subfolder("checkpoint")
    return folder


@pytest.fixture
def held_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that does not confirm what another thread than this one writes until it is told to."""
    confirmed, sync, here = threading.Event(), os.fsync, threading.get_ident()

    def held(number: int) -> None:
        assert threading.get_ident() == here or confirmed.wait(30)
        sync(number)

    monkeypatch.setattr(os, "fsync", held)
    return confirmed


def _read(run: RunFolder) -> tuple[list[float], int]:
    file = TensorFile(run.file(NAME))
    return file.read(["a"])["a"].tolist(), file.info["epoch"]


def test_the_tensors_of_the_moment_are_written_though_they_change_before_the_disk_has_them(
    run: RunFolder, held_disk: threading.Event
) -> None:
    tensors = {"a": torch.arange(3.0)}
    with WriteBehind() as behind:
        behind.write_tensors(run, NAME, tensors, {"epoch": 1})
        tensors["a"].fill_(7)
        assert not run.file(NAME).exists()
        held_disk.set()
    assert _read(run) == ([0, 1, 2], 1)


def test_the_last_one_given_is_what_stays(run: RunFolder) -> None:
    with WriteBehind() as behind:
        for epoch in range(20):
            behind.write_tensors(run, NAME, {"a": torch.full((2000,), float(epoch))}, {"epoch": epoch})
    assert _read(run) == ([19.0] * 2000, 19)


def test_a_large_file_is_there_when_it_was_given(
    run: RunFolder, held_disk: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_behind, "MOST_BYTES", 8)
    WriteBehind().write_tensors(run, NAME, {"a": torch.arange(3.0)}, {"epoch": 1})
    assert _read(run) == ([0, 1, 2], 1)


def _wait(behind: WriteBehind, run: RunFolder) -> None:
    behind.wait()


def _give(behind: WriteBehind, run: RunFolder) -> None:
    behind.write_tensors(run, NAME, {}, {})


def _leave(behind: WriteBehind, run: RunFolder) -> None:
    with behind:
        pass


@pytest.mark.parametrize("then", [_wait, _give, _leave], ids=["wait", "the next", "the end"])
def test_a_file_that_cannot_be_written_is_told_of_once(
    run: RunFolder, then: Callable[[WriteBehind, RunFolder], None]
) -> None:
    run.file("checkpoint").rmdir()
    behind = WriteBehind()
    behind.write_tensors(run, NAME, {"a": torch.ones(1)}, {})
    with pytest.raises(RunError, match="is not there"):
        then(behind, run)
    behind.wait()


def test_what_failed_before_is_told_and_not_the_file(run: RunFolder) -> None:
    run.file("checkpoint").rmdir()
    with pytest.raises(ZeroDivisionError), WriteBehind() as behind:
        behind.write_tensors(run, NAME, {"a": torch.ones(1)}, {})
        raise ZeroDivisionError


def test_a_training_goes_on_while_the_disk_takes_its_checkpoint_and_ends_with_it(
    tmp_path: Path, held_disk: threading.Event
) -> None:
    config = small("vad")
    run = new_run(tmp_path / "run", config)
    held_disk.set()
    on_disk = []

    def hear(event: Event) -> None:
        if isinstance(event, Progress) and event.what == "the first batch":
            held_disk.clear()
        if isinstance(event, EpochDone):
            on_disk.append(TensorFile(run.file(NAME)).info["epoch"])
            held_disk.set()

    train(run, digits(config), emit=hear)
    assert on_disk[0] == 0
    assert TensorFile(run.file(NAME)).info["epoch"] == config.training.epochs


@pytest.mark.parametrize(
    ("epochs", "trained"), [(0, 0), (1, 2), (3, 3)], ids=["before the first", "the first", "the last"]
)
def test_a_training_whose_checkpoint_the_disk_does_not_take_fails_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: int, trained: int
) -> None:
    config = small("vad")
    run = new_run(tmp_path / "run", config)
    sync, here = os.fsync, threading.get_ident()
    # Of the checkpoints, not of the rows of the history: those of the next epoch may be there already.
    checkpoint = itertools.count()

    def full(number: int) -> None:
        if threading.get_ident() != here and next(checkpoint) == epochs:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(number)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="is full"):
        train(run, digits(config))
    assert run.status == "failed" and "is full" in run.message
    # Nothing was trained on what could not be kept but the epoch that was under way.
    assert len(run.history) == trained
