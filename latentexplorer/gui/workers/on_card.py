"""Decoding on a card where that is quicker: found out by a short trial, and ahead of what trains there.

A model that is looked at is on the processor. Its twin on the card is made at the first piece that takes long enough to
matter, and both are timed: the quicker one decodes such pieces from then on, for all models built alike. What decodes
on the card does so on a stream of higher priority than a training's, so that a click is not behind a queue of steps;
weights and codes come from the processor, on that stream, and so wait for nothing else.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from latentexplorer.views.base import Array

if TYPE_CHECKING:
    import torch

    from latentexplorer.models.base import LatentModel
    from latentexplorer.runs import Trained

WORTH_S = 0.004
"""A piece that is decoded sooner stays where it is: there is nothing to gain."""
WORTH = 0.8
"""The card must take less than this fraction of the time."""
Kind = tuple[str, int]


class Card:
    """The card that decodes for the window, where there is one.

    Parameters
    ----------
    device : str
    """

    def __init__(self, device: str = "cuda") -> None:
        self._device = device
        self._twins: weakref.WeakKeyDictionary[LatentModel, LatentModel] = weakref.WeakKeyDictionary()
        self._chosen: dict[Kind, bool] = {}
        self._stream: torch.cuda.Stream | None = None
        self._lock = threading.Lock()

    def decode(self, run: Trained, z: Array, y: Array | None, rough: bool) -> Array:
        """Images (B, H, W, C) of codes (B, D), as `Trained.decode` gives them unclamped, by the quicker of both."""
        if not self._may_take(run):
            return _decoded(run, z, y, rough)
        kind = (f"{run.config.model.model_dump_json()} {run.info.image_shape}", len(z).bit_length())
        if self._chosen.get(kind):
            try:
                return self._there(run, z, y, rough)
            except RuntimeError:  # no memory left there, say
                self._chosen[kind] = False
        begin = time.perf_counter()
        images = _decoded(run, z, y, rough)
        seconds = time.perf_counter() - begin
        # A trial holds up one question, once: nobody waits for another one's.
        if seconds >= WORTH_S and kind not in self._chosen and self._lock.acquire(blocking=False):
            try:
                self._chosen[kind] = self._is_quicker(run, z, y, rough, seconds)
            finally:
                self._lock.release()
        return images

    def _may_take(self, run: Trained) -> bool:
        if "torch" not in sys.modules:
            return False
        import torch

        there = self._device != "cuda" or torch.cuda.is_available()
        return there and run.config.training.device != "cpu"

    def _is_quicker(self, run: Trained, z: Array, y: Array | None, rough: bool, seconds: float) -> bool:
        try:
            # The first call chooses algorithms.
            self._there(run, z, y, rough)
            return self._seconds_there(run, z, y, rough) < WORTH * seconds
        except RuntimeError:
            return False

    def _seconds_there(self, run: Trained, z: Array, y: Array | None, rough: bool) -> float:
        begin = time.perf_counter()
        self._there(run, z, y, rough)
        return time.perf_counter() - begin

    def _there(self, run: Trained, z: Array, y: Array | None, rough: bool) -> Array:
        with self._ahead():
            # What comes back is waited for by its copy to the processor.
            return _decoded(replace(run, model=self._twin(run.model)), z, y, rough)

    def _twin(self, model: LatentModel) -> LatentModel:
        import copy

        import torch

        twin = self._twins.get(model)
        if twin is None:
            twin = copy.deepcopy(model).to_device(torch.device(self._device))
            self._twins[model] = twin
        return twin

    @contextmanager
    def _ahead(self) -> Iterator[None]:
        if self._device != "cuda":
            yield
            return
        import torch

        if self._stream is None:
            self._stream = torch.cuda.Stream(priority=-1)  # type: ignore[no-untyped-call]
        with torch.cuda.stream(self._stream):
            yield


def _decoded(run: Trained, z: Array, y: Array | None, rough: bool) -> Array:
    return run.decode(z, y, rough=rough, clamped=False, paced=False)


card = Card()
"""The one that decodes for the window."""
