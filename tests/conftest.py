"""What all tests share: the real data sets, and a home of their own so that no test sees the person's runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from latentexplorer.core.catalog import FAMILIES

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Folder of the published image sets: `LATENTEXPLORER_DATA`, else `shared/data` beside the project."""
    chosen = os.environ.get("LATENTEXPLORER_DATA")
    folder = Path(chosen) if chosen else ROOT.parent / "shared" / "data"
    if not (folder / "FashionMNIST").is_dir():
        pytest.skip(f"the published image sets are not at {folder}; set LATENTEXPLORER_DATA to their folder")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for runs, settings and cache."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LATENTEXPLORER_HOME", str(folder))
    return folder


SMALL: dict[str, tuple[str, ...]] = {
    family.name: (
        f"model.family={family.name}",
        "data.limit=60",
        "training.epochs=2",
        "training.batch_size=20" if family.encoder else "model.architecture=mlp",
    )
    for family in FAMILIES
}


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Trained]:
    """A run of a family, really trained on a few digits in `numerics = exact`; made once for the same changes.

    `small_run("vae", "model.latent_dim=3")` gives a `Trained`; its folder must not be written to.
    """
    from latentexplorer.core.config import RunConfig
    from latentexplorer.data import load_data
    from latentexplorer.runs import RunFolder
    from latentexplorer.training import train

    made: dict[tuple[str, ...], Trained] = {}
    common = ("training.device=cpu", "training.numerics=exact", "training.held_out=40", "data.test_fraction=0.5")

    def make(family: str, *changes: str) -> Trained:
        key = (family, *changes)
        if key not in made:
            config = RunConfig.parse({}).updated([*common, *SMALL[family], *changes])
            folder = RunFolder.create(tmp_path_factory.mktemp("runs") / family, config)
            made[key] = train(folder, load_data(config.data))
        return made[key]

    return make
