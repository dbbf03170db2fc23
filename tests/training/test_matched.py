"""Codes brought to the width of their prior at the end of a training: other units, the same images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig, RunConfig
from latentexplorer.core.errors import SettingsError
from latentexplorer.models import build_model
from latentexplorer.models.families.autodecoder import VariationalAutoDecoder
from latentexplorer.runs import RunFolder, Trained


@pytest.mark.parametrize("side", [16, 48])
@pytest.mark.parametrize("architecture", FAMILIES["vad"].architectures)
def test_a_rescaled_decoder_makes_the_same_images_of_rescaled_codes(architecture: str, side: int) -> None:
    config = ModelConfig(family="vad", architecture=architecture, latent_dim=5)
    model = build_model(config, (1, side, side), 0, 4).eval()
    assert isinstance(model, VariationalAutoDecoder)
    z, widths = torch.randn(6, 5), torch.tensor([0.2, 1.0, 5.0, 0.7, 2.0])
    before = model.decode(z, clamped=False)
    model.rescale(widths)
    torch.testing.assert_close(model.decode(z / widths, clamped=False), before, rtol=1e-4, atol=1e-5)


def test_a_matched_run_has_the_same_images_less_kl_and_codes_as_wide_as_the_prior(
    small_run: Callable[..., Trained],
) -> None:
    settings = ("model.latent_dim=6", "training.epochs=20")
    plain, run = small_run("vad", *settings), small_run("vad", *settings, "model.match_prior=true")
    codes, before = run.codes["train"], plain.codes["train"]
    assert codes.scale is not None and before.scale is not None
    np.testing.assert_allclose((codes.loc**2 + codes.scale**2).mean(0), 1, rtol=1e-4)
    assert not np.allclose((before.loc**2 + before.scale**2).mean(0), 1, rtol=0.05)
    np.testing.assert_allclose(run.decode(codes.loc), plain.decode(before.loc), atol=1e-4)
    # Held-out codes are in the same units.
    held_out = (run.codes["test"].loc, plain.codes["test"].loc)
    np.testing.assert_allclose(run.decode(held_out[0]), plain.decode(held_out[1]), atol=1e-4)
    assert run.kl_per_dim is not None
    from latentexplorer.latent.codes import kl_per_dim

    kl, old = (kl_per_dim(of.prior, of.codes["train"]) for of in (run, plain))
    np.testing.assert_allclose(run.kl_per_dim, kl, rtol=1e-3)
    assert kl.sum() < old.sum()
    assert run.path is not None and "width of the prior" in (RunFolder.open(run.path).path / "log.txt").read_text()


def test_only_a_normal_prior_has_such_a_width() -> None:
    with pytest.raises(SettingsError, match="match_prior"):
        RunConfig().updated(["model.family=vad", "model.prior=laplace", "model.match_prior=true"])
