"""Networks and objective of images above the size of the reference systems: a budget, a start as PCA, a fitting sigma.

Below, and in runs of the first versions, everything stays as it was.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig, RunConfig
from latentexplorer.core.events import Notice
from latentexplorer.data import DataSplit, ImageSet
from latentexplorer.models import Batch, LatentModel, build_model, decode_images, encode_images
from latentexplorer.models.budget import MOST_OPERATIONS, MOST_WEIGHTS, channels_at, thumbnail_shape
from latentexplorer.models.layers import ImageShape
from latentexplorer.models.likelihoods import measured_sigma
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.training import train
from latentexplorer.training.numerics import Numerics
from latentexplorer.training.state import TrainingState
from tests.models.test_architectures import written

FAMILY_NAMES = [family.name for family in FAMILIES if family.gradient]
SHAPES: list[ImageShape] = [
    (1, 33, 33), (1, 20, 40), (1, 64, 64), (3, 64, 64), (3, 90, 110), (1, 128, 128), (3, 30, 128), (3, 256, 256),
]  # fmt: skip
CLASSES = 3


def settings_of(family: str, **changes: Any) -> ModelConfig:
    likelihood = changes.pop("likelihood", FAMILIES[family].likelihoods[0])
    return ModelConfig(family=family, likelihood=likelihood, **{"latent_dim": 16, **changes})


def model_of(family: str, shape: ImageShape, **changes: Any) -> LatentModel:
    return build_model(settings_of(family, **changes), shape, CLASSES, 2)


def operations(model: LatentModel, shape: ImageShape, *, backward: bool) -> float:
    """Multiplications for one image, to its code and back."""
    x = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0))
    batch = Batch(x, torch.tensor([0, 1]), torch.tensor([0, 1]), x.flip(0))
    with FlopCounterMode(display=False) as counter:
        terms = model.loss(batch, torch.Generator().manual_seed(0))
    if backward:
        model.cost(terms, 1.0).sum().backward()  # type: ignore[no-untyped-call]
        assert all(p.grad is not None and p.grad.isfinite().all() for p in model.network_parameters())
    return counter.get_total_flops() / (2 * len(x))


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_default_networks_keep_to_the_budget_at_every_size_and_learn(family: str) -> None:
    for shape in SHAPES:
        model = model_of(family, shape)
        assert sum(p.numel() for p in model.network_parameters()) < MOST_WEIGHTS, shape
        assert operations(model, shape, backward=max(shape) <= 128) < MOST_OPERATIONS, shape


@pytest.mark.parametrize("architecture, likelihood", [("dcgan-linear", "bernoulli"), ("mlp", "laplace")])
def test_what_a_person_names_is_taken_beside_the_linear_path(architecture: str, likelihood: str) -> None:
    model = model_of("vad", (1, 48, 40), architecture=architecture, likelihood=likelihood, hidden=(7,), channels=(6, 5))
    layers = written(model.decoder)
    assert ("Lin(16,7)" in layers) == (architecture == "mlp")
    assert ("CT(5,6,4,2,1)b" in layers) == (architecture == "dcgan-linear")
    assert layers.count("sigmoid") == {"dcgan-linear": 2, "mlp": 0}[architecture]
    assert model.decode(torch.zeros(2, 16)).shape == (2, 1, 48, 40)


# -- runs of the first versions ---------------------------------------------------------------------------------------

FIRST_RULE = {
    "conv-vae": (
        "Lin(2,32) CT(2,32,3,2,1,op1)b BN ReLU CT(32,16,3,2,1,op1)b BN ReLU CT(16,8,3,2,1,op1)b BN ReLU "
        "CT(8,1,3,2,1,op1)b sigmoid"
    ),
    "ad": (
        "CT(2,512,8,1,0) BN ReLU CT(512,256,4,2,1) BN ReLU CT(256,128,4,2,1) BN ReLU CT(128,64,4,2,1) BN ReLU "
        "CT(64,1,3,1,1) sigmoid"
    ),
    "vae": "Lin(2,32) ReLU Lin(32,64) ReLU Lin(64,128) ReLU Lin(128,4096) sigmoid",
    "linear-ae": "Lin(2,4096)",
}


@pytest.mark.parametrize("family", FIRST_RULE)
def test_a_run_of_the_first_versions_has_the_networks_it_was_trained_with(family: str) -> None:
    written_then = json.loads(RunConfig.parse({"model": {"family": family, "sigma": 0.1}}).to_json())
    del written_then["model"]["sizing"]
    config = RunConfig.from_json(json.dumps(written_then))
    model: Any = build_model(config.model, (1, 64, 64), 0, 2)
    assert written(model.decoder) == FIRST_RULE[family]
    assert model.likelihood.log_sigma == math.log(0.1)
    assert config.updated(["training.epochs=3"]).model.sizing == RunConfig.from_json(config.to_json()).model.sizing == 1
    assert RunConfig.from_json(RunConfig().to_json()).model.sizing == 3


@pytest.mark.parametrize(
    "sizing, end", [(2, "CT(32,16,4,2,1) BN ReLU CT(16,8,4,2,1) BN ReLU CT(8,1,3,1,1)"), (3, "CT(16,1,4,2,1)")]
)
@pytest.mark.parametrize("architecture", ["dcgan", "linear-dcgan"])
def test_an_auto_decoder_ends_as_its_rule_says(architecture: str, sizing: int, end: str) -> None:
    model: Any = model_of("ad", (1, 64, 64), architecture=architecture, sizing=sizing)
    assert end in written(model.decoder)
    assert model.decode(torch.zeros(2, 16)).shape == (2, 1, 64, 64)


def test_an_auto_decoders_last_layer_does_not_cost_as_much_as_all_others() -> None:
    found = [operations(model_of("ad", (3, 256, 256), sizing=rule), (3, 256, 256), backward=False) for rule in (2, 3)]
    assert found[1] < 0.5 * found[0]


# -- the start as PCA -------------------------------------------------------------------------------------------------


@cache
def blobs(size: int) -> DataSplit:
    """Soft spots at random places: linear enough for PCA to find something, and not more."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:size, 0 : size - 4] / size
    places = rng.uniform(0.3, 0.7, (90, 2, 1, 1))
    spots = np.exp(-((y - places[:, 0]) ** 2 + (x - places[:, 1]) ** 2) / 0.03)
    images = np.rint(40 + 180 * spots).astype(np.uint8)[..., None]
    every = ImageSet(images, np.arange(90) % CLASSES, class_names=("a", "b", "c"), name="blobs")
    return DataSplit(every.take(slice(0, 70)), every.take(slice(70, 90)))


