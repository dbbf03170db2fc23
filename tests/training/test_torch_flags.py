"""Flags of torch belong to the process: uses nest, threads do not cross, and everything is as it was afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import torch

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.errors import SettingsError, Stopped
from latentexplorer.training.numerics import CUBLAS, REPEATS, Numerics, computing_with
from latentexplorer.training.torch_flags import Flags

PATIENCE_S = 60.0
EXACT, FAST = Numerics("exact", "cpu", 1), Numerics("fast", "cpu", 1, tf32=True)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[Flags]:
    before = Flags.now()
    yield before
    assert Flags.now() == before


class Looks(StopToken):
    """A stop that tells when it is looked at: whoever looks is waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Event()

    def check(self) -> None:
        self.waiting.set()
        super().check()


def test_uses_nest(as_before: Flags) -> None:
    with computing_with(EXACT):
        assert torch.are_deterministic_algorithms_enabled() and torch.backends.cudnn.deterministic
        with computing_with(FAST):
            assert not torch.backends.cudnn.deterministic and torch.backends.cuda.matmul.allow_tf32
            assert not torch.backends.cudnn.benchmark, "it searches at every new shape of a batch"
            assert torch.are_deterministic_algorithms_enabled() is as_before.deterministic
        assert torch.are_deterministic_algorithms_enabled() and not torch.backends.cuda.matmul.allow_tf32


def test_who_needs_the_same_shares_it_and_may_leave_first() -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with computing_with(EXACT):
            inside.set()
            leave.wait(PATIENCE_S)

    thread = threading.Thread(target=other, daemon=True)
    with computing_with(EXACT):
        thread.start()
        assert inside.wait(PATIENCE_S)
    assert torch.are_deterministic_algorithms_enabled(), "the other thread needs it still"
    leave.set()
    thread.join(PATIENCE_S)


def test_what_is_given_up_does_not_change_the_training_after_it() -> None:
    stop, found = Looks(), []

    def training() -> None:
        with computing_with(EXACT, stop):
            entered.set()
            go_on.wait(PATIENCE_S)
            found.append(torch.are_deterministic_algorithms_enabled())

    entered, go_on = threading.Event(), threading.Event()
    thread = threading.Thread(target=training, daemon=True)
    with computing_with(FAST):
        thread.start()
        assert stop.waiting.wait(PATIENCE_S)
        assert not entered.is_set() and torch.backends.cuda.matmul.allow_tf32
    assert entered.wait(PATIENCE_S)
    go_on.set()
    thread.join(PATIENCE_S)
    assert found == [True]


def test_who_waits_hears_a_stop() -> None:
    stop, ended = Looks(), []

    def training() -> None:
        try:
            with computing_with(EXACT, stop):
                pass
        except Stopped:
            ended.append("stopped")

    thread = threading.Thread(target=training, daemon=True)
    with computing_with(FAST):
        thread.start()
        assert stop.waiting.wait(PATIENCE_S)
        stop.request()
        thread.join(PATIENCE_S)
    assert ended == ["stopped"]


def test_a_card_is_told_to_repeat_itself_before_torch_is_there() -> None:
    code = "import os, sys, latentexplorer as _; print(os.environ['CUBLAS_WORKSPACE_CONFIG'], 'torch' in sys.modules)"
    without = {name: value for name, value in os.environ.items() if name != CUBLAS}
    found = subprocess.run([sys.executable, "-c", code], env=without, capture_output=True, text=True, check=True)
    assert found.stdout.split() == [REPEATS[0], "False"]


def test_a_card_that_was_told_otherwise_is_not_trained_on_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CUBLAS, ":0:0")
    with (
        pytest.raises(SettingsError, match="CUBLAS_WORKSPACE_CONFIG=:4096:8"),
        computing_with(Numerics("exact", "cuda", 1)),
    ):
        pass
