"""Small models, really trained on a few embedded digits, once a family."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.data import load_data
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import train

Make = Callable[..., Trained]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`trained("vae", "model.latent_dim=3", ...)`: a run on 120 + 40 digits, the same one for the same arguments."""

    @cache
    def make(family: str, *changes: str) -> Trained:
        config = RunConfig.parse(
            {
                "data": {"name": "digits", "train_per_class": 12, "test_per_class": 4},
                "model": {
                    "family": family,
                    "latent_dim": 3,
                    "likelihood": FAMILIES[family].likelihoods[0],
                    "architecture": "" if FAMILIES[family].encoder else "mlp",
                },
                "training": {
                    "epochs": 8,
                    "lr": 0.005,
                    "batch_size": 32,
                    "numerics": "exact",
                    "device": "cpu",
                    "snapshots": 0,
                    "code_lr": 0.1,
                },
            }
        ).updated(changes)
        folder: Path = tmp_path_factory.mktemp(family) / "run"
        return train(RunFolder.create(folder, config), load_data(config.data))

    return make
