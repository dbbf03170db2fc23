"""The Adam of codes, and RMSprop, against torch's own."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from latentexplorer.training.optimisers import CodeAdam, network_optimiser, set_lr


def _sparse_step(weight: nn.Parameter, rows: torch.Tensor, target: torch.Tensor) -> None:
    weight.grad = None
    (F.embedding(rows, weight, sparse=True) - target[rows]).square().sum().backward()


def test_with_every_row_in_every_batch_codes_follow_adam() -> None:
    generator = torch.Generator().manual_seed(0)
    start, target = torch.randn(6, 4, generator=generator), torch.randn(6, 4, generator=generator)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    code_adam, adam = CodeAdam([ours], lr=0.05), torch.optim.Adam([theirs], lr=0.05)
    for _ in range(50):
        _sparse_step(ours, torch.randperm(6, generator=generator), target)
        code_adam.step()
        adam.zero_grad()
        (theirs - target).square().sum().backward()
        adam.step()
    torch.testing.assert_close(ours.detach(), theirs.detach(), rtol=1e-4, atol=1e-5)


def test_a_row_met_late_steps_like_one_met_first_and_others_stand_still() -> None:
    weight, target = nn.Parameter(torch.zeros(3, 2)), torch.ones(3, 2)
    optimiser = CodeAdam([weight], lr=0.1)
    for _ in range(10):
        _sparse_step(weight, torch.tensor([0]), target)
        optimiser.step()
    before = weight.detach().clone()
    _sparse_step(weight, torch.tensor([1]), target)
    optimiser.step()
    torch.testing.assert_close(weight.detach()[1], torch.full((2,), 0.1))
    assert torch.equal(weight.detach()[[0, 2]], before[[0, 2]])


@pytest.mark.parametrize("fused", [False, True])
def test_rmsprop_is_torchs_own_once_the_first_steps_are_over(fused: bool) -> None:
    """Nothing is corrected for bias there: its first steps are longer."""
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 5)) for _ in range(2))
    optimisers = (network_optimiser([ours], 1e-3, 0.0, fused, "rmsprop"), torch.optim.RMSprop([theirs], 1e-3))
    generator = torch.Generator().manual_seed(0)
    for step in range(1500):
        gradient = torch.randn(5, generator=generator)
        before = ours.detach().clone(), theirs.detach().clone()
        for parameter, optimiser in zip((ours, theirs), optimisers, strict=True):
            assert optimiser is not None
            parameter.grad = gradient.clone()
            optimiser.step()
        if step > 1400:
            assert torch.allclose(ours - before[0], theirs - before[1], rtol=1e-3, atol=1e-7)


def test_a_learning_rate_on_the_device_moves_codes_as_one_of_the_host_does() -> None:
    generator, rate = torch.Generator().manual_seed(1), torch.tensor(0.05)
    start, target = torch.randn(6, 4, generator=generator), torch.randn(6, 4, generator=generator)
    host, device = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    on_host, on_device = CodeAdam([host], lr=0.05), CodeAdam([device], lr=rate)
    for number in range(20):
        rows = torch.randperm(6, generator=generator)[:4]
        if number == 10:
            set_lr(on_host, 0.2)
            set_lr(on_device, 0.2)
        for weight, optimiser in ((host, on_host), (device, on_device)):
            _sparse_step(weight, rows, target)
            optimiser.step()
    assert float(rate) == pytest.approx(0.2)
    torch.testing.assert_close(device.detach(), host.detach(), rtol=1e-5, atol=1e-6)
