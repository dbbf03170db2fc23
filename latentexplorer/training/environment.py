"""Where and with what a run was trained: what somebody needs who wants to repeat it."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from latentexplorer.core.config import RunConfig
from latentexplorer.data import DataSplit
from latentexplorer.models import LatentModel
from latentexplorer.models.likelihoods import measured_sigma
from latentexplorer.runs import RunFolder
from latentexplorer.training.numerics import Computed, Numerics

PACKAGES = ("latentexplorer", "torch", "torchvision", "numpy", "scipy", "scikit-learn", "safetensors", "pydantic")


def describe(
    config: RunConfig,
    data: DataSplit,
    numerics: Numerics,
    processes: int = 1,
    model: LatentModel | None = None,
    *,
    computed: Computed | None = None,
) -> dict[str, Any]:
    """The content of `environment.json`; `processes` trained together, with steps that were `computed` so.

    Of the model it holds how large it is, and the pixel sigma where that was measured.
    """
    return {
        "packages": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpu_count": os.cpu_count(),
        "processes": processes,
        "device": torch.cuda.get_device_name() if numerics.device == "cuda" else "cpu",
        "numerics": numerics.as_json(),
        "computed": asdict(computed) if computed is not None else {},
        "seed": config.training.seed,
        "model": _size(model) if model is not None else {},
        "data": {
            "name": data.name,
            "fingerprint": data.fingerprint,
            "train": len(data.train),
            "test": len(data.test),
            "image_shape": data.image_shape,
            "notes": data.notes,
            "whites": data.whites,
        },
    }


def log_data(folder: RunFolder, data: DataSplit) -> None:
    """Write down in the run's log what reading the images changed and every file that it left out."""
    for note in data.notes:
        folder.log(f"data: {note}")
    for name in data.left_out:
        folder.log(f"left out: {name}")


def _size(model: LatentModel) -> dict[str, Any]:
    return {
        "weights": sum(parameter.numel() for parameter in model.network_parameters()),
        "measured_sigma": measured_sigma(model),
    }


@cache
def _version(name: str) -> str | None:
    """Asked for twice a training, and each time all that a package says of itself would be read."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