def started(family: str, size: int = 40, **changes: Any) -> LatentModel:
    training = {"numerics": "exact", "held_out": 0}
    model = settings_of(family, **{"latent_dim": 4, **changes})
    config = RunConfig.parse({"model": model.model_dump(), "training": training})
    numerics = Numerics(mode="exact", device="cpu", threads=1)
    return TrainingState(config, blobs(size), numerics).model


def error(model: LatentModel, size: int = 40) -> float:
    train = blobs(size).train
    codes = encode_images(model, train.images, train.labels, index=np.arange(len(train)))
    return float(np.sqrt(np.mean((decode_images(model, codes.loc, train.labels) - train.images / 255.0) ** 2)))


def left_by_pca(dims: int, size: int = 40) -> float:
    model: Any = build_model(ModelConfig(family="pca", latent_dim=dims), blobs(size).image_shape, 0, 70)
    model.fit(blobs(size).train.images)
    return error(model, size)


@pytest.mark.parametrize(
    "family, changes",
    [
        ("linear-ae", {}),
        ("ae", {}),
        ("vae", {}),
        ("vae", {"likelihood": "laplace", "prior": "laplace"}),
        ("conv-vae", {"architecture": "dcgan"}),
        ("cvae", {}),
        ("conv-cvae", {}),
        ("tc-vae", {}),
        ("wae", {}),
        ("ad", {}),
        ("ad", {"code_init": "pca", "code_init_scale": 0.5}),
        ("vad", {}),
        ("conv-ae", {"latent_dim": 1}),
    ],
)
def test_a_model_of_large_images_begins_as_pca(family: str, changes: dict[str, Any]) -> None:
    model = started(family, **changes)
    assert error(model) < 1.3 * left_by_pca(model.code_dim)


