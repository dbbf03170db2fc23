"""States of a run on the way: what whoever looks at a training gets, and what is kept to look back at."""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import Tensor

from latentexplorer.core.errors import RunError
from latentexplorer.core.history import History
from latentexplorer.models import Codes
from latentexplorer.runs.dimension_history import DimensionHistory
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.model_file import ModelInfo, model_tensors
from latentexplorer.runs.tensor_file import TensorFile

SHOWN = 5000
"""Codes in a snapshot, at most, of each part of the data."""
MAX_KEPT_BYTES = 512 * 2**20
"""Disk that a run's snapshots take, at most; fewer are kept where a state is large."""

_NAME = re.compile(r"epoch-(\d{1,9})\.safetensors")


@dataclass(frozen=True)
class Snapshot:
    """A copy of what is being trained. Nothing in it is shared with the training.

    Attributes
    ----------
    epoch : int
        Whole epochs done.
    step : int
        Gradient steps done.
    weights : dict of str to Tensor
        Weights and buffers on the CPU, without an auto-decoder's codebook.
    codes : dict of str to Codes
        "train" and "test": at most `SHOWN` of each, evenly spread; `index` says which images they belong to.
    history : History
        Epochs so far.
    kl_per_dim : ndarray (D,) or None
        Mean KL of each dimension over the last epoch, nats; None where there is no posterior, or no epoch yet.
    info : ModelInfo
        What must be known to build the model.
    bf16 : bool
        Whether it is being trained with bfloat16 matrix products.
    dimensions : DimensionHistory
        What each dimension carried in epochs so far.
    """

    epoch: int
    step: int
    weights: dict[str, Tensor] = field(repr=False)
    codes: dict[str, Codes] = field(repr=False)
    history: History = field(repr=False)
    kl_per_dim: npt.NDArray[np.float32] | None = field(repr=False)
    info: ModelInfo = field(repr=False)
    bf16: bool = False
    dimensions: DimensionHistory = field(default_factory=DimensionHistory, repr=False)


def shown_index(count: int, most: int = SHOWN) -> npt.NDArray[np.int64]:
    """Positions of at most `most` of `count` images, evenly spread, in order."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def snapshot_file(epoch: int) -> str:
    """Where in its run the state after `epoch` is kept."""
    return f"snapshots/epoch-{epoch:06d}.safetensors"


def kept_snapshots(folder: RunFolder) -> list[int]:
    """Epochs whose state is kept, in order."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder.file("snapshots").iterdir():
            if match := _NAME.fullmatch(path.name):
                found.append(int(match[1]))
    return sorted(found)


def write_snapshot(folder: RunFolder, snapshot: Snapshot, stride: int) -> None:
    """Keep a state on disk, and drop those that no longer are kept: of every `stride` epochs one stays.

    A run that is trained for more epochs than first asked for keeps every second one, say, of those it had.
    """
    tensors = model_tensors(snapshot.weights, snapshot.codes, snapshot.kl_per_dim)
    folder.subfolder("snapshots")
    folder.write_tensors(snapshot_file(snapshot.epoch), tensors, snapshot.info.model_dump())
    for epoch in kept_snapshots(folder):
        if epoch % stride or epoch > snapshot.epoch:
            folder.remove(snapshot_file(epoch))


def snapshot_stride(epochs: int, keep: int, size_bytes: int) -> int:
    """Epochs between two kept states, so that `keep` are spread evenly over `epochs` and stay below `MAX_KEPT_BYTES`
    together; 0 where none are kept."""
    keep = min(keep, MAX_KEPT_BYTES // max(size_bytes, 1))
    return math.ceil(epochs / keep) if keep else 0


def open_snapshot(folder: RunFolder, epoch: int) -> TensorFile:
    """The file of a kept state.

    Raises
    ------
    RunError
        If that state was not kept, or its file is damaged.
    """
    path = folder.file(snapshot_file(epoch))
    if not path.is_file():
        kept = ", ".join(map(str, kept_snapshots(folder))) or "none"
        raise RunError(f"The state after epoch {epoch} was not kept", f"Choose one of these epochs: {kept}")
    return TensorFile(path)
