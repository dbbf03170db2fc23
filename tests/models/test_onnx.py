"""Exported decoders of every family, run by another program: any number of codes, the same images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.models import decode_images
from latentexplorer.models.onnx import export_decoder
from tests.conftest import quick_family
from tests.models.test_registry import built

CLASSES = 3
SIZES = {"model.hidden": "[12, 10]", "model.channels": "[4, 6]"}


def run(path: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """In onnxruntime where it is installed, else in ONNX's own reference."""
    try:
        from onnxruntime import InferenceSession
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        (images,) = ReferenceEvaluator(str(path)).run(None, inputs)
    else:
        (images,) = InferenceSession(str(path)).run(None, inputs)
    return np.asarray(images)


DECODERS = {
    (kind.architectures[0], kind.encoder, kind.conditional, kind.separates, kind.gradient): kind.name
    for kind in reversed(tuple(FAMILIES))
}
"""The first family of each kind of decoder: others differ in what they encode by, or in the terms of their losses."""


@pytest.mark.parametrize("family", sorted(DECODERS.values()))
def test_an_exported_decoder_takes_any_number_of_codes(tmp_path: Path, family: str) -> None:
    kind = FAMILIES[family]
    used = [f"{key}={value}" for key, value in SIZES.items() if key.removeprefix("model.") in kind.settings]
    config = RunConfig().updated([*quick_family(family), "model.latent_dim=2", *used]).model
    model = built(config, (8, 8, 1)).eval()
    path = tmp_path / "decoder.onnx"
    export_decoder(model, path)

    graph = onnx.load(path).graph
    axes = {value.name: value.type.tensor_type.shape.dim[0] for value in (*graph.input, *graph.output)}
    assert set(axes) == {"z", "x_hat"} | ({"y"} if kind.conditional else set())
    assert all(axis.dim_param and not axis.dim_value for axis in axes.values())
    draws = np.random.default_rng(0)
    # It is traced with two, and one is a special case.
    for count in (1, 3):
        z = draws.standard_normal((count, model.code_dim)).astype(np.float32)
        y = draws.integers(0, CLASSES, count) if kind.conditional else None
        images = run(path, {"z": z} if y is None else {"z": z, "y": y})
        expected = decode_images(model, z, y)
        assert images.shape == (count, *model.decoded_shape)
        np.testing.assert_allclose(np.moveaxis(images, 1, -1), expected, atol=1e-5)
