"""From settings to a model: sizes checked before any memory is taken, every number drawn from one seed."""

from __future__ import annotations

import torch
from torch import Tensor

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models.base import LatentModel
from latentexplorer.models.layers import ImageShape, initialise

MAX_BYTES = 2 * 1024**3
"""Memory that a model's own numbers may take (training takes about four times as much)."""


def build_model(
    config: ModelConfig,
    image_shape: ImageShape,
    num_classes: int,
    num_images: int,
    labels: Tensor | None = None,
    seed: int = 0,
    start: Tensor | None = None,
    *,
    initial: bool = True,
) -> LatentModel:
    """A model with random weights and codes; the same seed gives the same ones, and no global generator is touched.

    Parameters
    ----------
    config : ModelConfig
    image_shape : (C, H, W)
    num_classes : int
        0 where images carry no labels.
    num_images : int
        Training images: the size of an auto-decoder's codebook. 0 for an auto-decoder that is only decoded with.
    labels : Tensor (num_images,), int64, or None
        For `code_init` "per-class".
    seed : int
    start : Tensor (num_images, k), or None
        For `code_init` "pca": where codes start, of variance 1 (`latentexplorer.models.families.pca.principal_codes`).
    initial : bool
        False leaves all numbers zero, for weights that are read from a file next.

    Returns
    -------
    LatentModel
        In training mode, float32, on the CPU.

    Raises
    ------
    SettingsError
        If the settings do not go with the images, or the model would take more than `MAX_BYTES`.
    """
    family = FAMILIES.load(config.family)
    if config.kind.conditional and num_classes < 1:
        raise SettingsError(
            f"Family {config.family!r} is told the class of each image, and these images carry no labels",
            "Take a family without 'c' in front, or images with labels",
        )
    with torch.device("meta"):
        model: LatentModel = family(config, image_shape, num_classes, num_images)
    _check_size(model)
    # As `to_empty`, whose way through a tensor without numbers loads torch's compiler.
    model._apply(lambda tensor: torch.zeros(tensor.shape, dtype=tensor.dtype))  # type: ignore[no-untyped-call]
    if initial:
        generator = torch.Generator().manual_seed(seed)
        initialise(model, generator)
        model.start_codes(generator, labels, start)
    return model


def _check_size(model: LatentModel) -> None:
    sizes = {name: tensor.numel() * tensor.element_size() for name, tensor in model.state_dict().items()}
    total = sum(sizes.values())
    if total > MAX_BYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        raise SettingsError(
            f"This model would take {total / 1024**3:.1f} GiB, {sizes[largest] / 1024**3:.1f} of them for {largest!r}; "
            f"the limit is {MAX_BYTES / 1024**3:.0f} GiB",
            "Take smaller images (data.size), fewer of them, a smaller latent_dim or another architecture",
        )
