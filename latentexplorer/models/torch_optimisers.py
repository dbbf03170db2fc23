"""Adam, AdamW and L-BFGS of torch to the last bit, without torch's compiler.

What an optimiser of torch does first is to load the compiler, in order to tell it what never to compile: two seconds of
a processor and 150 MB in every process that trains, and nothing here is ever compiled.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

_STEP: Callable[..., Any] = inspect.unwrap(torch.optim.Adam.step)


class Adam(torch.optim.Adam):
    """Adam (Kingma and Ba 2015, algorithm 1)."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step."""
        return _STEP(self, closure)


class AdamW(torch.optim.AdamW):
    """Adam whose weight decay is none of the gradient (Loshchilov and Hutter 2019)."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step."""
        return _STEP(self, closure)


class LBFGS(torch.optim.LBFGS):
    """Limited-memory BFGS (Liu and Nocedal 1989)."""


def _leave_compiler_out() -> None:
    """Of each method that the compiler is to leave alone, say that it is so already."""
    for name in ("state_dict", "load_state_dict", "zero_grad", "add_param_group"):
        method = getattr(torch.optim.Optimizer, name)
        inner = inspect.unwrap(method)
        if inner is not method:
            # Where torch keeps what the compiler gave it for the method.
            inner.__dict__.setdefault("__dynamo_disable", inner)


_leave_compiler_out()
