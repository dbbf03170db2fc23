"""How many threads of torch the window's own threads take."""

from __future__ import annotations

import sys

from latentexplorer.core.cores import ThreadChoice


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

thread_choice = ThreadChoice()
"""Of pieces that are decoded for the window."""
