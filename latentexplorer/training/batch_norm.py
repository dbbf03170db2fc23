"""Batch normalisation over the whole batch where several processes each hold a share of it.

On CUDA that is torch's own `SyncBatchNorm`, which refuses tensors of the CPU; there it is done here. Both keep the
names of the numbers they hold, so that a stored model does not tell how many processes trained it.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class SharedBatchNorm(nn.BatchNorm2d):
    """`nn.BatchNorm2d` (Ioffe and Szegedy 2015, algorithm 1) over the images of all processes.

    All of them must call it together while training; a share of no images is allowed. Outside training it is
    `nn.BatchNorm2d`.
    """

    group: dist.ProcessGroup | None

    @classmethod
    def of(cls, layer: nn.BatchNorm2d, group: dist.ProcessGroup | None) -> SharedBatchNorm:
        """The same layer with the same numbers, which it takes over and does not copy."""
        shared = cls(layer.num_features, layer.eps, layer.momentum)
        shared.group, shared.training = group, layer.training
        shared.weight, shared.bias = layer.weight, layer.bias
        shared.running_mean, shared.running_var = layer.running_mean, layer.running_var
        shared.num_batches_tracked = layer.num_batches_tracked
        return shared

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W), normalised by channel."""
        if not self.training:
            return super().forward(x)
        count, mean, variance = _moments(x.detach().float(), self.group)
        with torch.no_grad():
            momentum = self.momentum or 0.0
            unbiased = variance * (count / max(count - 1, 1))
            for running, now in ((self.running_mean, mean), (self.running_var, unbiased)):
                if running is not None:
                    running.lerp_(now.to(running), momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        inverse = (variance + self.eps).rsqrt().float()
        y: Tensor = _Normalise.apply(x.float(), self.weight, self.bias, mean.float(), inverse, count, self.group)
        return y.to(x.dtype)


def share_batch_norm(model: nn.Module, group: dist.ProcessGroup | None) -> None:
    """Replace all batch normalisation of a model on the CPU by `SharedBatchNorm`, in place."""
    for name, child in model.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(model, name, SharedBatchNorm.of(child, group))
        else:
            share_batch_norm(child, group)


def _moments(x: Tensor, group: dist.ProcessGroup | None) -> tuple[float, Tensor, Tensor]:
    """Numbers per channel, mean (C,) and variance (C,) over all processes, float64.

    Each process centres its own images, without which precision would be lost, and doubles are added up.
    """
    own = x.numel() // x.shape[1]
    mean = x.sum((0, 2, 3)) / max(own, 1)
    squares = (x - _wide(mean)).square_().sum((0, 2, 3)).double()
    mean = mean.double()
    sums = torch.cat([own * mean, squares + own * mean.square(), mean.new_tensor([own])])
    dist.all_reduce(sums, group=group)
    count = float(sums[-1])
    mean, square = (sums[:-1] / count).chunk(2)
    return count, mean, (square - mean.square()).clamp_min(0)


class _Normalise(torch.autograd.Function):
    """y = (x - mean) inverse weight + bias, where mean and inverse deviation depend on the x of all processes."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        inverse: Tensor,
        count: float,
        group: dist.ProcessGroup | None,
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, inverse)
        ctx.count, ctx.group = count, group
        scale = weight * inverse
        return torch.addcmul(_wide(bias - mean * scale), x, _wide(scale))

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, inverse = ctx.saved_tensors
        of_bias = dy.sum((0, 2, 3))
        of_weight = ((dy * x).sum((0, 2, 3)) - mean * of_bias) * inverse
        sums = torch.cat([of_bias, of_weight])
        dist.all_reduce(sums, group=ctx.group)
        all_bias, all_weight = (sums / ctx.count).chunk(2)
        # dx = scale (dy - mean of dy - x_hat mean of dy x_hat), gathered into a number per channel for each of x and 1.
        scale = weight * inverse
        by_x = -scale * inverse * all_weight
        constant = -scale * all_bias - by_x * mean
        dx = torch.addcmul(torch.addcmul(_wide(constant), x, _wide(by_x)), dy, _wide(scale))
        return dx, of_weight, of_bias, None, None, None, None


def _wide(channels: Tensor) -> Tensor:
    return channels[:, None, None]
