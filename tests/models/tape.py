"""What a CUDA graph does, on the CPU: the operations of one call are taken down and repeated without the interpreter.

Numbers of Python are those of the call that was taken down, tensors from outside are read and written where they are,
generators go on drawing, and what asks the host is refused: so work that forgets a rule gives other numbers here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from latentexplorer.models.captured import RECORDERS

T = TypeVar("T")
ASKS_THE_HOST = (
    "aten::_local_scalar_dense",
    "aten::bincount",
    "aten::equal",
    "aten::index_fill",
    "aten::index_fill_",
    "aten::lift_fresh",
    "aten::masked_select",
    "aten::nonzero",
    "aten::repeat_interleave",
    "aten::unique_dim",
)
"""`index_fill` reads the tensor that it fills with, as the gradient of `trace` does."""


class Tape(TorchDispatchMode):
    """Takes down the operations inside it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[Any, Any, Any, list[Any]]] = []
        self.fresh = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.name().partition(".")[0]
        if name in ASKS_THE_HOST:
            raise RuntimeError(f"{name}: operation not permitted while it is taken down")
        found = func(*args, **(kwargs or {}))
        if not name.startswith("profiler::"):
            self.lines.append((func, args, kwargs or {}, tree_leaves(found)))
        return found

    def replay(self, answer: object) -> None:
        """Do all of it again; `answer` (tensors in any structure) gets what it gives."""
        if self.fresh:
            # A graph computes nothing while it is captured; this did.
            self.fresh = False
            return
        now: dict[int, Tensor] = {}

        def current(value: object) -> object:
            return now.get(id(value), value)

        with torch.no_grad():
            for func, args, kwargs, found in self.lines:
                again = tree_leaves(func(*tree_map(current, args), **tree_map(current, kwargs)))
                now |= {id(old): new for old, new in zip(found, again, strict=True) if isinstance(old, Tensor)}
            for old in tree_leaves(answer):
                if isinstance(old, Tensor) and id(old) in now:
                    old.copy_(now[id(old)])


def taken_down(work: Callable[[], T], generators: Sequence[torch.Generator], stream: object) -> tuple[T, Any]:
    """A recorder for `latentexplorer.models.captured.RECORDERS`."""
    tape = Tape()
    try:
        with tape:
            answer = work()
    except RuntimeError:
        raise RuntimeError("operation failed due to a previous error while it is taken down")  # noqa: B904 - as a graph
    return answer, lambda: tape.replay(answer)


@contextmanager
def capturing_on_the_cpu() -> Iterator[None]:
    """Within it the CPU captures like a card."""
    RECORDERS["cpu"] = taken_down
    try:
        yield
    finally:
        del RECORDERS["cpu"]
