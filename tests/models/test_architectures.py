"""The layers of each reference system, exactly, and sizes that follow the image."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models import build_model
from latentexplorer.models.layers import conv_size, transposed_size

FASHION = (1, 28, 28)
MNIST = (1, 32, 32)
COLOUR = (3, 32, 32)


def written(module: nn.Module) -> str:
    """A network in the notation of the reference systems; `b` behind a convolution that has biases."""
    words = []
    for part in module.modules():
        if isinstance(part, nn.Linear):
            words.append(f"Lin({part.in_features},{part.out_features})" + ("" if part.bias is not None else "-"))
        elif isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            name = "CT" if isinstance(part, nn.ConvTranspose2d) else "C"
            numbers = [part.in_channels, part.out_channels, part.kernel_size[0], part.stride[0], part.padding[0]]
            extra = f",op{part.output_padding[0]}" if any(part.output_padding) else ""
            bias = "b" if part.bias is not None else ""
            words.append(f"{name}({','.join(map(str, numbers))}{extra}){bias}")
        elif isinstance(part, nn.BatchNorm2d):
            words.append("BN")
        elif isinstance(part, nn.ReLU):
            words.append("ReLU")
        elif type(part).__name__ == "Sigmoid":
            words.append("sigmoid")
    return " ".join(words)


def model(family: str, shape: tuple[int, int, int], classes: int = 0, **settings: Any) -> Any:
    return build_model(ModelConfig(family=family, **settings), shape, classes, 10)


ENDS = "CT(256,128,4,2,1) BN ReLU CT(128,64,4,2,1) BN ReLU CT(64,1,3,1,1) sigmoid"

REFERENCE_DECODERS = {
    "ad-128": (
        {"family": "ad", "shape": FASHION, "latent_dim": 128, "architecture": "dcgan"},
        f"CT(128,256,7,1,0) BN ReLU {ENDS}",
        1_605_632 + 512 + 524_288 + 256 + 131_072 + 128 + 576,
    ),
    "vad-60": (
        {"family": "vad", "shape": FASHION, "latent_dim": 60, "architecture": "linear-dcgan"},
        f"Lin(60,12544) ReLU {ENDS}",
        765_184 + 524_288 + 256 + 131_072 + 128 + 576,
    ),
    "ad-100": (
        {"family": "ad", "shape": FASHION, "latent_dim": 100, "architecture": "dcgan-linear"},
        "CT(100,128,7,1,0)b BN ReLU CT(128,64,4,2,1)b BN ReLU CT(64,1,4,2,1)b sigmoid Lin(784,784)",
        627_328 + 256 + 131_136 + 128 + 1_025 + 615_440,
    ),
    "vae-cifar10": (
        {"family": "vae", "shape": COLOUR, "latent_dim": 20, "hidden": (400,)},
        "Lin(20,400) ReLU Lin(400,3072) sigmoid",
        8_400 + 1_231_872,
    ),
    "conv-vae-cifar10": (
        {"family": "conv-vae", "shape": COLOUR, "latent_dim": 128, "architecture": "dcgan"},
        "Lin(128,2048) ReLU CT(128,64,4,2,1)b ReLU CT(64,32,4,2,1)b ReLU CT(32,3,4,2,1)b sigmoid",
        264_192 + 131_136 + 32_800 + 1_539,
    ),
    "linear-ae-2": ({"family": "linear-ae", "shape": MNIST, "latent_dim": 2}, "Lin(2,1024)", 3_072),
    "ae-3": (
        {"family": "ae", "shape": MNIST, "latent_dim": 3},
        "Lin(3,32) ReLU Lin(32,64) ReLU Lin(64,128) ReLU Lin(128,1024) sigmoid",
        128 + 2_112 + 8_320 + 132_096,
    ),
    "conv-ae-2": (
        {"family": "conv-ae", "shape": MNIST, "latent_dim": 2},
        "CT(2,16,3,2,1,op1)b BN ReLU CT(16,8,3,2,1,op1)b BN ReLU CT(8,1,3,2,1,op1)b sigmoid",
        304 + 32 + 1_160 + 16 + 73,
    ),
    "conv-vae-4": (
        {"family": "conv-vae", "shape": MNIST, "latent_dim": 4},
        "Lin(4,64) CT(4,16,3,2,1,op1)b BN ReLU CT(16,8,3,2,1,op1)b BN ReLU CT(8,1,3,2,1,op1)b sigmoid",
        320 + 592 + 32 + 1_160 + 16 + 73,
    ),
    "cvae-2": (
        {"family": "cvae", "shape": MNIST, "latent_dim": 2, "classes": 10},
        "Lin(12,32) ReLU Lin(32,64) ReLU Lin(64,128) ReLU Lin(128,1024) sigmoid",
        416 + 2_112 + 8_320 + 132_096,
    ),
    "conv-cvae-2": (
        {"family": "conv-cvae", "shape": MNIST, "latent_dim": 2, "classes": 10},
        "Lin(12,32) CT(2,16,3,2,1,op1)b BN ReLU CT(16,8,3,2,1,op1)b BN ReLU CT(8,1,3,2,1,op1)b sigmoid",
        416 + 304 + 32 + 1_160 + 16 + 73,
    ),
}

# Mean and log-variance are one layer of twice the width.
CONV_AE = "C(1,8,3,2,1) BN ReLU C(8,16,3,2,1) BN ReLU"
REFERENCE_ENCODERS = {
    "vae-cifar10": (
        {"family": "vae", "shape": COLOUR, "latent_dim": 20, "hidden": (400,)},
        "Lin(3072,400) ReLU Lin(400,40)",
    ),
    "conv-vae-cifar10": (
        {"family": "conv-vae", "shape": COLOUR, "latent_dim": 128, "architecture": "dcgan"},
        "C(3,16,4,2,1)b ReLU C(16,32,4,2,1)b ReLU C(32,128,4,2,1)b ReLU Lin(2048,256)",
    ),
    "linear-ae-2": ({"family": "linear-ae", "shape": MNIST, "latent_dim": 2}, "Lin(1024,2)"),
    "ae-3": (
        {"family": "ae", "shape": MNIST, "latent_dim": 3},
        "Lin(1024,128) ReLU Lin(128,64) ReLU Lin(64,32) ReLU Lin(32,3)",
    ),
    "conv-ae-2": ({"family": "conv-ae", "shape": MNIST, "latent_dim": 2}, f"{CONV_AE} C(16,2,3,2,1)b"),
    "vae-3": (
        {"family": "vae", "shape": MNIST, "latent_dim": 3},
        "Lin(1024,128) ReLU Lin(128,64) ReLU Lin(64,32) Lin(32,6)",
    ),
    "conv-vae-3": ({"family": "conv-vae", "shape": MNIST, "latent_dim": 3}, f"{CONV_AE} C(16,3,3,2,1)b Lin(48,6)"),
    "cvae-2": (
        {"family": "cvae", "shape": MNIST, "latent_dim": 2, "classes": 10},
        "Lin(1034,128) ReLU Lin(128,64) ReLU Lin(64,32) Lin(32,4)",
    ),
    "conv-cvae-2": (
        {"family": "conv-cvae", "shape": MNIST, "latent_dim": 2, "classes": 10},
        f"Lin(1034,1024) {CONV_AE} C(16,2,3,2,1)b Lin(32,4)",
    ),
}


@pytest.mark.parametrize("row", REFERENCE_DECODERS)
def test_reference_decoder(row: str) -> None:
    settings, layers, parameters = REFERENCE_DECODERS[row]
    decoder = model(**settings).decoder
    assert written(decoder) == layers
    assert sum(p.numel() for p in decoder.parameters()) == parameters


@pytest.mark.parametrize("row", REFERENCE_ENCODERS)
def test_reference_encoder(row: str) -> None:
    settings, layers = REFERENCE_ENCODERS[row]
    assert written(model(**settings).encoder) == layers


def test_reference_separation() -> None:
    built = model("separation-ae", COLOUR, likelihood="laplace")
    assert written(built.encoder) == ("C(3,32,4,2,1)b C(32,64,4,1,1)b C(64,64,4,1,1)b C(64,64,4,2,1)b C(64,128,6,1,0)b")
    for decoder in built.decoders:
        assert written(decoder) == (
            "CT(128,64,2,1,0)b CT(64,64,4,2,1,op1)b CT(64,64,4,1,0)b CT(64,32,4,1,0)b CT(32,3,4,2,1,op1)b"
        )
    assert [decoder.dropout_after for decoder in built.decoders] == [2, 3]
    sides, h = [], torch.zeros(1, 3, 32, 32)
    for layer in built.encoder:
        h = layer(h)
        if isinstance(layer, nn.Conv2d):
            sides.append(h.shape[-1])
    assert sides == [16, 15, 14, 7, 2]
    assert built.code_dim == 512
    first = built.decoders[0].layers
    h, up = torch.zeros(1, 128, 2, 2), []
    for layer in first:
        h = layer(h)
        up.append(h.shape[-1])
    assert up[-1] == 27


def test_the_code_of_a_strided_auto_encoder_is_a_map() -> None:
    assert [model("conv-ae", MNIST, latent_dim=d).code_dim for d in (2, 3, 4)] == [32, 48, 64]
    assert model("conv-ae", MNIST, latent_dim=3, architecture="dcgan").code_dim == 3


@pytest.mark.parametrize("size", [1, 4, 7])
@pytest.mark.parametrize("kernel, stride, padding, extra", [(4, 2, 1, 0), (3, 2, 1, 1), (7, 1, 0, 0), (3, 1, 1, 0)])
def test_output_sizes_are_those_of_torch(size: int, kernel: int, stride: int, padding: int, extra: int) -> None:
    up = nn.ConvTranspose2d(1, 1, kernel, stride, padding, output_padding=extra)(torch.zeros(1, 1, size, size))
    assert up.shape[-1] == transposed_size(size, kernel, stride, padding, extra)
    down = nn.Conv2d(1, 1, kernel, stride, padding)(torch.zeros(1, 1, size + 8, size + 8))
    assert down.shape[-1] == conv_size(size + 8, kernel, stride, padding)


def test_a_linear_end_is_linear_but_for_bernoulli() -> None:
    for family, settings in (("linear-ae", {}), ("ad", {"architecture": "dcgan-linear"})):
        plain = model(family, FASHION, **settings).decoder
        squashed = model(family, FASHION, likelihood="bernoulli", **settings).decoder
        assert [type(layer).__name__ for layer in plain][-2] == "Linear"
        assert [type(layer).__name__ for layer in squashed][-2] == "Sigmoid"


def test_settings_of_layers_are_followed() -> None:
    assert written(model("vae", FASHION, hidden=(50, 20)).encoder) == "Lin(784,50) ReLU Lin(50,20) Lin(20,4)"
    decoder = model("ad", FASHION, channels=(8, 24)).decoder
    assert written(decoder).startswith("CT(2,24,14,1,0) BN ReLU CT(24,8,4,2,1) BN ReLU CT(8,1,3,1,1)")
    assert written(model("conv-vae", MNIST, channels=(4,)).encoder).startswith("C(1,4,3,2,1) BN ReLU C(4,2,3,2,1)b")


@pytest.mark.parametrize("family", ["ad", "conv-ae", "conv-vae"])
def test_more_halvings_than_pixels_are_refused(family: str) -> None:
    with pytest.raises(SettingsError, match="halvings"):
        model(family, (1, 8, 8), channels=(8,) * 6)


def test_images_too_small_to_be_taken_apart_are_refused() -> None:
    with pytest.raises(SettingsError, match="8 x 8"):
        model("separation-ae", (1, 4, 4), likelihood="laplace")


@pytest.mark.parametrize("size, base, stages", [(28, 7, 2), (8, 2, 2), (32, 8, 2), (64, 8, 3), (128, 8, 4)])
def test_an_auto_decoder_follows_the_size(size: int, base: int, stages: int) -> None:
    decoder = model("ad", (3, size, size)).decoder
    layers = [layer for layer in decoder.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert layers[0].kernel_size == (base, base)
    # Of large images the last doubling gives the pixels.
    assert len(layers) == stages + (1 if size > 32 else 2)
    assert math.isclose(base * 2**stages, size)
