"""The Adam of codes, RMSprop and Muon against torch's own."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from latentexplorer.training.muon import orthogonalised
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


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (16, 16), (1, 9)])
def test_an_orthogonalised_matrix_keeps_its_singular_vectors_and_evens_out_their_values(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    matrix *= torch.logspace(0, -1, shape[1])
    left, values, right = torch.linalg.svd(orthogonalised(1000 * matrix), full_matrices=False)
    assert values.min() > 0.6
    assert values.max() < 1.25
    # The nearest orthogonal matrix has the same singular vectors: what is left of it between them is the identity.
    first, _, last = torch.linalg.svd(matrix, full_matrices=False)
    torch.testing.assert_close(left @ right, first @ last, rtol=0, atol=0.02)
    assert torch.equal(orthogonalised(torch.zeros(shape)), torch.zeros(shape))


def test_muon_moves_matrices_as_torchs_own_does_and_the_rest_as_adam_does() -> None:
    """torch's own computes in bfloat16, so that its steps are rounded to some thousandths."""
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(8, 20, generator=generator), torch.randn(8, generator=generator)
    ours, theirs = ([nn.Parameter(weight.clone()), nn.Parameter(bias.clone())] for _ in range(2))
    rate = torch.tensor(0.02)
    muon = network_optimiser(ours, rate, 0.1, False, "muon")
    theirs_of = [
        torch.optim.Muon([theirs[0]], lr=0.02, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([theirs[1]], lr=0.02, weight_decay=0.1),
    ]
    for number in range(30):
        if number == 15:
            for optimiser in (muon, *theirs_of):
                set_lr(optimiser, 0.005)
        for mine, other in zip(ours, theirs, strict=True):
            mine.grad = torch.randn(mine.shape, generator=generator)
            other.grad = mine.grad.clone()
        assert muon is not None
        for optimiser in (muon, *theirs_of):
            optimiser.step()
    torch.testing.assert_close(ours[1].detach(), theirs[1].detach(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours[0].detach(), theirs[0].detach(), rtol=0, atol=5e-3)
    assert (ours[0].detach() - weight).abs().mean() > 0.03


def test_muon_takes_a_kernel_as_the_matrix_of_its_outputs() -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(8, 3, 4, 4, generator=generator)
    kernel = nn.Parameter(start.clone().to(memory_format=torch.channels_last))
    matrix = nn.Parameter(start.clone().flatten(1))
    optimisers = [network_optimiser([parameter], 0.01, 0.0, False, "muon") for parameter in (kernel, matrix)]
    for _ in range(5):
        gradient = torch.randn(start.shape, generator=generator)
        for parameter, optimiser in zip((kernel, matrix), optimisers, strict=True):
            parameter.grad = gradient.reshape(parameter.shape).clone()
            assert optimiser is not None
            optimiser.step()
    torch.testing.assert_close(kernel.detach().flatten(1), matrix.detach())
