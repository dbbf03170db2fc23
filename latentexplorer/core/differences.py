"""Which settings change something for a model and its images, and in which of them two runs differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from latentexplorer.core.catalog import FAMILIES, SOURCES
from latentexplorer.core.config import RunConfig

NOT_COMPARED = frozenset(
    {
        "data.root",
        "model.sizing",
        "training.device",
        "training.changes",
        "training.snapshots",
        "training.checkpoint_every",
    }
)
"""What says where and how a run is computed and kept, not what is learned."""


def is_used(key: str, values: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a setting changes anything for the family and the data of `values`, which are those of a `RunConfig`."""
    table, name = key.split(".")
    kind = FAMILIES[values["model"]["family"]]
    if table == "data":
        return name in SOURCES[values["data"]["name"]].settings
    if name == "log_codes" and values["model"]["prior"] != "exponential":
        return False
    if table == "model":
        return name in kind.settings
    if not kind.gradient:
        return name in ("seed", "device", "held_out")
    if name in ("milestones", "milestone_factor"):
        return bool(values["training"]["schedule"] == "steps")
    if kind.encoder:
        return name != "code_lr"
    return name not in ("flip", "shift")


def differences(config: RunConfig, other: RunConfig) -> dict[str, tuple[Any, Any]]:
    """The settings that change something in `config` and are others in `other`, each with both values, in order."""
    ours, theirs = config.model_dump(), other.model_dump()
    return {
        key: (value, theirs[table][name])
        for table in ("data", "model", "training")
        for name, value in ours[table].items()
        if (key := f"{table}.{name}") not in NOT_COMPARED and value != theirs[table][name] and is_used(key, ours)
    }
