"""Tests run beside each other: each process keeps to one thread."""

from __future__ import annotations

import numba
import torch
from threadpoolctl import threadpool_info


def test_a_test_process_has_one_thread_of_everything_that_could_have_more() -> None:
    assert (torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS) == (1, 1)
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
