"""Work on many files on all cores. Pillow decodes outside the interpreter's lock, so threads do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.cores import usable_cores

MOST_THREADS = 16
"""More of them wait for each other, and each may hold a large picture."""
GROUP = 32
"""Files that one thread takes at a time: handing over costs as much as decoding a thumbnail."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def on_all_cores(
    work: Callable[[Item], Result], items: Sequence[Item], stop: StopToken, *, small: bool = False
) -> Iterator[Result]:
    """`work` done on every item, in their order.

    Parameters
    ----------
    small : bool
        Each takes so little that threads would only wait for each other: one does it all.

    Raises
    ------
    Stopped
        Within one item of being asked.
    """
    threads = 1 if small else min(usable_cores(), MOST_THREADS)
    size = max(1, min(GROUP, len(items) // (2 * threads)))
    groups = [items[start : start + size] for start in range(0, len(items), size)]
    if threads == 1 or len(groups) < 2:
        yield from (result for group in groups for result in _done(work, stop, group))
        return
    with ThreadPoolExecutor(threads, "reading") as pool:
        try:
            for results in pool.map(partial(_done, work, stop), groups):
                yield from results
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _done(work: Callable[[Item], Result], stop: StopToken, group: Sequence[Item]) -> list[Result]:
    results = []
    for item in group:
        stop.check()
        results.append(work(item))
    return results
