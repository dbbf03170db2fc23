"""Sums over an epoch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from latentexplorer.models import LossTerms
from latentexplorer.training.meter import AT_MOST, Meter

BATCHES, DIM = AT_MOST + 40, 3


def terms_of(rng: np.random.Generator, count: int, variational: bool) -> LossTerms:
    """Terms of a batch, whose KL is anything from next to nothing to hundreds of nats."""

    def draw(*shape: int) -> torch.Tensor:
        return torch.from_numpy(rng.random(shape, dtype=np.float32))

    kl_per_dim = draw(count, DIM) * 10.0 ** float(rng.integers(-9, 3)) if variational else None
    kl = torch.zeros(count) if kl_per_dim is None else kl_per_dim.sum(1)
    recon, x_hat, target = 900 * draw(count), draw(count, 1, 4, 4), draw(count, 1, 4, 4)
    return LossTerms(recon, kl, kl_per_dim, x_hat, target, {"own": draw(count), "other": -draw(count)})


def metered(look_every: int, variational: bool) -> tuple[Meter, list[LossTerms]]:
    """A meter of an epoch, read every so many batches; and what was added."""
    rng = np.random.default_rng(3)
    meter, seen = Meter(DIM, torch.device("cpu"), names=["own", "other"]), []
    for number in range(BATCHES):
        terms = terms_of(rng, 5 if number == BATCHES - 1 else 8, variational)
        meter.add(terms, (terms.recon + terms.kl + terms.extra["own"]).mean())
        seen.append(terms)
        if number % look_every == 0:
            meter.loss_sum()
    return meter, seen


@pytest.mark.parametrize("variational", [True, False])
def test_the_means_are_those_of_all_images(variational: bool) -> None:
    meter, seen = metered(BATCHES, variational)
    columns, images = meter.columns(), 8 * BATCHES - 3
    recon = sum(terms.recon.double().sum().item() for terms in seen) / images
    kl = sum(terms.kl.double().sum().item() for terms in seen) / images
    own, other = (sum(terms.extra[name].double().sum().item() for terms in seen) / images for name in ("own", "other"))
    errors = [(terms.x_hat - terms.target).double() ** 2 for terms in seen]
    sse = sum(error.sum().item() for error in errors)
    norm = sum(255 * math.sqrt(error.sum().item()) / error.numel() for error in errors) / BATCHES
    expected = [recon + kl + own, recon, kl, math.sqrt(sse / (images * 16)), norm, sse / images + kl, own, other]
    assert list(columns.values()) == pytest.approx(expected, rel=1e-6)
    if variational:
        per_dim = torch.cat([terms.kl_per_dim for terms in seen if terms.kl_per_dim is not None]).double().mean(0)
        np.testing.assert_allclose(meter.mean_kl_per_dim(), per_dim.numpy(), rtol=1e-6)


def test_how_often_it_is_read_is_not_seen_in_the_last_bit() -> None:
    often, seldom = metered(1, True)[0], metered(97, True)[0]
    assert often.columns() == seldom.columns()
    for name, value in often.state().items():
        assert torch.equal(value, seldom.state()[name]), name
