"""How many CPU threads train: they follow the person at the window and whatever else the machine does."""

from __future__ import annotations

import statistics

import torch

from latentexplorer.training.numerics import Numerics

STEPS, SECONDS = 5, 0.1
"""A number of threads is judged by the median of so many steps, at least."""
WORTH = 0.93
"""Another number of threads must take at most this fraction of the time."""
SLOWER = 1.25
"""Steps that take so much longer than they did are a reason to try another number of threads; a step of a trial that
takes so much longer than those before it ends the trial: where steps are long, five of them cost a second."""
REST_S = 2.0
"""Seconds of training between two trials, at least; the first comes at once."""
RETURN_S = 16.0
"""With one thread fewer all are tried again after `REST_S`, and after twice as long each time, up to this."""


class Threads:
    """All CPU threads, or one fewer where that is quicker just now.

    The threads of a step wait for each other: beside a process that keeps one core busy, all of them wait for the one
    that has to share that core, and one thread fewer is quicker. While somebody uses a window on the same machine there
    is one fewer too: with all cores busy the window stalls for over 100 ms at a time.

    `exact` numerics keep their number, which their results depend on.

    Parameters
    ----------
    numerics : Numerics
    alone : bool
        Whether this process trains alone; steps of several together say nothing about one's threads.

    Attributes
    ----------
    count : int
        Threads that are quickest, as far as was seen.
    """

    def __init__(self, numerics: Numerics, alone: bool = True) -> None:
        self.most = self.count = numerics.threads
        self._may_change = numerics.mode == "fast" and numerics.device == "cpu" and self.most > 1
        self._tries = self._may_change and alone
        self._leaving = False
        self._trial = False
        self._best = 0.0  # median of the quickest steps since the last trial, so that the first steps lead to one
        self._before = 0.0  # median of the steps before the trial under way
        self._since = REST_S  # seconds of training since the last trial
        self._return = REST_S  # seconds after which all threads are tried again
        self._times: list[float] = []
        self._settle = True  # the first step with another number of threads starts them

    @property
    def _tried(self) -> int:
        """The number that would be tried."""
        return self.most - 1 if self.count == self.most else self.most

    def use(self, leave_one: bool) -> None:
        """Before a step: give torch its threads, one fewer than all if somebody wants `leave_one`."""
        if not self._may_change:
            return
        if leave_one != self._leaving:
            self._leaving, self._trial = leave_one, False
            self._forget()
        threads = self._tried if self._trial else self.count
        if leave_one:
            threads = min(threads, self.most - 1)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

    def record(self, seconds: float) -> None:
        """Count a step that took so long."""
        self._since += seconds
        if not self._tries or self._leaving:
            return
        if self._settle:
            self._settle = False
            return
        self._times.append(seconds)
        hopeless = self._trial and seconds >= SECONDS and seconds > SLOWER * self._before
        if not hopeless and (len(self._times) < STEPS or sum(self._times) < SECONDS):
            return
        median = statistics.median(self._times)
        if self._trial:
            better = median < WORTH * self._before
            self._return = REST_S if better else min(2 * self._return, RETURN_S)
            if better:
                self.count = self._tried
            self._best = min(median, self._before)
            self._trial, self._since = False, 0.0
            self._forget()
        elif self._is_due(median):
            self._trial, self._before = True, median
            self._forget()
        else:
            self._best = min(median, self._best)
            self._times.clear()

    def _is_due(self, median: float) -> bool:
        if self.count < self.most and self._since >= self._return:
            return True
        return median > SLOWER * self._best and self._since >= REST_S

    def _forget(self) -> None:
        self._times.clear()
        self._settle = True
