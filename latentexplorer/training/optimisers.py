"""What moves the networks, and an Adam for codes that touches only the codes of the batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from latentexplorer.models.torch_optimisers import AdamW, Plain
from latentexplorer.training.fused_adam import FusedAdamW
from latentexplorer.training.muon import Muon


class CodeAdam(Plain):
    """Adam (Kingma and Ba 2015, algorithm 1) on the rows of a codebook, each row with a step count of its own.

    A row moves only when its image is in the batch, so a step costs by the batch and not by the number of images. A
    dense Adam would go on moving a code after its image has passed. Unlike `torch.optim.SparseAdam`, which corrects
    the bias of the moments by the steps of the whole codebook, a row that is met for the first time late in an epoch
    takes the same step as one that is met first. Where every row is in every batch, both are Adam.

    Parameters
    ----------
    parameters : list of Parameter (N, width)
        With sparse gradients whose rows are distinct: an image is in a batch once.
    lr : float or Tensor ()
        A tensor on the device is read there, at every step.
    """

    def __init__(
        self, parameters: list[nn.Parameter], lr: float | Tensor, beta1: float = 0.9, beta2: float = 0.999
    ) -> None:
        super().__init__(parameters, {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": 1e-8})
        for parameter in parameters:
            self.state[parameter] = {
                "rows_step": torch.zeros(len(parameter), 1, device=parameter.device),
                "exp_avg": torch.zeros_like(parameter, requires_grad=False),
                "exp_avg_sq": torch.zeros_like(parameter, requires_grad=False),
            }

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step for the rows that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    gradient = parameter.grad
                    # Not coalesced: rows are distinct, and sorting them would wait for the device.
                    self._move(parameter, gradient._indices()[0], gradient._values(), group)

    def _move(self, parameter: Tensor, rows: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state, beta1, beta2 = self.state[parameter], group["beta1"], group["beta2"]
        steps = state["rows_step"][rows] + 1
        mean = state["exp_avg"][rows].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"][rows].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        state["rows_step"][rows], state["exp_avg"][rows], state["exp_avg_sq"][rows] = steps, mean, square
        denominator = (square / (1 - beta2**steps)).sqrt_().add_(group["eps"])
        step, lr = mean / (1 - beta1**steps) / denominator, group["lr"]
        if isinstance(lr, Tensor):
            # As a factor of its own, whose product is rounded once more than that of `alpha`.
            parameter.index_add_(0, rows, step.mul_(-lr))
        else:
            parameter.index_add_(0, rows, step, alpha=-lr)


def network_optimiser(
    parameters: list[nn.Parameter], lr: float | Tensor, weight_decay: float, fused: bool, kind: str = "adam"
) -> torch.optim.Optimizer | None:
    """AdamW (Loshchilov and Hutter 2019), which without weight decay is Adam, or another kind; None for no parameters.

    Parameters
    ----------
    lr : float or Tensor ()
        A tensor on the device is read there, at every step: nothing is then asked of the host.
    kind : "adam", "rmsprop" or "muon"
        RMSprop (Tieleman and Hinton 2012) is Adam without its memory of gradients; here the bias of the first steps is
        corrected, too. Muon (Jordan et al. 2024): see there.
    fused : bool
        One kernel for the whole step; quicker, and rounded differently. Muon has none.
    """
    if not parameters:
        return None
    if kind == "muon":
        return Muon(parameters, lr, weight_decay)
    betas = {"adam": (0.9, 0.999), "rmsprop": (0.0, 0.99)}[kind]
    if fused and parameters[0].device.type == "cpu":
        return FusedAdamW(parameters, lr=lr, betas=betas, weight_decay=weight_decay, fused=True)
    capturable = isinstance(lr, Tensor) and lr.device.type == "cuda"
    if capturable:
        # Said of every step that runs as it is, of which there may be some.
        warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")
    return AdamW(parameters, lr=lr, betas=betas, weight_decay=weight_decay, fused=fused, capturable=capturable)


def begin(optimiser: torch.optim.Optimizer | None) -> None:
    """Give a networks' optimiser what it remembers, to be filled in: torch's own make it only at their first step."""
    for group in optimiser.param_groups if optimiser and not isinstance(optimiser, Muon) else ():
        for parameter in group["params"]:
            on_device = group["fused"] or group["capturable"]
            optimiser.state[parameter] = {  # type: ignore[union-attr]
                "step": torch.zeros((), device=parameter.device if on_device else "cpu"),
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }


def set_lr(optimiser: torch.optim.Optimizer | None, lr: float) -> None:
    """Give all of an optimiser's parameters this learning rate."""
    for group in optimiser.param_groups if optimiser else ():
        if not isinstance(group["lr"], Tensor):
            group["lr"] = lr
        elif group.get("lr_set") != lr:
            group["lr"].fill_(lr)
            group["lr_set"] = lr
