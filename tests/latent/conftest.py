"""Small models, really trained on a few embedded digits, once a family."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from latentexplorer.core.config import RunConfig
from latentexplorer.runs import Trained
from tests.conftest import Train, quick_family

Make = Callable[..., Trained]
SETTINGS = (
    "data.train_per_class=12",
    "data.test_per_class=4",
    "model.latent_dim=3",
    "training.epochs=8",
    "training.lr=0.005",
    "training.code_lr=0.1",
    "training.batch_size=32",
    "training.numerics=exact",
    "training.device=cpu",
    "training.snapshots=0",
)


@pytest.fixture(scope="session")
def trained(train_once: Train) -> Make:
    """`trained("vae", "model.latent_dim=3", ...)`: a run on 120 + 40 digits, the same one for the same arguments."""

    def make(family: str, *changes: str) -> Trained:
        return train_once(RunConfig().updated([*quick_family(family), *SETTINGS, *changes]))

    return make
