"""What goes to the device that trains and what does not; the rest of it where there is a CUDA device."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from latentexplorer.core.config import ModelConfig
from latentexplorer.models import build_model
from latentexplorer.models.families.autodecoder import Codebook
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import train
from latentexplorer.training.numerics import Computed, Numerics

from .helpers import digits, small


def test_codes_too_many_for_a_device_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build_model(ModelConfig(family="ad", latent_dim=3, architecture="mlp"), (1, 8, 8), 0, 20)
    weight = model.get_parameter("codebook.weight")
    monkeypatch.setattr(Codebook, "fits", lambda book, device: False)
    model.to_device(torch.device("meta"))
    assert model.get_parameter("codebook.weight") is weight and weight.device.type == "cpu"
    assert {parameter.device.type for parameter in model.network_parameters()} == {"meta"}
    assert [parameter.device.type for parameter in model.code_parameters()] == ["cpu"]


@pytest.mark.parametrize(
    ("numerics", "why_not", "words"),
    [
        (Numerics("fast", "cuda", 8, bf16=True, tf32=True), "", "CUDA, captured, bf16"),
        (Numerics("fast", "cuda", 8, tf32=True), "several processes", "CUDA, uncaptured, TF32"),
        (Numerics("exact", "cuda", 8), "exact", "CUDA, uncaptured, fp32, exact"),
        (Numerics("fast", "cpu", 2, bf16=True), "no card", "CPU, 2 threads, bf16"),
    ],
)
def test_how_a_training_computes_is_said_in_words(numerics: Numerics, why_not: str, words: str) -> None:
    computed = Computed.of(numerics, why_not)
    assert (computed.words, computed.captured, computed.why_not) == (words, not why_not, why_not)


@pytest.mark.gpu
@pytest.mark.parametrize("family", ["ad", "vad", "vae", "pca"])
def test_cuda_and_cpu_learn_the_same(tmp_path: Path, family: str) -> None:
    losses = []
    for device in ("cpu", "cuda"):
        config = small(family, f"training.device={device}")
        losses.append(train(RunFolder.create(tmp_path / device, config), digits(config)).history.rows[-1]["train_rmse"])
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


@pytest.mark.gpu
def test_codes_beside_the_device_learn_as_those_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Trained] = []
    for fits in (True, False):
        monkeypatch.setattr(Codebook, "fits", lambda book, device, fits=fits: fits)
        config = small("ad", "training.device=cuda")
        runs.append(train(RunFolder.create(tmp_path / str(fits), config), digits(config)))
    on, beside = runs
    assert on.history.rows[-1]["train_loss"] == pytest.approx(beside.history.rows[-1]["train_loss"], rel=1e-3)
