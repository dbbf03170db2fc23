"""Schedules, batches, the Adam of codes against torch's own, and a state with numbers that are none."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from latentexplorer.training.batches import batch_bounds
from latentexplorer.training.devices import Numerics
from latentexplorer.training.distributed import ALONE
from latentexplorer.training.optimisers import CodeAdam
from latentexplorer.training.schedules import Schedule
from latentexplorer.training.state import TrainingState

from .helpers import digits, small


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


def test_learning_rate_warms_up_and_falls_along_a_cosine() -> None:
    schedule = Schedule("cosine", total=110, lr_warmup=10, kl_warmup=0)
    factors = [schedule.lr_factor(step) for step in range(110)]
    assert 0 < factors[0] < 0.1 and factors[:11] == sorted(factors[:11])
    assert factors[10] == 1.0
    assert factors[60] == pytest.approx(0.5)
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert 0 < factors[-1] < 0.001
    assert {Schedule("constant", 110, 0, 0).lr_factor(step) for step in range(200)} == {1.0}


def test_the_weight_of_the_kl_grows_to_one() -> None:
    schedule = Schedule("constant", total=100, lr_warmup=0, kl_warmup=20)
    assert schedule.beta_factor(0) == pytest.approx(1 / 20)
    assert schedule.beta_factor(9) == pytest.approx(0.5)
    assert (schedule.beta_factor(19), schedule.beta_factor(99)) == (1.0, 1.0)
    assert (schedule.kl_warm(19), schedule.kl_warm(20)) == (False, True)


@pytest.mark.parametrize(
    ("count", "size", "drop_last", "expected"),
    [
        (10, 4, False, [4, 4, 2]),
        (10, 4, True, [4, 4]),
        (9, 4, False, [4, 5]),
        (9, 4, True, [4, 4]),
        (3, 4, True, [3]),
        (3, 1, False, [1, 1, 1]),
        (1, 4, False, [1]),
    ],
)
def test_batches_cover_an_epoch_and_none_is_of_one_image(
    count: int, size: int, drop_last: bool, expected: list[int]
) -> None:
    bounds = batch_bounds(count, size, drop_last)
    assert [end - start for start, end in bounds] == expected
    assert bounds[0][0] == 0 and all(a[1] == b[0] for a, b in itertools.pairwise(bounds))


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["codebook.weight", "decoder"])
def test_one_weight_that_is_no_number_is_seen(lost: float, name: str) -> None:
    config = small("ad")
    state = TrainingState(config, digits(config), Numerics("exact", "cpu", 1), ALONE)
    assert state.finite()
    weight = next(tensor for key, tensor in state.model.named_parameters() if key.startswith(name))
    with torch.no_grad():
        weight.view(-1)[-1] = lost
    assert not state.finite()
