"""Small runs on the embedded digits, and the ways in which tests look at them."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.data import DataSplit, load_data
from latentexplorer.runs import RunFolder
from tests.conftest import quick_family


def small(family: str = "vae", *changes: str) -> RunConfig:
    """96 digits in batches of 32, so three steps an epoch, three epochs, exact numerics, nothing written on the way."""
    config = RunConfig.parse(
        {
            "data": {"name": "digits", "limit": 96, "test_per_class": 7},
            "model": {"latent_dim": 3},
            "training": {"epochs": 3, "batch_size": 32, "numerics": "exact", "held_out": 70, "snapshots": 0},
        }
    )
    hidden = () if FAMILIES[family].encoder else ("model.hidden=[32]",)
    return config.updated([*quick_family(family), *hidden, *changes])


@cache
def _digits(data: str) -> DataSplit:
    return load_data(RunConfig.from_json(data).data)


def digits(config: RunConfig) -> DataSplit:
    """The images of a configuration, loaded once."""
    return _digits(RunConfig(data=config.data).to_json())


def delete(folder: Path) -> None:
    """Remove a run's folder, also while the thread of a checkpoint makes and removes a file in it."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def set_processor(monkeypatch: pytest.MonkeyPatch, **features: object) -> None:
    """Let PyTorch find a processor with these features only, such as `avx512_bf16=True`."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features, raising=False)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True, raising=False)


class StopAfterLooks(StopToken):
    """Asked to stop from the given look on: the loop looks once before an epoch and once after every step."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    @property
    def requested(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def tensors(folder: RunFolder, name: str = "model.safetensors") -> dict[str, torch.Tensor]:
    """All tensors of a file of the run."""
    return load_file(folder.path / name)


def rows(folder: RunFolder) -> list[dict[str, Any]]:
    """The history without times, NaN as None so that rows can be compared."""
    return [
        {name: None if value != value else value for name, value in row.items() if name != "seconds"}
        for row in folder.history
    ]


def assert_same_run(one: RunFolder, other: RunFolder) -> None:
    """Bit-equal weights, codes, history and table of dimensions."""
    ours, theirs = tensors(one), tensors(other)
    assert ours.keys() == theirs.keys()
    different = [name for name in ours if not torch.equal(ours[name], theirs[name])]
    assert different == []
    assert rows(one) == rows(other)
    table = "dimensions.csv"
    assert (one.path / table).read_bytes() == (other.path / table).read_bytes()


def new_run(path: Path, config: RunConfig) -> RunFolder:
    """A run that was not trained yet."""
    return RunFolder.create(path, config)
