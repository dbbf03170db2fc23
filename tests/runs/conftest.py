"""A trained run on embedded digits, made once; each test gets a copy to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.runs import RunFolder
from tests.conftest import Train, quick_family


def config_of(family: str) -> RunConfig:
    """A model that is trained in a moment."""
    small = ("data.limit=60", "data.test_per_class=3", "model.latent_dim=3", "model.hidden=[16]")
    return RunConfig().updated(
        [*quick_family(family), *small, "training.epochs=2", "training.numerics=exact", "training.snapshots=2"]
    )


@pytest.fixture(scope="session")
def trained_runs(train_once: Train) -> dict[str, Path]:
    return {family: train_once(config_of(family)).path for family in ("vad", "cvae")}


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
