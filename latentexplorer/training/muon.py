"""Muon: momentum made orthogonal. All directions of a weight matrix move alike, rarely seen ones too."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from latentexplorer.models.torch_optimisers import Plain

MOMENTUM = 0.95
ROUNDS = 5
_QUINTIC = (3.4445, -4.7750, 2.0315)
"""a s + b s^3 + c s^5: repeated, it takes singular values of 0.003 to 1 between 0.68 and 1.13 (Jordan et al. 2024)."""
_LIKE_ADAM = 0.2
"""Root mean square of Adam's steps, in learning rates (Liu et al. 2025, section 2.2)."""
_EPS = 1e-7


class Muon(Plain):
    """Muon for weights (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"), Adam else.

    The momentum of a weight is taken as a matrix, of a kernel (out, in, H, W) as one of out x (in H W), and replaced by
    a nearly orthogonal one: singular vectors stay, singular values become about one. It is scaled as by Liu et al. 2025
    ("Muon is scalable for LLM training", section 2.2), so that its entries move about as far as with Adam at the same
    rate. Biases and all else of one dimension follow Adam (Kingma and Ba 2015). Weight decay is none of the gradient.

    Parameters
    ----------
    parameters : list of Parameter
    lr : float or Tensor ()
        A tensor on the device is read there, at every step.
    """

    def __init__(
        self,
        parameters: list[nn.Parameter],
        lr: float | Tensor,
        weight_decay: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay, "betas": betas, "eps": 1e-8})
        for parameter in parameters:
            first = torch.zeros_like(parameter, requires_grad=False, memory_format=torch.preserve_format)
            self.state[parameter] = {"exp_avg": first}
            if parameter.ndim < 2:
                step = torch.zeros((), device=parameter.device)
                self.state[parameter] |= {"step": step, "exp_avg_sq": torch.zeros_like(first)}

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step for the parameters that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if group["weight_decay"]:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                state = self.state[parameter]
                way = self._orthogonal(parameter, state) if parameter.ndim > 1 else self._adam(parameter, state, group)
                parameter.sub_(way.mul_(group["lr"]))

    def _orthogonal(self, parameter: Tensor, state: dict[str, Tensor]) -> Tensor:
        gradient = parameter.grad
        assert gradient is not None
        momentum = state["exp_avg"].lerp_(gradient, 1 - MOMENTUM)
        # One step ahead (Nesterov): where the momentum will be if this gradient comes again.
        matrix = orthogonalised(gradient.lerp(momentum, MOMENTUM).flatten(1))
        return matrix.mul_(_LIKE_ADAM * math.sqrt(max(matrix.shape))).view(parameter.shape)

    def _adam(self, parameter: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> Tensor:
        gradient, (beta1, beta2) = parameter.grad, group["betas"]
        assert gradient is not None
        step = state["step"].add_(1)
        mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        wide: Tensor = (square / (1 - beta2**step)).sqrt_().add_(group["eps"])
        return mean.div(1 - beta1**step).div_(wide)


def orthogonalised(matrix: Tensor) -> Tensor:
    """The matrix (m, n) with singular values of about one: Newton and Schulz's iteration, in fp32.

    Odd polynomials of a matrix X are X X' taken to some powers, times X. The smaller of X X' and X' X is all that is
    iterated, and X comes in at the end: a wide kernel is multiplied twice and not ten times.
    """
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix.float()
    x = x / (x.norm() + _EPS)
    a, b, c = _QUINTIC
    gram = x @ x.T if wide else x.T @ x
    factor: Tensor | None = None
    for left in reversed(range(ROUNDS)):
        square = gram @ gram
        ways = torch.diag(torch.full_like(gram[0], a)) + b * gram + c * square
        factor = ways if factor is None else ways @ factor
        if left:
            gram = ways @ gram @ ways
    assert factor is not None
    found: Tensor = factor @ x if wide else x @ factor
    return found.to(matrix.dtype)
