"""torch's optimisers without its compiler: the same to the last bit, and nothing of it is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from latentexplorer.models import torch_optimisers


@pytest.mark.parametrize("name", ["Adam", "AdamW", "LBFGS"])
def test_they_step_like_those_of_torch(name: str) -> None:
    found = []
    for library in (torch.optim, torch_optimisers):
        place = torch.nn.Parameter(torch.linspace(-2, 2, 7))
        optimiser = getattr(library, name)([place], lr=0.1)

        def cost(place: torch.nn.Parameter = place, optimiser: torch.optim.Optimizer = optimiser) -> torch.Tensor:
            optimiser.zero_grad()
            loss = (place.cos() + 0.1 * place**4).sum()
            loss.backward()
            return loss.detach()

        losses = [float(optimiser.step(cost)) for _ in range(5)]
        found.append((losses, place.detach().clone(), optimiser.state_dict()["state"]))
    assert found[0][0] == found[1][0] and found[0][0][-1] < found[0][0][0]
    assert torch.equal(found[0][1], found[1][1])
    assert str(found[0][2]) == str(found[1][2])


def test_neither_training_nor_differentiating_nor_measuring_loads_the_compiler(tmp_path: Path) -> None:
    changes = {"data.name": "digits", "data.limit": 60, "training.epochs": 1}
    code = (
        "import sys, latentexplorer as le\n"
        "from latentexplorer.latent.evaluation import evaluate\n"
        "from latentexplorer.latent.magnification import magnification\n"
        "for numerics in ('fast', 'exact'):\n"
        f"    run = le.train('vae-2', out=numerics, **{changes}, **{{'training.numerics': numerics}})\n"
        "magnification(run.trained.model, run.trained.codes['train'].loc[:4])\n"
        "evaluate(run.trained, quick=True)\n"
        "sys.exit(any(name in sys.modules for name in ('torch._dynamo', 'torch._inductor', 'sympy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