@pytest.mark.parametrize("mixture", ["difference", "sum", "mean"])
def test_taking_apart_begins_as_well_as_a_linear_model_can(mixture: str) -> None:
    model = started("separation-ae", mixture=mixture).eval()
    x = torch.from_numpy(blobs(40).train.images.copy()).permute(0, 3, 1, 2) / 255
    batch = Batch(x, partner=x.roll(1, 0))
    with torch.no_grad():
        terms = model.loss(batch)
    found = float((terms.x_hat - terms.target).square().mean().sqrt())
    middle, half = x.mean(0), (x - x.roll(1, 0)) / 2
    # What a half of the mixture misses of either image, which no linear model can know.
    missed = float((x - middle - half if mixture == "difference" else half).square().mean().sqrt())
    assert found < 1.1 * missed


@pytest.mark.parametrize("family, prior", [("vae", "uniform"), ("vae", "exponential"), ("vad", "uniform")])
def test_priors_that_bend_codes_begin_better_than_the_mean_image(family: str, prior: str) -> None:
    train = blobs(40).train.images / 255.0
    assert error(started(family, prior=prior)) < 0.8 * float(train.std(0).mean())


def test_logits_begin_near_the_images_too() -> None:
    assert error(started("vae", likelihood="bernoulli")) < 2 * left_by_pca(4)


# -- the scale of the objective ---------------------------------------------------------------------------------------


def test_a_measured_sigma_is_what_pca_leaves_and_counts_pixels_as_those_of_a_thumbnail() -> None:
    small, large = started("vae"), started("vae", 80)
    for model, size in ((small, 40), (large, 80)):
        counted = math.sqrt(size * (size - 4) / 1024)
        assert measured_sigma(model) == pytest.approx(left_by_pca(4, size) * counted, rel=0.05)
    # The same images twice as large: as many nats are at stake, and posteriors begin as wide.
    batches = [Batch(torch.from_numpy(blobs(size).train.images.copy()).permute(0, 3, 1, 2) / 255) for size in (40, 80)]
    with torch.no_grad():
        posteriors = [model.posterior(batch) for model, batch in zip((small, large), batches, strict=True)]
    widths = [float(posterior.scale.mean()) for posterior in posteriors if posterior.scale is not None]
    assert widths[0] == pytest.approx(widths[1], rel=0.05)


@pytest.mark.parametrize("family", ["vae", "ad"])
def test_a_run_keeps_its_measured_sigma_and_says_it(family: str, tmp_path: Path) -> None:
    training = {"epochs": 1, "held_out": 10, "snapshots": 0, "numerics": "exact"}
    config = RunConfig.parse({"model": settings_of(family, latent_dim=4).model_dump(), "training": training})
    folder = RunFolder.create(tmp_path / "run", config)
    said: list[str] = []
    train(folder, blobs(40), emit=lambda event: said.append(event.text) if isinstance(event, Notice) else None)
    opened = Trained.load(folder.path, with_data=False)
    sigma = measured_sigma(opened.model)
    assert sigma is not None and sigma == pytest.approx(folder.environment["model"]["measured_sigma"])
    assert f"pixel sigma {sigma:.3g}" in (folder.path / "log.txt").read_text(encoding="utf-8")
    assert any(f"pixel sigma {sigma:.3g}" in text for text in said)
    if family == "vae":
        # An epoch does not take it away from where it began.
        assert opened.history.column("train_rmse")[-1] < 1.5 * left_by_pca(4)


@pytest.mark.parametrize("shape, sigma, found", [((1, 40, 36), 0.2, 0.2), ((1, 28, 28), "auto", 0.1)])
def test_a_sigma_that_is_named_and_that_of_small_images_stay(shape: ImageShape, sigma: Any, found: float) -> None:
    model: Any = model_of("vae", shape, sigma=sigma)
    assert model.likelihood.sigma == pytest.approx(found)
    assert measured_sigma(model) is None


def test_channels_fall_as_maps_grow_and_thumbnails_keep_proportions() -> None:
    assert [channels_at(side) for side in (2, 4, 16, 64, 256)] == [128, 128, 32, 8, 8]
    assert thumbnail_shape((3, 90, 110)) == (3, 26, 32)
    assert thumbnail_shape((1, 20, 256)) == (1, 2, 32)
