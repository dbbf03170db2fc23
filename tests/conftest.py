"""What all tests share: the real data sets, and a home of their own so that no test sees the person's runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
