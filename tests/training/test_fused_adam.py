"""The optimiser of a training on the processor is torch's fused AdamW to the last bit."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from latentexplorer.training.fused_adam import FusedAdamW
from latentexplorer.training.optimisers import network_optimiser, set_lr


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 3), nn.Linear(3, 2))


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("kind", [float, torch.tensor])
def test_steps_and_state_are_torchs_to_the_last_bit(decay: float, kind: type) -> None:
    mine, theirs = network(), network()
    ours = network_optimiser(list(mine.parameters()), kind(0.01), decay, fused=True)
    reference = torch.optim.AdamW(theirs.parameters(), lr=kind(0.01), weight_decay=decay, fused=True)
    assert isinstance(ours, FusedAdamW)
    generator = torch.Generator().manual_seed(1)
    for step in range(8):
        x = torch.randn(6, 7, generator=generator)
        for model, optimiser in ((mine, ours), (theirs, reference)):
            optimiser.zero_grad(set_to_none=True)
            # In one step the last layer is not used: its parameters have no gradient then.
            out = model[:3](x) if step == 4 else model(x)
            out.square().sum().backward()
            set_lr(optimiser, 0.01 / (step + 1))
            optimiser.step()
        if step == 5:
            # As a resumed run begins: with what another one remembers.
            again = FusedAdamW(mine.parameters(), lr=kind(0.01), weight_decay=decay, fused=True)
            again.load_state_dict(copy.deepcopy(ours.state_dict()))
            ours = again
    for one, other in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)
        for name in ("step", "exp_avg", "exp_avg_sq"):
            assert torch.equal(ours.state[one][name], reference.state[other][name])
