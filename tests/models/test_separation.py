"""The separation model: mixtures, the symmetric loss, dropout from its own generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.models import Batch, build_model, encode_images
from latentexplorer.models.families.separation import SIGMA, SeparationAutoEncoder


def model(mixture: str, dropout: float = 0.3) -> SeparationAutoEncoder:
    config = ModelConfig(family="separation-ae", likelihood="laplace", mixture=mixture, dropout=dropout)
    built = build_model(config, (3, 32, 32), 0, 8)
    assert isinstance(built, SeparationAutoEncoder)
    return built


def pair(count: int = 4) -> Batch:
    x = torch.rand(2, count, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    return Batch(x[0], partner=x[1])


def swapped(batch: Batch) -> Batch:
    return Batch(batch.partner, partner=batch.x)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("mixture", ["sum", "mean"])
def test_a_symmetric_mixture_does_not_mind_the_order(mixture: str) -> None:
    built, batch = model(mixture).eval(), pair()
    torch.testing.assert_close(built.posterior(batch).mean, built.posterior(swapped(batch)).mean)
    torch.testing.assert_close(built.loss(batch).recon, built.loss(swapped(batch)).recon)
    terms = built.loss(batch)
    error = (terms.x_hat - terms.target).abs().sum((1, 2, 3))
    other = (terms.x_hat - torch.roll(terms.target, 32, dims=3)).abs().sum((1, 2, 3))
    assert bool((error <= other).all()), "the target is laid out in the assignment that counts"


def test_each_pair_takes_its_own_better_assignment() -> None:
    built, batch = model("mean").eval(), pair()
    first, second = built.decode(built.posterior(batch).mean).detach().chunk(2, dim=3)
    matched = Batch(first.clone(), partner=second.clone())
    matched.x[0], matched.partner[0] = second[0].clone(), first[0].clone()
    _, x_hat = built.loss_at(built.posterior(batch).mean, matched)
    terms_target = built._compare(built.posterior(batch).mean, matched, None)[2]
    torch.testing.assert_close(terms_target, x_hat)


def test_a_difference_tells_the_order() -> None:
    built, batch = model("difference").eval(), pair()
    assert not torch.allclose(built.posterior(batch).mean, built.posterior(swapped(batch)).mean)
    terms = built.loss(batch)
    torch.testing.assert_close(terms.target, torch.cat([batch.x, batch.partner], dim=3))
    b = SIGMA / np.sqrt(2)
    absolute = (terms.x_hat - terms.target).abs().sum((1, 2, 3))
    expected = absolute / b + 2 * 3 * 32 * 32 * np.log(2 * b)
    torch.testing.assert_close(terms.recon, expected.to(terms.recon.dtype), rtol=1e-4, atol=1e-2)


def test_a_mixture_is_shown_on_zero_to_one_and_encoded_as_shown() -> None:
    batch = pair()
    for mixture in ("difference", "sum", "mean"):
        built = model(mixture).eval()
        mixed = built.mixed(batch)
        assert float(mixed.min()) >= 0 and float(mixed.max()) <= 1
        alone = built.posterior(Batch(mixed)).mean
        torch.testing.assert_close(alone, built.posterior(batch).mean, rtol=1e-3, atol=1e-4)


def test_without_the_originals_there_is_no_error_to_measure() -> None:
    with pytest.raises(NotApplicableError, match="both original images"):
        model("difference").loss(Batch(pair().x))


def test_dropout_acts_in_training_alone_and_comes_from_the_generator() -> None:
    built, batch = model("difference"), pair()
    at_rest = built.loss(batch).recon
    assert torch.equal(built.loss(batch, generator()).recon, built.loss(batch, generator()).recon)
    assert not torch.equal(built.loss(batch, generator()).recon, at_rest)
    built.eval()
    assert torch.equal(built.loss(batch, generator()).recon, at_rest)
    without = model("difference", dropout=0.0)
    assert torch.equal(without.loss(batch, generator()).recon, without.loss(batch).recon)


def test_encoding_mixes_each_image_with_the_next() -> None:
    built = model("difference")
    images = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), dtype=np.uint8)
    codes = encode_images(built, images, batch_size=3)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    built.eval()
    expected = built.posterior(Batch(x, partner=x.roll(-1, 0))).mean.detach().numpy()
    np.testing.assert_allclose(codes.loc, expected, rtol=1e-4, atol=1e-5)


def test_no_network_gets_below_the_floor_of_a_fixed_assignment() -> None:
    """A symmetric mixture looks the same either way round: whatever is answered, both orders are as likely."""
    built, batch = model("mean").eval(), pair(32)
    first, second = batch.x, batch.partner
    floor = float((first - second).abs().mean())
    median = (first + second) / 2
    with torch.no_grad():
        decoded = built.decode(built.posterior(batch).mean).chunk(2, dim=3)
    for one, other in (decoded, (median, median), (first, second)):
        right = (one - first).abs().mean() + (other - second).abs().mean()
        turned = (one - second).abs().mean() + (other - first).abs().mean()
        assert float(right + turned) / 2 >= floor - 1e-6
    # With the better assignment of each pair the originals themselves cost nothing.
    assert float(torch.minimum(right, turned)) == 0
