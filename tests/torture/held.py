"""Memory that closed windows leave: after the first of them as much as after the last."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

from latentexplorer.core.garbage import give_back

from .common import memory_mb

FEWEST = 20
"""Windows before anything is judged: what is loaded and kept once comes with the first of them."""
WARM, MORE = (0.4, 0.6), 0.05
"""The part of all windows that the last fifth is compared with, and how much more it may be: what is loaded when it is
asked for first (fonts of a PDF) may be asked for late; the largest, UMAP, is loaded before. Of the same
four windows again and again nothing of the program's own stays: Python's objects are as many, what C libraries hold
grows by what torch prepares for new shapes (see `keep_few_shapes`), and ten megabytes are places in between that cannot
be given back."""


@dataclass
class Held:
    """What was held each time that a window had been closed.

    Attributes
    ----------
    mb : list of float
        After what is free was given back.
    objects : list of int
        That Python's search for garbage knows.
    kinds : list of Counter
        Of what types these are, once after `FEWEST` windows and once now.
    """

    mb: list[float] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    kinds: list[Counter[str]] = field(default_factory=list)

    def look(self) -> None:
        """A window has been closed."""
        gc.collect()
        give_back()
        self.mb.append(memory_mb())
        there = gc.get_objects()
        self.objects.append(len(there))
        if len(self.mb) >= FEWEST:
            self.kinds[1:] = [Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in there)]

    def __str__(self) -> str:
        return f"{self.mb[-1]:.0f} MB held, {self.objects[-1] // 1000} thousand objects"

    @property
    def grown(self) -> str:
        """By how much it grew, where that is more than it may; of medians, as one run is larger than another."""
        count = len(self.mb)
        if count < FEWEST:
            return ""
        first, last = slice(int(WARM[0] * count), int(WARM[1] * count)), slice(-(count // 5), None)
        before_mb, after_mb = median(self.mb[first]), median(self.mb[last])
        if after_mb <= (1 + MORE) * before_mb:
            return ""
        objects = f"{median(self.objects[first]):.0f} to {median(self.objects[last]):.0f} objects"
        each = " ".join(f"{each:.0f}" for each in self.mb)
        return f"{before_mb:.0f} to {after_mb:.0f} MB, {objects}; after each window: {each}; {self.more}"

    @property
    def more(self) -> str:
        """The types of which there are most more than after `FEWEST` windows."""
        if len(self.kinds) < 2:
            return "nothing to compare"
        return ", ".join(f"{count} more {name}" for name, count in (self.kinds[1] - self.kinds[0]).most_common(12))
