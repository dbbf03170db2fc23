"""Work that launches the same kernels each time: captured once as a CUDA graph on a card, and replayed.

A training step is a few hundred launches of microseconds each, and on a card the interpreter that makes them sets the
pace. A graph makes them all at once. What is to be captured must

* read everything that changes from tensors that stay where they are (`DeviceNumber` for a number), whose shapes stay;
* ask the host for nothing: no `item`, no copy from or to it, no shape that depends on values;
* draw from the generators that it names only, and step optimisers that are `capturable`;
* keep no tensor with a gradient behind it from one call to the next.

Work that breaks a rule, or finds no memory for its graph, runs as it is, and `reason` says why.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
Recorder = Callable[
    [Callable[[], T], Sequence[torch.Generator], "torch.cuda.Stream | None"], tuple[T, Callable[[], None]]
]
"""Takes down what work launches: gives what the work answers, in the place where each replay puts it, and the replay.
The first replay comes before anything is read."""

WARM_UP = 3
"""Calls that run as they are before one is captured: they choose algorithms, and make what an optimiser remembers."""
NO_CARD = "not on a CUDA device"
_ONE_AT_A_TIME = threading.Lock()
_FAILED: list[torch.cuda.CUDAGraph] = []
"""Captures that torch did not end: memory of the host goes on asking whether it belongs to one of them."""


def can_capture(device: torch.device) -> bool:
    """Whether work on this device can be captured at all."""
    return device.type in RECORDERS


class Captured(Generic[T]):
    """Work that is captured after a few calls, where the device can do that.

    Calls are made from one thread. What one answers is overwritten by the next.

    Parameters
    ----------
    work : callable
        Without arguments; answers with tensors, or something made of them.
    device : torch.device
        Where it computes.
    generators : sequence of torch.Generator
        All that it draws from.
    refused : str
        Why it is not to be captured; empty where it may be.

    Attributes
    ----------
    reason : str
        Why it runs as it is; empty where it is captured, or will be.
    was_captured : bool
        Whether it has been, since it was made.
    """

    def __init__(
        self,
        work: Callable[[], T],
        device: torch.device,
        generators: Sequence[torch.Generator] = (),
        *,
        refused: str = "",
    ) -> None:
        self.work, self.device, self.generators = work, device, generators
        self.was_captured = False
        self.reason = refused or ("" if can_capture(device) else NO_CARD)
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda" and not self.reason:
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
            # Said of the steps before the one that is captured.
            warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")
        self.forget()

    @property
    def replays(self) -> bool:
        """Whether the next call is a replay."""
        return self._recorded is not None

    def forget(self) -> None:
        """Capture anew after some more calls: what was captured holds numbers that are others now."""
        self._recorded: tuple[T, Callable[[], None]] | None = None
        self._calls = 0

    def __call__(self) -> T:
        """Do the work."""
        if self.reason:
            return self.work()
        if self._recorded is None and self._calls < WARM_UP:
            self._calls += 1
            return self._aside()
        if self._recorded is None:
            self._record()
        if self._recorded is None:
            return self.work()
        answer, replay = self._recorded
        replay()
        return answer

    def _aside(self) -> T:
        """As it is, on the stream that it will be captured on: what is left behind there belongs to no other."""
        if self._stream is None:
            return self.work()
        self._stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self._stream):
            answer = self.work()
        torch.cuda.current_stream(self.device).wait_stream(self._stream)
        return answer

    def _record(self) -> None:
        before = [generator.get_state() for generator in self.generators]
        try:
            self._recorded = RECORDERS[self.device.type](self.work, self.generators, self._stream)
            self.was_captured = True
        except (RuntimeError, MemoryError) as error:
            if isinstance(error.__context__, (KeyboardInterrupt, SystemExit)):
                raise error.__context__ from None
            self.reason = f"capturing it failed: {_first_words(error)}"
            for generator, state in zip(self.generators, before, strict=True):
                _restored(generator, state)


class DeviceNumber:
    """A number that captured work reads and the host sets: no call waits for it.

    Attributes
    ----------
    tensor : Tensor (), float32
        What the work reads.
    """

    def __init__(self, value: float, device: torch.device) -> None:
        self.value = float(value)
        self.tensor = torch.full((), self.value, device=device)

    def set(self, value: float) -> None:
        """From the next call on it is this."""
        if value != self.value:
            self.value = float(value)
            self.tensor.fill_(self.value)


class InFlight:
    """Keeps the host from running far ahead of a card: what is asked for next is then never behind a long queue.

    Parameters
    ----------
    device : torch.device
    every : int
        Pieces of work between two marks. At most twice as many are under way.
    """

    def __init__(self, device: torch.device, every: int = 4) -> None:
        self._on_card, self._device, self._every = device.type == "cuda", device, every
        self._count = 0
        self._marks: deque[torch.cuda.Event] = deque()

    def one_more(self) -> None:
        """Count a piece of work that was just launched; wait where too many are under way."""
        if not self._on_card:
            return
        self._count += 1
        if self._count % self._every:
            return
        mark = torch.cuda.Event()  # type: ignore[no-untyped-call]
        mark.record(torch.cuda.current_stream(self._device))
        self._marks.append(mark)
        if len(self._marks) > 1:
            self._marks.popleft().synchronize()


def _cuda_graph(
    work: Callable[[], T], generators: Sequence[torch.Generator], stream: torch.cuda.Stream | None
) -> tuple[T, Callable[[], None]]:
    """Captured as a CUDA graph, which computes nothing yet."""
    # Said by versions that find the generators themselves.
    warnings.filterwarnings("ignore", ".*register_generator_state")
    graph = torch.cuda.CUDAGraph()
    # Memory of its own, by a name that is known even where the capture fails.
    pool = torch.cuda.graph_pool_handle()
    # A capture that fails does not leave its stream by itself. Other threads go on working meanwhile: what they do is
    # no part of it and no error.
    with _ONE_AT_A_TIME, torch.cuda.stream(torch.cuda.current_stream(stream.device if stream else None)):
        for generator in generators:
            graph.register_generator_state(generator)
        try:
            with torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"):
                answer = work()
        except BaseException:
            _end_failed(graph, pool)
            raise
    return answer, graph.replay


def _end_failed(graph: torch.cuda.CUDAGraph, pool: Any) -> None:
    """End what a capture that failed has begun.

    Where the end of a capture fails, as it does after any broken rule, torch before 2.14 goes on taking memory for it:
    from then on the process could capture nothing and give no memory back (`captures_underway.empty()`).
    """
    with contextlib.suppress(RuntimeError):
        graph.reset()
    try:
        torch._C._cuda_endAllocateToPool(torch.cuda.current_device(), pool)
    except RuntimeError:
        # It was ended, as newer versions do, or never begun.
        return
    torch._C._cuda_releasePool(torch.cuda.current_device(), pool)
    _FAILED.append(graph)


def give_memory_back() -> None:
    """Give memory of cards that nobody uses back to them; never beside a capture, which that would break."""
    with _ONE_AT_A_TIME:
        torch.cuda.empty_cache()


def _first_words(error: BaseException) -> str:
    """What was wrong first: the end of a capture that a rule was broken in says no more than that something was."""
    first = error.__context__ or error
    return (str(first).splitlines() or [type(first).__name__])[0]


def _restored(generator: torch.Generator, state: Tensor) -> None:
    """Put a generator back where it was before a capture that failed, which left it waiting for its end."""
    if generator.device.type == "cuda":
        generator.graphsafe_set_state(torch.Generator(generator.device).graphsafe_get_state())
    generator.set_state(state)


RECORDERS: dict[str, Recorder[Any]] = {"cuda": _cuda_graph}
"""What captures on which kind of device."""
