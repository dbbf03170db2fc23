"""Notices that stand still: while a model learns, a kind comes and goes only when it holds for some epochs."""

from __future__ import annotations

from collections.abc import Sequence

from latentexplorer.latent.notices.notice import Notice
from latentexplorer.latent.notices.registry import KINDS

COMES, GOES = 3, 3
"""Epochs in a row after which a kind is shown, or is no longer shown."""


class Steady:
    """Remembers what was found of one run, epoch by epoch."""

    def __init__(self) -> None:
        self._for: dict[str, int] = {}
        self._without: dict[str, int] = {}
        self._shown: dict[str, Notice] = {}
        self._epoch = -1

    def take(self, epoch: int, found: Sequence[Notice], going: bool) -> list[Notice]:
        """What is to be shown, the most important first.

        Parameters
        ----------
        epoch : int
            Of which the notices are. Several of one epoch count once; of an earlier one than before, all begins anew.
        going : bool
            Whether the model is being trained. What is found of one that is not, holds.
        """
        if epoch < self._epoch:
            self._for, self._without, self._shown = {}, {}, {}
        further, self._epoch = epoch != self._epoch, epoch
        by_kind = {notice.kind: notice for notice in found}
        for kind in {*by_kind, *self._for, *self._shown}:
            here = kind in by_kind
            if further or not going:
                self._for[kind] = self._for.get(kind, 0) + 1 if here else 0
                self._without[kind] = 0 if here else self._without.get(kind, 0) + 1
            if here and (kind in self._shown or self._for[kind] >= COMES or not going):
                self._shown[kind] = by_kind[kind]
            elif not here and (self._without.get(kind, 0) >= GOES or not going):
                self._shown.pop(kind, None)
        order = {kind.name: place for place, kind in enumerate(KINDS)}
        return sorted(self._shown.values(), key=lambda notice: order[notice.kind])
