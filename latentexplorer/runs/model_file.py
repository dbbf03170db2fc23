"""What a file of weights and codes holds: facts about the model, and codes as named tensors. Checked on the way in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from latentexplorer.core.errors import RunError
from latentexplorer.models import Codes, LatentModel
from latentexplorer.runs.tensor_file import TensorFile

WEIGHTS = "weights/"
CODEBOOK = "codebook/"
CODES = "codes/"
TRAIN_LABELS = "train_labels"
KL_PER_DIM = "kl_per_dim"
PARTS = ("train", "test")
FITTED = "fitted"
"""Held-out images whose codes were fitted at the end, kept like the codes of a part."""

Side = Annotated[int, Field(ge=1, le=4096)]


class ModelInfo(BaseModel):
    """What must be known to build a run's model again without its data.

    Attributes
    ----------
    epoch, step : int
        How far it was trained.
    image_shape : (C, H, W)
    class_names : tuple of str
        Empty where images carry no labels.
    num_train, num_test : int
        Images in both parts of the data.
    fingerprint : str
        Tells whether a data set is the one it was trained on.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=False)

    schema_version: Literal[1] = 1
    epoch: int = Field(ge=0, le=10**9)
    step: int = Field(ge=0, le=10**15)
    image_shape: tuple[Annotated[int, Field(ge=1, le=4)], Side, Side]
    class_names: tuple[Annotated[str, Field(max_length=1000)], ...] = Field((), max_length=100_000, fail_fast=True)
    num_train: int = Field(ge=1, le=10**9)
    num_test: int = Field(ge=0, le=10**9)
    fingerprint: str = Field("", max_length=200)

    @classmethod
    def of(cls, file: TensorFile) -> ModelInfo:
        """The facts in a file.

        Raises
        ------
        RunError
            If they are missing or out of range.
        """
        try:
            return cls.model_validate(file.info)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise file.damaged(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None

    def size(self, part: str) -> int:
        """Images in a part of the data."""
        return self.num_train if part == "train" else self.num_test


def codebook_of(model: LatentModel) -> dict[str, Tensor]:
    """An auto-decoder's codebook as it is trained, by name; empty for models with an encoder; not copied."""
    weights = model.network_state()
    return {name: tensor for name, tensor in model.state_dict().items() if name not in weights}


def load_weights(model: LatentModel, file: TensorFile, prefix: str = WEIGHTS) -> None:
    """Fill a model's weights from a file.

    Raises
    ------
    RunError
        If a tensor is missing, unknown, of another shape or type, or not finite.
    """
    load_tensors(model.network_state(), file, prefix)


def load_tensors(into: Mapping[str, Tensor], file: TensorFile, prefix: str) -> None:
    """Copy tensors from a file into tensors of the same names, shapes and types."""
    there = set(file.names(prefix))
    for name in sorted(there ^ set(into)):
        state = "an unknown" if name in there else "no"
        raise file.damaged(f"it has {state} tensor {prefix + name[:80]!r}")
    for name, tensor in into.items():
        if file.shapes[prefix + name] != tuple(tensor.shape) or file.dtypes[prefix + name] != tensor.dtype:
            raise file.damaged(
                f"tensor {prefix + name!r} is {file.shapes[prefix + name]}, expected {tuple(tensor.shape)}"
            )
    with torch.no_grad():
        for name in into:
            # One after another: a table of codes may be large.
            tensor = file.read([name], prefix)[name]
            if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
                raise file.damaged(f"tensor {prefix + name!r} holds numbers that are not finite")
            into[name].copy_(tensor)


def model_tensors(
    weights: Mapping[str, Tensor], codes: Mapping[str, Codes], kl_per_dim: npt.NDArray[np.float32] | None
) -> dict[str, Tensor]:
    """Everything a file of weights and codes holds, as named tensors."""
    tensors = {WEIGHTS + name: tensor for name, tensor in weights.items()} | codes_to_tensors(codes)
    if kl_per_dim is not None:
        tensors[KL_PER_DIM] = torch.from_numpy(np.require(kl_per_dim, np.float32, ["C", "W"]))
    return tensors


def read_kl_per_dim(file: TensorFile) -> npt.NDArray[np.float32] | None:
    """Mean KL of each dimension (nats) over the last training epoch, where the file has it."""
    if KL_PER_DIM not in file.shapes:
        return None
    if len(file.shapes[KL_PER_DIM]) != 1 or file.dtypes[KL_PER_DIM] != torch.float32:
        raise file.damaged(f"tensor {KL_PER_DIM!r} has no proper shape")
    values: npt.NDArray[np.float32] = file.read([KL_PER_DIM])[KL_PER_DIM].numpy()
    return values


def codes_to_tensors(codes: Mapping[str, Codes]) -> dict[str, Tensor]:
    """Codes of both parts as tensors to be written."""
    tensors = {}
    for part, of_part in codes.items():
        for name in ("loc", "scale", "index", "labels"):
            array = getattr(of_part, name)
            if array is not None:
                tensors[f"{CODES}{part}/{name}"] = torch.from_numpy(np.require(array, requirements=["C", "W"]))
    return tensors


def read_codes(file: TensorFile, info: ModelInfo, code_dim: int, parts: Iterable[str] = PARTS) -> dict[str, Codes]:
    """The codes in a file, by part; a part that was not stored is not there.

    Raises
    ------
    RunError
        If a shape, type or value cannot be right.
    """
    return {part: _read_part(file, info, code_dim, part) for part in parts if f"{CODES}{part}/loc" in file.shapes}


def _read_part(file: TensorFile, info: ModelInfo, code_dim: int, part: str) -> Codes:
    prefix = f"{CODES}{part}/"
    names = file.names(prefix)
    count = (file.shapes[prefix + "loc"] or (0,))[0]
    expected = {
        "loc": ((count, code_dim), torch.float32),
        "scale": ((count, code_dim), torch.float32),
        "index": ((count,), torch.int64),
        "labels": ((count,), torch.int64),
    }
    if not {"loc", "index"} <= set(names) <= set(expected) or count > info.size(part):
        raise file.damaged(f"the codes of the {part} images are incomplete or too many")
    for name in names:
        if (file.shapes[prefix + name], file.dtypes[prefix + name]) != expected[name]:
            raise file.damaged(f"tensor {prefix + name!r} is {file.shapes[prefix + name]}, not {expected[name][0]}")
    arrays = {name: tensor.numpy() for name, tensor in file.read(names, prefix).items()}
    codes = Codes(arrays["loc"], arrays.get("scale"), arrays["index"], arrays.get("labels"))
    _check_values(file.damaged, codes, info, part)
    return codes


def _check_values(damaged: Callable[[str], RunError], codes: Codes, info: ModelInfo, part: str) -> None:
    def wrong(what: str) -> RunError:
        return damaged(f"the codes of the {part} images {what}")

    if not np.isfinite(codes.loc).all():
        raise wrong("are not finite")
    if codes.scale is not None and not (np.isfinite(codes.scale).all() and (codes.scale >= 0).all()):
        raise wrong("have scales that are no standard deviations")
    if len(codes) and not (codes.index.min() >= 0 and codes.index.max() < info.size(part)):
        raise wrong("belong to images that do not exist")
    if (
        codes.labels is not None
        and len(codes)
        and not (codes.labels.min() >= 0 and codes.labels.max() < len(info.class_names))
    ):
        raise wrong("have classes that do not exist")
