"""How many threads of torch the window's own threads take."""

from __future__ import annotations

import sys


class Cores:
    """How many threads of torch decode: all that there are, one while a model trains.

    More threads than cores wait for each other, and both decoding and training come to a crawl. torch counts for each
    thread that calls it, and a new one begins with what was set last: training says anew what it may use.
    """

    def __init__(self) -> None:
        self.all = 0
        self.training = False

    def count(self) -> None:
        """Look how many there are; before anything else sets it."""
        import torch

        self.all = self.all or torch.get_num_threads()

    def share(self) -> None:
        """What a thread of the window does before anything else; nothing where torch is not loaded yet."""
        if "torch" in sys.modules and self.all:
            self.take(self.training)

    def take(self, sharing: bool) -> None:
        """Of the thread that calls: one if it shares the cores with a training, else all."""
        import torch

        # Before it is set for the first time: a new thread would be told what was set.
        self.count()
        wanted = 1 if sharing else self.all
        if torch.get_num_threads() != wanted:
            torch.set_num_threads(wanted)


cores = Cores()


class ThreadChoice:
    """Whether all threads decode a piece sooner than one does: learned while decoding.

    The threads of a piece wait for each other at every operation, awake. Beside a program that keeps the cores busy
    each wait is as long as the system lets that one run: two threads take 141 ms for 64 codes of a small convolutional
    VAE, one takes 12; where nothing else runs they take 8 and 10. So the quicker way is taken, and the other one tried
    now and then, at once where a piece takes longer than the last.

    Attributes
    ----------
    all_of_them : bool
        Whether the next piece is for all threads.
    """

    WORTH, SLOWER = 0.9, 1.5
    LEAST, MOST = 4, 64
    """Pieces between two trials, doubled while nothing changes."""

    def __init__(self) -> None:
        self.all_of_them = self._quicker = True
        self._code_s = {True: 0.0, False: 0.0}
        self._pause = self._left = self.LEAST

    def record(self, count: int, seconds: float) -> None:
        """A piece of so many codes took so long, done as was chosen."""
        chosen = self.all_of_them
        before, now = self._code_s[chosen], seconds / count
        self._code_s[chosen] = now
        if chosen != self._quicker:
            better = now < self.WORTH * self._code_s[self._quicker]
            self._quicker = chosen if better else self._quicker
            self._pause = self.LEAST if better else min(2 * self._pause, self.MOST)
            self._left = self._pause
        else:
            self._left = 0 if now > self.SLOWER * before > 0 else self._left - 1
        self.all_of_them = self._quicker if self._left > 0 else not self._quicker


thread_choice = ThreadChoice()
