"""Classes of other images beside those of a run: paired by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MatchedClasses:
    """Classes of other images beside those of a run.

    Attributes
    ----------
    names : tuple of str
        The run's classes, then those that it does not know.
    numbers : ndarray (K,), int64
        What the images' own classes 0..K-1 are among them.
    unknown : tuple of str
    notes : tuple of str
        What was forgiven, one sentence each.
    """

    names: tuple[str, ...]
    numbers: np.ndarray
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def labels(self, own: np.ndarray | None) -> np.ndarray | None:
        """Labels (N,) among `names`, of labels among the images' own classes."""
        return None if own is None else self.numbers[own]


def match_classes(known: Sequence[str], names: Sequence[str]) -> MatchedClasses:
    """Pair classes by their names, never by their numbers: the same name, or one that differs only in case.

    A folder with sub-folders `3` and `7` has classes 0 and 1 of its own, which are 3 and 7 to a model of ten digits.
    """
    folded: dict[str, list[str]] = {}
    for name in known:
        folded.setdefault(name.casefold(), []).append(name)
    rivals = Counter(name.casefold() for name in names)
    found, unknown, notes = [], [], []
    for name in names:
        alike = folded.get(name.casefold(), [])
        if name not in known and len(alike) == 1 and rivals[name.casefold()] == 1:
            notes.append(f"class {name!r} is taken for {alike[0]!r}")
            found.append(alike[0])
            continue
        found.append(name)
        if name not in known:
            unknown.append(name)
    every = (*known, *unknown)
    place = {name: number for number, name in enumerate(every)}
    return MatchedClasses(every, np.array([place[name] for name in found], np.int64), tuple(unknown), tuple(notes))
