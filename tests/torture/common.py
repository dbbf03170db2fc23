"""What all kinds of torture share: draws that can be repeated, what is counted, what is printed."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TOLD = 4
"""How often a fault of one kind is printed with its details."""


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes
    ----------
    kind : str
        `kills`, `files`, `events`, `cycles`, `disk` or `follow`.
    seed, count : int
        The draws, and how many cases of them.
    first : int
        The case to begin with.
    minutes : float or None
        Begin no case after so long; None: as long as it takes.
    stall_ms : float
        A pass through the event loop may take so much of the window's own time.
    """

    kind: str
    seed: int = 0
    count: int = 1
    first: int = 0
    minutes: float | None = None
    stall_ms: float = 250.0

    def draw(self, index: int) -> random.Random:
        """The draws of one case: the same whichever case came before."""
        return random.Random(f"{self.kind} {self.seed} {index}")

    def cases(self) -> Iterator[int]:
        """Cases, until all are done or the time is over."""
        began = time.monotonic()
        for index in range(self.first, self.first + self.count):
            if self.minutes is not None and time.monotonic() - began > 60 * self.minutes:
                return
            yield index

    def again(self, index: int, count: int = 1) -> str:
        """The command that repeats one case."""
        return f"python -m tests.torture {self.kind} --seed {self.seed} --first {index} --count {count}"


@dataclass
class Tally:
    """What came out.

    Attributes
    ----------
    done : int
        Cases.
    counts : dict of str to int
        How many of them ended in which way.
    faults : dict of str to list of str
        What broke a wall: a line that tells it from others, and each time with the command that repeats it.
    """

    order: Order
    done: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def add(self, outcome: str, number: int = 1) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + number

    def fault(self, what: str, again: str, details: str = "") -> None:
        """A wall that broke; its details are printed the first times."""
        known = self.faults.setdefault(what, [])
        known.append(again)
        if len(known) <= TOLD:
            say(f"FAULT {what}\n  again: {again}")
            if details:
                say("\n".join(f"  | {line}" for line in details.strip().splitlines()))

    def line(self) -> str:
        """All of it in one line."""
        counts = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        broke = sum(map(len, self.faults.values()))
        return (
            f"{self.order.kind} (seed {self.order.seed}): {self.done} done, {counts or 'nothing counted'}; "
            f"{broke} faults of {len(self.faults)} kinds; {time.monotonic() - self.began:.0f} s, "
            f"peak {peak_mb():.0f} MB, {open_files()} open files"
        )


def supervised(order: Order, work: Callable[[Order, Callable[[str], None]], Tally]) -> Tally:
    """What `work` gives in a process of its own: if a signal ends it, that is a fault of what it was doing last.

    `work` tells what it does by the function that it is given: a line of less than 1,000 letters, seen from here.
    """
    board = mmap.mmap(-1, 4096)
    get, put = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(get)

        def doing(text: str) -> None:
            board[:4096] = text.encode(errors="replace")[:4096].ljust(4096)

        tally = work(order, doing)
        with os.fdopen(put, "w") as file:
            json.dump([tally.done, tally.counts, tally.faults], file)
        # Without the farewells of libraries that were loaded before the processes parted.
        os._exit(0)
    os.close(put)
    tally = Tally(order)
    with os.fdopen(get) as file:
        told = file.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if told:
        tally.done, tally.counts, tally.faults = json.loads(told)
    else:
        again, _, what = board[:4096].decode(errors="replace").strip().partition("\n")
        tally.fault(f"ended by {f'signal {-code}' if code < 0 else f'exit code {code}'} at: {what}", again)
    tally.counts["MB most"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    return tally


def say(text: str) -> None:
    """Print it now: what comes next may end the process."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def peak_mb() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory_mb() -> float:
    """Memory that this process holds now, in MB; where the system does not tell, the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_mb()
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def reset_peak() -> float:
    """Memory held now, in MB, from which on the most is counted anew where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return most_mb()


def most_mb() -> float:
    """The most memory held since, in MB."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return peak_mb()


def threads() -> int:
    """Threads of this process, also those of libraries; 0 where the system does not tell."""
    folder = Path("/proc/self/task")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def open_files() -> int:
    """Files that this process holds open; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
