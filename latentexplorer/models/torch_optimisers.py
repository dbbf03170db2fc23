"""Adam, AdamW and L-BFGS of torch to the last bit, without torch's compiler.

What an optimiser of torch does first is to load the compiler, in order to tell it what never to compile: two seconds of
a processor and 150 MB in every process that trains, and nothing here is ever compiled. torch's own classes, which
another part of the process may want compiled, stay as they are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

_STEP: Callable[..., Any] = inspect.unwrap(torch.optim.Adam.step)


class Plain(torch.optim.Optimizer):
    """Base of optimisers whose methods are torch's own, without what the compiler is told of them."""

    add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    load_state_dict = inspect.unwrap(torch.optim.Optimizer.load_state_dict)
    state_dict = inspect.unwrap(torch.optim.Optimizer.state_dict)
    zero_grad = inspect.unwrap(torch.optim.Optimizer.zero_grad)


class Adam(Plain, torch.optim.Adam):
    """Adam (Kingma and Ba 2015, algorithm 1)."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step."""
        return _STEP(self, closure)


class AdamW(Plain, torch.optim.AdamW):
    """Adam whose weight decay is none of the gradient (Loshchilov and Hutter 2019)."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step."""
        return _STEP(self, closure)


class LBFGS(Plain, torch.optim.LBFGS):
    """Limited-memory BFGS (Liu and Nocedal 1989)."""
