"""How many of torch's threads a piece of work takes: as many as pay for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from latentexplorer.core.cores import ThreadChoice


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads for what this thread computes inside; as it was afterwards."""
    before = torch.get_num_threads()
    if before == count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def one_thread() -> AbstractContextManager[None]:
    """For work of many small operations: threads would wait for each other at every one."""
    return threads(1)


class Paced:
    """Alike pieces of work on the processor, one after the other: each by all threads or by one, see `ThreadChoice`.

    How many threads there are changes the last bits of what is worked out, so `steady` work, which must come out the
    same however busy the machine is, keeps those that there are.
    """

    def __init__(self) -> None:
        self.choice = ThreadChoice()

    @contextmanager
    def piece(self, count: int, steady: bool = False, device: torch.device | None = None) -> Iterator[None]:
        """A piece of so many images or codes; done on a card it takes no threads."""
        most = torch.get_num_threads()
        if most == 1 or steady or (device is not None and device.type != "cpu"):
            yield
            return
        begin = time.perf_counter()
        with threads(most if self.choice.all_of_them else 1):
            yield
        self.choice.record(count, time.perf_counter() - begin)
