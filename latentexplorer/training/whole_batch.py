"""Numbers of a whole batch where several processes each hold a share of it, through which gradients flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def whole_batch(rows: Tensor, count: int, group: dist.ProcessGroup | None) -> Callable[[Tensor], Tensor]:
    """What makes numbers (b, ...) of a process's images those of all images of the batch (B, ...), its own first.

    All processes call it together, and go through its gradients together.

    Parameters
    ----------
    rows : Tensor (b,), int64
        Positions of the process's images in the batch.
    count : int
        B.
    """
    mine = torch.zeros(count, dtype=torch.bool)
    mine[rows] = True
    order = torch.cat([rows, (~mine).nonzero()[:, 0]])

    def whole(own: Tensor) -> Tensor:
        nonlocal order
        order = order.to(own.device, non_blocking=True)
        found: Tensor = _Whole.apply(own, order, len(rows), group)
        return found

    return whole


class _Whole(torch.autograd.Function):
    """Each process puts its rows where the others have zeros, and all of that is added up; gradients likewise."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, order: Tensor, mine: int, group: dist.ProcessGroup | None) -> Tensor:
        ctx.save_for_backward(order)
        ctx.mine, ctx.group = mine, group
        whole = own.new_zeros(len(order), *own.shape[1:])
        whole[order[:mine]] = own
        dist.all_reduce(whole, group=group)
        return whole[order]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (order,) = ctx.saved_tensors
        whole = torch.zeros_like(gradient)
        whole[order] = gradient
        dist.all_reduce(whole, group=ctx.group)
        return whole[order[: ctx.mine]], None, None, None
