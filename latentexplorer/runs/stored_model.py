"""A run's model and codes, built again from its files without its images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import RunError, SettingsError
from latentexplorer.models import Codes, LatentModel, build_model, encode_images
from latentexplorer.runs.folder import RunFolder
from latentexplorer.runs.model_file import (
    CODEBOOK,
    CODES,
    TRAIN_LABELS,
    ModelInfo,
    codebook_of,
    load_tensors,
    load_weights,
    read_codes,
)
from latentexplorer.runs.tensor_file import TensorFile

MODEL_FILE = "model.safetensors"
CHECKPOINT_FILE = "checkpoint/state.safetensors"


def newest_state(folder: RunFolder) -> TensorFile:
    """The file with the last state of a run: the finished model, or a newer checkpoint of a run that was killed.

    Raises
    ------
    RunError
        If there is neither, or both are damaged.
    """
    found: list[tuple[int, TensorFile]] = []
    trouble: RunError | None = None
    for name in (MODEL_FILE, CHECKPOINT_FILE):
        if not folder.file(name).exists():
            continue
        try:
            file = TensorFile(folder.file(name))
            found.append((ModelInfo.of(file).step, file))
        except RunError as error:
            trouble = error
    if found:
        return max(found, key=lambda item: item[0])[1]
    raise trouble or RunError(f"{folder.name} holds no trained model yet", "Train it first")


def read_model(config: ModelConfig, info: ModelInfo, file: TensorFile) -> tuple[LatentModel, dict[str, Codes]]:
    """The model of a file, frozen, and its codes by part; an auto-decoder's codebook holds those of "train".

    Raises
    ------
    RunError
        If the file is damaged or belongs to another model.
    """
    if config.kind.conditional and not info.class_names:
        raise file.damaged(f"family {config.family!r} needs classes and it names none")
    model = _build(config, info, file)
    load_weights(model, file)
    codes = read_codes(file, info, model.code_dim)
    if file.names(CODEBOOK):
        load_tensors(codebook_of(model), file, CODEBOOK)
        codes["train"] = _codes_in_codebook(model, _labels(file, info))
    else:
        fill_codebook(model, codes)
    freeze(model)
    return model, codes


def _build(config: ModelConfig, info: ModelInfo, file: TensorFile) -> LatentModel:
    """The model a file belongs to, all numbers zero.

    Memory is taken for as many codes as the file really has, whatever number it names.
    """
    books = [file.shapes[CODEBOOK + name] for name in file.names(CODEBOOK)]
    if books and (config.kind.encoder or any(shape[:1] != (info.num_train,) for shape in books)):
        raise file.damaged("its codebook does not fit the model or the images")
    stored = file.shapes.get(f"{CODES}train/loc", (0,))[:1]
    count = info.num_train if books or config.kind.encoder else (stored or (0,))[0]
    try:
        return build_model(config, info.image_shape, len(info.class_names), count, initial=False)
    except SettingsError as error:
        raise file.damaged(f"no model can be built from it: {error.what}") from None


def _codes_in_codebook(model: LatentModel, labels: npt.NDArray[np.int64] | None) -> Codes:
    """The codes of all training images of an auto-decoder."""
    count = len(next(iter(codebook_of(model).values())))
    images = np.zeros((count, 0, 0, 1), np.uint8)
    return encode_images(model, images, labels, index=np.arange(count, dtype=np.int64), batch_size=10_000)


def _labels(file: TensorFile, info: ModelInfo) -> npt.NDArray[np.int64] | None:
    """Classes of all training images, as a checkpoint keeps them."""
    if TRAIN_LABELS not in file.shapes:
        return None
    if file.shapes[TRAIN_LABELS] != (info.num_train,) or file.dtypes[TRAIN_LABELS] != torch.int64:
        raise file.damaged("its classes do not fit the images")
    labels: npt.NDArray[np.int64] = file.read([TRAIN_LABELS])[TRAIN_LABELS].numpy()
    if labels.min() < 0 or labels.max() >= len(info.class_names):
        raise file.damaged("it has classes that do not exist")
    return labels


def fill_codebook(model: LatentModel, codes: dict[str, Codes]) -> None:
    """Put stored codes into an auto-decoder's codebook, row by row."""
    if model.kind.encoder or "train" not in codes:
        return
    loc, scale = codes["train"].loc, codes["train"].scale
    if (scale is not None) != model.kind.variational:
        raise RunError("The stored codes are not those of this model", "Restore the run from a copy")
    rows = torch.arange(len(loc))
    model.set_codes(rows, torch.from_numpy(loc), None if scale is None else torch.from_numpy(scale))


def freeze(model: LatentModel) -> None:
    """Make a model one that is only looked at: evaluation mode, no gradients, pixels in the order of pictures."""
    model.eval()
    model.requires_grad_(False)
    # Convolutions take three quarters of the time this way.
    model.to(memory_format=torch.channels_last)
