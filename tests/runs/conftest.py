"""A trained run on embedded digits, made once; each test gets a copy to spoil."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.runs import RunFolder
from latentexplorer.training import train


def config_of(family: str) -> RunConfig:
    """A model that is trained in a moment."""
    hidden = {"architecture": "mlp", "hidden": [16]} if family == "vad" else {}
    return RunConfig.parse(
        {
            "data": {"name": "digits", "limit": 60, "test_per_class": 3},
            "model": {"family": family, "latent_dim": 3, **hidden},
            "training": {"epochs": 2, "numerics": "exact", "snapshots": 2},
        }
    )


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads only get in each other's way on models as small as these."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def trained_runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    paths = {}
    for family in ("vad", "cvae"):
        config = config_of(family)
        folder = RunFolder.create(tmp_path_factory.mktemp("trained") / family, config)
        train(folder, load_data(config.data))
        paths[family] = folder.path
    return paths


@pytest.fixture(params=["vad", "cvae"])
def run(request: pytest.FixtureRequest, trained_runs: dict[str, Path], tmp_path: Path) -> RunFolder:
    """A copy of a trained run."""
    path = tmp_path / request.param
    shutil.copytree(trained_runs[request.param], path)
    return RunFolder.open(path)


@pytest.fixture
def vad(trained_runs: dict[str, Path], tmp_path: Path) -> RunFolder:
    """A copy of the trained variational auto-decoder."""
    shutil.copytree(trained_runs["vad"], tmp_path / "vad")
    return RunFolder.open(tmp_path / "vad")
