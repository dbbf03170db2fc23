"""A trained decoder as an ONNX file, which programs without torch can run."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from latentexplorer.core.errors import MissingExtraError
from latentexplorer.core.paths import replacing
from latentexplorer.models.base import LatentModel

OPSET = 18


def export_decoder(model: LatentModel, path: Path) -> None:
    """Write the decoder to `path`.

    The file takes `z` (B, D), float32, and for conditional models `y` (B,), int64; it gives `x_hat` (B, C, H, W'),
    float32, [0, 1]. B is free.

    Raises
    ------
    MissingExtraError
        If the packages `onnx` and `onnxscript` are not installed.
    """
    if not all(importlib.util.find_spec(name) for name in ("onnx", "onnxscript")):
        raise MissingExtraError(
            "ONNX export needs two more packages", "Install them: pip install 'latentexplorer[onnx]'"
        )
    device = next(model.parameters(), torch.empty(0)).device
    codes = torch.zeros(2, model.code_dim, device=device)
    inputs: tuple[Tensor, ...] = (codes,)
    names = ["z"]
    if model.kind.conditional:
        inputs = (codes, torch.zeros(2, dtype=torch.int64, device=device))
        names.append("y")
    batch = torch.export.Dim("B", min=1)
    # The exporter narrates on stdout and through warnings about its own internals; neither is for the person.
    quiet = logging.getLogger("onnxscript")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), replacing(path) as temporary:
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Decoder(model).eval(),
                inputs,
                str(temporary),
                input_names=names,
                output_names=["x_hat"],
                dynamic_shapes=tuple({0: batch} for _ in inputs),
                opset_version=OPSET,
                external_data=False,
                dynamo=True,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)


class _Decoder(nn.Module):
    """`decode` as a `forward`, which is what the exporter follows."""

    def __init__(self, model: LatentModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.model.decode(z, y)
