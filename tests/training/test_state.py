"""A state with numbers that are none."""

from __future__ import annotations

import math

import pytest
import torch

from latentexplorer.training.distributed import ALONE
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.state import TrainingState

from .helpers import digits, small


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
