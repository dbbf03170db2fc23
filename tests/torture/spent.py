"""On what a pass spends its time: the window's thread is looked at while it works, and what was seen is added up."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

PACKAGE = "/latentexplorer/"
NOT_TOLD = ("/tests/torture/", "<frozen", "/latentexplorer/gui/overrides.py")
"""What sends the events, and what every call goes through."""
LEAST_PART = 0.1
"""Of a pass, below which it is not told what it went into."""
AT_ONCE_S = 0.001
"""A look that took longer has been interrupted: Python may have run the other thread meanwhile."""
LATELY_S = 1.0
Step = tuple[str, int, str]
"""File, line and function of one call."""


class Looker:
    """Sees in which calls a thread is, from another one.

    Frames are let go while Python still runs this thread alone: who held one while its call returns would hold what
    that knew, a painter say, which would then be ended on the wrong thread and amid another painting. (What is made for
    crashes holds none, and ends the process where a thread begins just then.) Where a busy machine interrupts a look,
    that happens all the same; `held_lately` says so.
    """

    def __init__(self, thread: int) -> None:
        self._thread = thread
        self._since_s: float | None = None
        self._held_s = -LATELY_S

    @property
    def held_lately(self) -> bool:
        """Whether what is told by the other thread now may come of a look that was interrupted."""
        return self._since_s is not None or time.monotonic() - self._held_s < LATELY_S

    def calls(self) -> list[Step]:
        """The outermost first."""
        began_s = self._since_s = time.monotonic()
        found: list[Step] = []
        frame = sys._current_frames().get(self._thread)
        while frame is not None:
            found.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
            frame = frame.f_back
        ended_s = time.monotonic()
        if ended_s - began_s > AT_ONCE_S:
            self._held_s = ended_s
        self._since_s = None
        return found[::-1]


class Spent:
    """What was seen in one pass: each look stands for the time since the one before."""

    def __init__(self) -> None:
        self._looks: list[tuple[float, tuple[Step, ...]]] = []
        self._until_s = 0.0

    def look(self, calls: Iterable[Step], spent_s: float) -> None:
        """The thread is in these calls, the outermost first, and has worked so long in this pass."""
        if spent_s <= self._until_s:
            return
        way = tuple(step for step in calls if not any(place in step[0] for place in NOT_TOLD))
        self._looks.append((spent_s - self._until_s, way))
        self._until_s = spent_s

    @property
    def kind(self) -> str:
        """Where it was spent: the deepest call of the program in which at least half of it was, else where most was."""
        way = [(step, part_s) for step, part_s in self._most() if PACKAGE in step[0]]
        if not way or 2 * way[0][1] < self._inside_nothing_s:
            return "Qt itself"
        half = [step for step, part_s in way if part_s >= 0.5 * self._until_s]
        return _name(half[-1]) if half else f"more than {_name(way[0][0])}"

    def tree(self) -> str:
        """Which calls it went into, and how many of a hundred parts: calls that go nowhere else stand in one line."""
        alone = 100 * self._inside_nothing_s / max(self._until_s, 1e-9)
        return f"seen {len(self._looks)} times, {alone:.0f} % in Qt itself\n" + "\n".join(self._branch((), 0))

    def _inside(self, above: tuple[Step, ...]) -> list[tuple[Step, float]]:
        """What is called from a call, the longest first; in seconds."""
        found: dict[Step, float] = {}
        for part_s, way in self._looks:
            if way[: len(above)] == above and len(way) > len(above):
                step = way[len(above)]
                found[step] = found.get(step, 0.0) + part_s
        return sorted(found.items(), key=lambda each: -each[1])

    def _most(self) -> list[tuple[Step, float]]:
        """The way down that took longest; in seconds."""
        way: list[tuple[Step, float]] = []
        while inside := self._inside(tuple(step for step, _ in way)):
            way.append(inside[0])
        return way

    @property
    def _inside_nothing_s(self) -> float:
        """While Qt had not called Python."""
        return sum(part_s for part_s, way in self._looks if not way)

    def _branch(self, above: tuple[Step, ...], depth: int) -> list[str]:
        lines = []
        for step, part_s in self._inside(above):
            if part_s < LEAST_PART * self._until_s:
                continue
            names, below = [_name(step)], (*above, step)
            while len(inside := self._inside(below)) == 1 and inside[0][1] > 0.95 * part_s:
                below = (*below, inside[0][0])
                names.append(_name(inside[0][0]))
            lines.append(f"{'  ' * depth}{100 * part_s / self._until_s:3.0f} % {' > '.join(names)}")
            lines += self._branch(below, depth + 1)
        return lines


def _name(step: Step) -> str:
    path = Path(step[0])
    place = path.name if PACKAGE in step[0] else f"{path.parent.name}/{path.name}"
    return f"{place}:{step[1]} {step[2]}"
