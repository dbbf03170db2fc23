"""Every family x architecture x prior x likelihood x image shape answers the same questions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from latentexplorer.core.catalog import FAMILIES, Family
from latentexplorer.core.config import ModelConfig
from latentexplorer.models import Batch, LatentModel, build_model, decode_images, encode_images, to_batch
from latentexplorer.models.families.pca import PrincipalComponents

SHAPES = [(28, 20, 1), (32, 32, 3), (8, 8, 1)]
CLASSES = 3
COUNT = 12
FAMILY_NAMES = [family.name for family in FAMILIES]


def pictures(shape: tuple[int, int, int], count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    """Bars whose place depends on the class, so that there is something to learn."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 40, (count, *shape), dtype=np.uint8)
    labels = np.arange(count) % CLASSES
    for image, label in zip(images, labels, strict=True):
        begin = label * shape[1] // CLASSES
        image[:, begin : begin + shape[1] // CLASSES] = 220
    return images, labels


def built(config: ModelConfig, shape: tuple[int, int, int], count: int = COUNT) -> LatentModel:
    model = build_model(config, (shape[2], *shape[:2]), CLASSES, count)
    if isinstance(model, PrincipalComponents):
        model.fit(pictures(shape, count)[0])
    return model


def batch_of(shape: tuple[int, int, int], kind: Family, count: int = COUNT) -> Batch:
    images, labels = pictures(shape, count)
    batch = to_batch(images, labels, np.arange(count))
    if kind.separates:
        batch.partner = batch.x.roll(1, 0)
    return batch


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def every_choice() -> list[tuple[str, str, str, str]]:
    return [
        (family.name, architecture, prior, likelihood)
        for family in FAMILIES
        for architecture in family.architectures
        for prior in family.priors or ("normal",)
        for likelihood in family.likelihoods
    ]


@pytest.mark.parametrize("family, architecture, prior, likelihood", every_choice())
def test_every_model_answers(family: str, architecture: str, prior: str, likelihood: str) -> None:
    config = ModelConfig(
        family=family, architecture=architecture, prior=prior, likelihood=likelihood, latent_dim=3, hidden=()
    )
    kind = config.kind
    # A prior sees no image: one shape shows that it goes with the rest.
    for shape in SHAPES if prior == (kind.priors or ("normal",))[0] else SHAPES[:1]:
        model = built(config, shape)
        batch = batch_of(shape, kind)
        posterior = model.posterior(batch)
        assert posterior.mean.shape == (COUNT, model.code_dim)
        assert (posterior.scale is not None) == kind.variational
        assert model.prior is not None or (not kind.variational and kind.encoder)

        terms = model.loss(batch, generator())
        assert list(terms.extra) == [term.name for term in kind.terms]
        for term in (terms.recon, terms.kl, *terms.extra.values()):
            assert term.shape == (COUNT,) and bool(term.isfinite().all())
        assert terms.x_hat.shape == terms.target.shape == (COUNT, *model.decoded_shape)
        assert not terms.x_hat.requires_grad
        # Errors are of what the decoder says; the picture is what is left of it in [0, 1].
        assert bool(terms.x_hat.isfinite().all())
        assert (terms.kl_per_dim is not None) == kind.variational
        if terms.kl_per_dim is not None:
            assert float(terms.kl.detach().min()) > 0
            torch.testing.assert_close(terms.kl_per_dim.sum(1), terms.kl)

        if kind.gradient:
            model.cost(terms, 1.0).mean().backward()
            for name, parameter in model.named_parameters():
                assert parameter.grad is not None, name
                values = parameter.grad.coalesce().values() if parameter.grad.is_sparse else parameter.grad
                assert bool(values.isfinite().all()), name
                # A bias before a batch norm has none but rounding, and a dead ReLU passes none on to its layer.
                if not name.endswith("bias"):
                    assert float(values.abs().max()) > 0, name

        model.eval()
        z = posterior.mean.detach()
        decoded = model.decode(z, batch.y)
        assert decoded.shape == (COUNT, *model.decoded_shape) and decoded.dtype == torch.float32
        assert float(decoded.detach().min()) >= 0 and float(decoded.detach().max()) <= 1


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_a_few_steps_lower_the_loss(family: str) -> None:
    kind = FAMILIES[family]
    if not kind.gradient:
        return
    shape = (16, 16, 1)
    for prior in kind.priors or ("normal",):
        config = ModelConfig(family=family, prior=prior, likelihood=kind.likelihoods[0], latent_dim=4)
        model = built(config, shape)
        batch = batch_of(shape, kind)
        codes = [torch.optim.SparseAdam(model.code_parameters(), lr=0.05)] if model.code_parameters() else []
        optimisers = [torch.optim.Adam(model.network_parameters(), lr=3e-3), *codes]
        draws, losses = generator(), []
        for _ in range(25):
            terms = model.loss(batch, draws)
            objective = model.cost(terms, 1.0).mean()
            for optimiser in optimisers:
                optimiser.zero_grad()
            objective.backward()
            for optimiser in optimisers:
                optimiser.step()
            losses.append(objective.item())
        assert losses[-1] < 0.8 * losses[0], (prior, losses[0], losses[-1])


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_evaluation_is_deterministic_and_draws_come_from_the_generator(family: str) -> None:
    kind = FAMILIES[family]
    model = built(ModelConfig(family=family, likelihood=kind.likelihoods[0], latent_dim=4), (16, 16, 1)).eval()
    batch = batch_of((16, 16, 1), kind)
    before = torch.get_rng_state()
    at_mean = [model.loss(batch).recon for _ in range(2)]
    assert torch.equal(*at_mean)
    draws = [model.loss(batch, generator(seed)).recon for seed in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert torch.equal(draws[0], draws[2]) == (not kind.variational)
    recon, x_hat = model.loss_at(model.posterior(batch).mean, batch)
    torch.testing.assert_close(recon, at_mean[0])
    torch.testing.assert_close(x_hat, model.loss(batch).x_hat)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_images_go_to_codes_and_back(family: str) -> None:
    kind = FAMILIES[family]
    shape = (28, 20, 1)
    model = built(ModelConfig(family=family, likelihood=kind.likelihoods[0], latent_dim=4), shape)
    images, labels = pictures(shape)
    images.setflags(write=False)
    codes = encode_images(model, images, labels, index=np.arange(COUNT), batch_size=5)
    assert model.training, "encoding leaves the model's mode alone"
    assert codes.loc.shape == (COUNT, model.code_dim) and codes.loc.dtype == np.float32
    assert (codes.scale is not None) == kind.variational
    decoded = decode_images(model, codes.loc, labels, batch_size=7)
    channels, height, width = model.decoded_shape
    assert decoded.shape == (COUNT, height, width, channels) and decoded.dtype == np.float32
    alone = decode_images(model, codes.loc[3:4], labels[3:4])
    np.testing.assert_allclose(alone[0], decoded[3], atol=1e-5)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_weights_move_to_another_model_of_the_same_kind(family: str) -> None:
    kind = FAMILIES[family]
    config = ModelConfig(family=family, likelihood=kind.likelihoods[0], latent_dim=4)
    shape = (16, 16, 1)
    first = built(config, shape).eval()
    images, labels = pictures(shape)
    codes = encode_images(first, images, labels, index=np.arange(COUNT))
    second = build_model(config, (1, 16, 16), CLASSES, COUNT, initial=False).eval()
    second.load_network_state(first.network_state())
    if not kind.encoder:
        assert not any("codebook" in name for name in first.network_state())
        scale = None if codes.scale is None else torch.from_numpy(codes.scale)
        second.set_codes(torch.from_numpy(codes.index), torch.from_numpy(codes.loc), scale)
    again = encode_images(second, images, labels, index=np.arange(COUNT))
    np.testing.assert_allclose(again.loc, codes.loc, rtol=1e-4, atol=1e-5)
    if codes.scale is not None:
        np.testing.assert_allclose(again.scale, codes.scale, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(decode_images(first, codes.loc, labels), decode_images(second, codes.loc, labels))


def test_bfloat16_autocast_keeps_the_loss_in_float32() -> None:
    for family in ("ad", "vae", "conv-vae"):
        model = built(ModelConfig(family=family, latent_dim=4), (16, 16, 1))
        batch = batch_of((16, 16, 1), FAMILIES[family])
        exact = model.loss(batch).recon
        with torch.autocast("cpu", torch.bfloat16):
            terms = model.loss(batch)
        assert terms.recon.dtype == terms.x_hat.dtype == torch.float32
        torch.testing.assert_close(terms.recon, exact, rtol=0.03, atol=0)


def test_free_bits_cost_a_constant_below_the_allowance() -> None:
    model = built(ModelConfig(family="vae", latent_dim=4, free_bits=0.5), (16, 16, 1))
    terms = model.loss(batch_of((16, 16, 1), FAMILIES["vae"]), generator())
    per_dim = torch.tensor([[0.1, 0.2, 0.9, 3.0], [0.3, 0.9, 0.7, 1.0]], requires_grad=True)
    terms.kl_per_dim, terms.kl = per_dim, per_dim.sum(1)
    cost = model.kl_cost(terms, 2.0)
    # Means over the batch: 0.2 is below the allowance of 0.5; 0.55, 0.8 and 2.0 are above.
    torch.testing.assert_close(cost, 2 * torch.tensor([0.5 + 0.2 + 0.9 + 3.0, 0.5 + 0.9 + 0.7 + 1.0]))
    (gradient,) = torch.autograd.grad(cost.sum(), per_dim)
    assert gradient.tolist() == [[0, 2, 2, 2], [0, 2, 2, 2]]


def test_the_weight_of_the_kl_counts_linearly() -> None:
    model = built(ModelConfig(family="vae", latent_dim=4), (16, 16, 1))
    terms = model.loss(batch_of((16, 16, 1), FAMILIES["vae"]))
    torch.testing.assert_close(model.kl_cost(terms, 3.0), 3 * terms.kl)
    torch.testing.assert_close(model.cost(terms, 3.0), terms.recon + 3 * terms.kl)
