"""Building: the same seed gives the same model, what does not fit is refused before memory is taken."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError, RunError, SettingsError
from latentexplorer.models import Batch, build_model
from latentexplorer.models.families.autodecoder import AutoDecoder
from latentexplorer.models.layers import initialise


def state(family: str, seed: int) -> dict[str, torch.Tensor]:
    config = ModelConfig(family=family, likelihood=FAMILIES[family].likelihoods[0], sigma="learned")
    return build_model(config, (1, 16, 16), 3, 20, seed=seed).state_dict()


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if family.gradient])
def test_the_same_seed_gives_the_same_model(family: str) -> None:
    before = torch.get_rng_state()
    first, again, other = state(family, 1), state(family, 1), state(family, 2)
    assert torch.equal(before, torch.get_rng_state()), "the global generator is not ours"
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)
    assert all(bool(tensor.isfinite().all()) for tensor in first.values())


def test_weights_start_as_torch_starts_them() -> None:
    """Layers with enough numbers to compare: the spread of weights, and the bound of biases."""
    for ours in (nn.Linear(40, 4000), nn.Conv2d(8, 600, 3), nn.ConvTranspose2d(600, 500, 3)):
        spread, bound = float(ours.weight.detach().std()), float(ours.bias.detach().abs().max())
        initialise(ours, torch.Generator().manual_seed(0))
        assert float(ours.weight.detach().std()) == pytest.approx(spread, rel=0.02)
        assert float(ours.bias.detach().abs().max()) == pytest.approx(bound, rel=0.05)


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if family.conditional])
def test_a_conditional_model_needs_classes(family: str) -> None:
    with pytest.raises(SettingsError, match="carry no labels"):
        build_model(ModelConfig(family=family), (1, 16, 16), 0, 10)
    model = build_model(ModelConfig(family=family), (1, 16, 16), 3, 10)
    x, z = torch.rand(2, 1, 16, 16), torch.zeros(2, 2)
    for ask in (lambda: model.decode(z), lambda: model.posterior(Batch(x)), lambda: model.loss(Batch(x))):
        with pytest.raises(NotApplicableError, match="needs a class"):
            ask()


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if family.conditional])
def test_a_conditional_model_listens_to_the_class(family: str) -> None:
    model = build_model(ModelConfig(family=family), (1, 16, 16), 3, 10).eval()
    z = torch.zeros(3, 2)
    decoded = model.decode(z, torch.tensor([0, 1, 2])).detach()
    assert float((decoded[0] - decoded[1]).abs().max()) > 1e-4
    assert torch.equal(model.decode(z, torch.tensor([1, 1, 1]))[0], decoded[1])
    x = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)).expand(2, -1, -1, -1)
    means = model.posterior(Batch(x, y=torch.tensor([0, 2]))).mean.detach()
    assert not torch.allclose(means[0], means[1])


def test_the_class_of_a_large_image_becomes_a_channel() -> None:
    model = build_model(ModelConfig(family="conv-cvae"), (3, 96, 96), 4, 10)
    assert sum(parameter.numel() for parameter in model.parameters()) < 200_000
    y = torch.tensor([0, 3])
    means = model.posterior(Batch(torch.zeros(2, 3, 96, 96), y=y)).mean
    assert not torch.allclose(means[0], means[1])


@pytest.mark.parametrize(
    "settings, shape, count",
    [
        ({"family": "vae", "hidden": (65536, 65536)}, (1, 28, 28), 10),
        ({"family": "ad", "architecture": "dcgan-linear", "sizing": 1}, (3, 256, 256), 10),
        ({"family": "vad", "latent_dim": 4096}, (1, 28, 28), 1_000_000),
        ({"family": "pca", "latent_dim": 4000}, (3, 4096, 4096), 10),
    ],
)
def test_too_large_a_model_is_refused_before_memory_is_taken(settings: dict, shape: tuple, count: int) -> None:
    with pytest.raises(SettingsError, match="GiB"):
        build_model(ModelConfig(**settings), shape, 0, count)


def test_more_components_than_pixels_are_refused() -> None:
    with pytest.raises(SettingsError, match="64"):
        build_model(ModelConfig(family="pca", latent_dim=65), (1, 8, 8), 0, 100)


def test_foreign_weights_are_refused() -> None:
    model = build_model(ModelConfig(family="vae"), (1, 16, 16), 0, 10)
    other = build_model(ModelConfig(family="vae", latent_dim=3), (1, 16, 16), 0, 10)
    with pytest.raises(RunError, match=r"decoder\.0\.weight"):
        model.load_network_state(other.network_state())
    with pytest.raises(RunError):
        model.load_network_state({})


def codebook(**settings: object) -> tuple[AutoDecoder, torch.Tensor]:
    labels = torch.arange(300) % 3
    model = build_model(ModelConfig(family="ad", latent_dim=16, **settings), (1, 16, 16), 3, 300, labels)
    assert isinstance(model, AutoDecoder)
    return model, model.posterior(Batch(torch.zeros(300, 1, 16, 16), index=torch.arange(300))).mean.detach()


def test_codes_start_as_asked() -> None:
    assert float(codebook(code_init="normal", code_init_scale=0.3)[1].std()) == pytest.approx(0.3, rel=0.05)
    assert float(codebook(code_init="zero")[1].abs().max()) == 0
    z = codebook(code_init="per-class", code_init_scale=0.1)[1]
    labels = np.arange(300) % 3
    centres = torch.stack([z[labels == label].mean(0) for label in range(3)])
    within = (z - centres[labels]).std()
    assert float(within) == pytest.approx(0.1, rel=0.1)
    assert float(torch.pdist(centres).min()) > 2


def test_codes_start_at_what_is_known_of_their_images() -> None:
    start = torch.randn(300, 5, generator=torch.Generator().manual_seed(1))
    config = ModelConfig(family="ad", latent_dim=16, code_init="pca", code_init_scale=0.5)
    model = build_model(config, (1, 16, 16), 3, 300, start=start)
    z = model.posterior(Batch(torch.zeros(300, 1, 16, 16), index=torch.arange(300))).mean.detach()
    torch.testing.assert_close(z[:, :5], 0.5 * start)
    # There are fewer components than numbers in a code: the others start as they otherwise do.
    assert float(z[:, 5:].std()) == pytest.approx(0.5, rel=0.05)


def test_codes_per_class_need_labels() -> None:
    with pytest.raises(SettingsError, match="labels"):
        build_model(ModelConfig(family="vad", code_init="per-class"), (1, 16, 16), 0, 10)


def test_the_codebook_has_sparse_gradients_and_a_rate_of_its_own() -> None:
    model, _ = codebook()
    batch = Batch(torch.rand(4, 1, 16, 16), index=torch.tensor([7, 3, 200, 3]))
    model.loss(batch, torch.Generator().manual_seed(0)).recon.sum().backward()
    (codes,) = model.code_parameters()
    assert codes.shape == (300, 16)
    assert codes.grad.is_sparse
    assert sorted(codes.grad.coalesce().indices()[0].tolist()) == [3, 7, 200]
    assert not any(parameter is codes for parameter in model.network_parameters())
    assert len(model.network_parameters()) + 1 == len(list(model.parameters()))


def test_the_penalty_is_the_squared_length_of_a_code_and_sets_the_prior() -> None:
    model, z = codebook(code_penalty=2.0)
    batch = Batch(torch.zeros(300, 1, 16, 16), index=torch.arange(300))
    torch.testing.assert_close(model.loss(batch).extra["penalty"].detach(), 2 * z.square().sum(1))
    # N(0, 1 / (2 * 2)): the slope of its log-density is that of the penalty.
    assert model.prior.scale == pytest.approx(0.5)
    point = torch.tensor([0.7], requires_grad=True)
    (slope,) = torch.autograd.grad(-model.prior.log_prob(point).sum(), point)
    assert float(slope) == pytest.approx(2 * 2 * 0.7, rel=1e-5)
    assert codebook(code_penalty=1e-4)[0].prior.scale == 1


def test_an_auto_decoder_knows_its_training_images_only() -> None:
    model, _ = codebook()
    for ask in (model.posterior, model.loss):
        with pytest.raises(NotApplicableError, match="infer_codes"):
            ask(Batch(torch.zeros(1, 1, 16, 16)))
