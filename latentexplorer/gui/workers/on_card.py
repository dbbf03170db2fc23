"""What the window works out on a card where that is quicker: found out by a short trial, never in front of a person.

A model that is looked at is on the processor. A piece that is decoded there and takes long enough to matter is kept,
and tried with the model's twin on the card when nobody waits (`try_out`): the quicker one decodes such pieces from
then on, for all models built alike. What decodes on the card does so on a stream of higher priority than a training's,
so that a click is not behind a queue of steps; weights and codes come from the processor, on that stream, and wait for
nothing else. Long work (codes of many new images) is tried in its own job, on a piece of it.
"""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from latentexplorer.core.errors import is_out_of_memory
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    import torch

    from latentexplorer.models.base import LatentModel
    from latentexplorer.runs import Trained

WORTH_S = 0.004
"""A piece that is decoded sooner stays where it is: there is nothing to gain."""
WORTH = 0.8
"""The card must take less than this fraction of the time."""
AGAIN = 50
"""After so many pieces what the card had no memory for is tried again."""
Kind = tuple[str, int]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class _Piece:
    """What was decoded on the processor, and in how many seconds."""

    kind: Kind
    run: Trained
    z: Array
    y: Array | None
    rough: bool
    seconds: float


class Card:
    """The card that works for the window, where there is one.

    Parameters
    ----------
    device : str
    """

    def __init__(self, device: str = "cuda") -> None:
        self._device = device
        self._twins: weakref.WeakKeyDictionary[LatentModel, LatentModel] = weakref.WeakKeyDictionary()
        self._chosen: dict[Kind, bool] = {}
        self._full: dict[Kind, int] = {}
        self._streams: dict[int, torch.cuda.Stream] = {}
        self._untried: _Piece | None = None
        self._lock = threading.Lock()

    def decode(self, run: Trained, z: Array, y: Array | None, rough: bool) -> Array:
        """Images (B, H, W, C) of codes (B, D), as `Trained.decode` gives them unclamped, by the quicker of both."""
        if not self._may_take(run):
            return _decoded(run, z, y, rough)
        kind = _kind("decode", run), len(z).bit_length()
        if self._chosen.get(kind):
            try:
                return self._there(run, z, y, rough)
            except RuntimeError:  # no memory left there, say
                self._give_up(kind)
        begin = time.perf_counter()
        images = _decoded(run, z, y, rough)
        seconds = time.perf_counter() - begin
        self._wait_for_room(kind)
        if seconds >= WORTH_S and kind not in self._chosen:
            self._untried = _Piece(kind, run, z, y, rough, seconds)
        return images

    @property
    def has_untried(self) -> bool:
        """Whether there is something to try when nobody waits."""
        return self._untried is not None

    def try_out(self) -> Iterator[bool | None]:
        """Find out, in steps, whether the last piece that was not tried is decoded quicker on the card."""
        piece, self._untried = self._untried, None
        if piece is None or piece.kind in self._chosen:
            return
        try:
            self._twin(piece.run.model)
            yield None
            # The first call loads libraries and chooses algorithms.
            self._there(piece.run, piece.z, piece.y, piece.rough)
            yield None
            seconds = self._seconds_there(piece.run, piece.z, piece.y, piece.rough)
            self._chosen[piece.kind] = seconds < WORTH * piece.seconds
        except RuntimeError:
            self._give_up(piece.kind)
        yield True

    def at_best(self, run: Trained, what: str, piece: Callable[[Trained], object], work: Callable[[Trained], T]) -> T:
        """Long work with a run, on the card where a piece of it takes less time there.

        Parameters
        ----------
        what : str
            The same for work of the same kind: it is found out once for models built alike.
        piece, work : callable (run)
            Both go the same way; `work` begins again on the processor where the card has no memory for it.
        """
        if not self._may_take(run) or not self._takes(run, (_kind(what, run), 0), piece):
            return work(run)
        try:
            with self._beside():
                return work(self._on_card(run))
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self._give_up((_kind(what, run), 0))
            return work(run)

    def _takes(self, run: Trained, kind: Kind, piece: Callable[[Trained], object]) -> bool:
        self._wait_for_room(kind)
        if kind not in self._chosen:
            here = _seconds(piece, run)
            try:
                with self._beside():
                    there = self._on_card(run)
                    piece(there)
                    self._chosen[kind] = self._seconds_of(piece, there) < WORTH * here
            except RuntimeError:
                self._give_up(kind)
        return self._chosen[kind]

    def _give_up(self, kind: Kind) -> None:
        """The card has no room for it now: it is tried again after some more pieces."""
        self._chosen[kind], self._full[kind] = False, AGAIN

    def _wait_for_room(self, kind: Kind) -> None:
        if kind in self._full:
            self._full[kind] -= 1
            if self._full[kind] <= 0:
                del self._full[kind]
                del self._chosen[kind]

    def _may_take(self, run: Trained) -> bool:
        if "torch" not in sys.modules:
            return False
        import torch

        there = self._device != "cuda" or torch.cuda.is_available()
        return there and run.config.training.device != "cpu"

    def _seconds_there(self, run: Trained, z: Array, y: Array | None, rough: bool) -> float:
        return _seconds(lambda there: self._there(there, z, y, rough), run)

    def _seconds_of(self, piece: Callable[[Trained], object], there: Trained) -> float:
        return _seconds(piece, there)

    def _there(self, run: Trained, z: Array, y: Array | None, rough: bool) -> Array:
        with self._ahead():
            # What comes back is waited for by its copy to the processor.
            return _decoded(self._on_card(run), z, y, rough)

    def _on_card(self, run: Trained) -> Trained:
        return replace(run, model=self._twin(run.model))

    def _twin(self, model: LatentModel) -> LatentModel:
        import copy

        import torch

        with self._lock:
            twin = self._twins.get(model)
            if twin is None:
                twin = copy.deepcopy(model).to_device(torch.device(self._device))
                if self._device == "cuda":
                    # It was sent on one stream, and is used on another as well.
                    torch.cuda.current_stream().synchronize()
                self._twins[model] = twin
            return twin

    def _ahead(self) -> AbstractContextManager[object]:
        return self._on_stream(-1)

    def _beside(self) -> AbstractContextManager[object]:
        """For long work, which goes before nothing."""
        return self._on_stream(0)

    def _on_stream(self, priority: int) -> AbstractContextManager[object]:
        if self._device != "cuda":
            return nullcontext()
        import torch

        with self._lock:
            if priority not in self._streams:
                self._streams[priority] = torch.cuda.Stream(priority=priority)  # type: ignore[no-untyped-call]
        return torch.cuda.stream(self._streams[priority])


def _kind(what: str, run: Trained) -> str:
    return f"{what} {run.config.model.model_dump_json()} {run.info.image_shape}"


def _seconds(work: Callable[[Trained], object], run: Trained) -> float:
    begin = time.perf_counter()
    work(run)
    return time.perf_counter() - begin


def _decoded(run: Trained, z: Array, y: Array | None, rough: bool) -> Array:
    return run.decode(z, y, rough=rough, clamped=False, paced=False)


card = Card()
"""The one that decodes for the window."""
