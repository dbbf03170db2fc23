"""How many CPU threads train."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from latentexplorer.training.numerics import Numerics
from latentexplorer.training.threads import RETURN_S, Threads


@pytest.fixture(autouse=True)
def _threads_of_torch() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def train_for(threads: Threads, seconds: float, step_s: dict[int, float], leave_one: bool = False) -> float:
    """Steps that take `step_s[number of threads]`; the share of the time spent with the quicker number."""
    spent = dict.fromkeys(step_s, 0.0)
    while sum(spent.values()) < seconds:
        threads.use(leave_one)
        now = torch.get_num_threads()
        spent[now] += step_s[now]
        threads.record(step_s[now])
    return spent[min(step_s, key=step_s.__getitem__)] / sum(spent.values())


QUIET, BUSY = {4: 0.05, 3: 0.065}, {4: 0.1, 3: 0.065}


def test_a_quiet_machine_trains_with_all_threads() -> None:
    assert train_for(Threads(Numerics("fast", "cpu", 4)), 60, QUIET) > 0.99


def test_a_trial_of_long_steps_ends_at_the_first_that_is_much_slower() -> None:
    slow = {4: 1.0, 3: 1.9}
    threads = Threads(Numerics("fast", "cpu", 4))
    # One step that starts the threads and one that counts, of sixty.
    assert train_for(threads, 60, slow) > 0.93
    assert threads.count == 4


def test_beside_a_busy_process_one_thread_fewer_trains_and_all_when_it_has_ended() -> None:
    threads = Threads(Numerics("fast", "cpu", 4))
    assert train_for(threads, 5, BUSY) > 0.75
    assert train_for(threads, 60, BUSY) > 0.9
    assert threads.count == 3
    train_for(threads, RETURN_S + 1, QUIET)
    assert threads.count == 4
    assert train_for(threads, 60, QUIET) == 1.0
    train_for(threads, 3, BUSY)
    assert threads.count == 3


def test_a_short_disturbance_costs_the_other_thread_for_a_short_time() -> None:
    threads = Threads(Numerics("fast", "cpu", 4))
    train_for(threads, 20, QUIET)
    train_for(threads, 2, BUSY)
    assert threads.count == 3
    train_for(threads, 3, QUIET)
    assert threads.count == 4


def test_a_process_that_becomes_busy_is_noticed() -> None:
    threads = Threads(Numerics("fast", "cpu", 4))
    train_for(threads, 20, QUIET)
    train_for(threads, 2, BUSY)
    assert train_for(threads, 20, BUSY) > 0.9


def test_a_machine_that_gets_slower_keeps_all_threads() -> None:
    threads = Threads(Numerics("fast", "cpu", 4))
    train_for(threads, 20, QUIET)
    assert train_for(threads, 60, {count: 1.7 * step for count, step in QUIET.items()}) > 0.98


def test_one_thread_fewer_while_somebody_is_there_whatever_is_quicker() -> None:
    threads = Threads(Numerics("fast", "cpu", 4))
    threads.use(leave_one=True)
    assert torch.get_num_threads() == 3
    train_for(threads, 20, QUIET, leave_one=True)
    assert torch.get_num_threads() == 3
    threads.use(leave_one=False)
    assert torch.get_num_threads() == 4


@pytest.mark.parametrize(
    ("numerics", "alone"), [(Numerics("exact", "cpu", 4), True), (Numerics("fast", "cpu", 4), False)]
)
def test_exact_results_and_several_processes_keep_their_threads(numerics: Numerics, alone: bool) -> None:
    torch.set_num_threads(4)
    threads = Threads(numerics, alone)
    train_for(threads, 60, BUSY)
    assert threads.count == 4 and torch.get_num_threads() == 4
