"""What each latent dimension carries: against closed forms, against the rest of the program, and over epochs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import RunConfig
from latentexplorer.latent.diagnostics import active_dimensions
from latentexplorer.latent.dimensions import ALIVE, NEVER, died_in, dimension_facts
from latentexplorer.models import Codes
from latentexplorer.models.distributions import NormalPrior
from latentexplorer.runs import RunFolder, Trained
from latentexplorer.views import settings_from
from latentexplorer.views.dimensions import MOST_CODES, Result, compute
from tests.conftest import Train

Small = Callable[..., Trained]
NAN = np.nan


def shown(trained: Trained, *changes: str) -> Result:
    return compute(trained, settings_from("dimensions", changes))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_optimum_of_a_linear_vae_has_its_closed_form(seed: int) -> None:
    """Lucas et al. 2019: of an eigenvalue above the noise means vary by 1 - noise / eigenvalue, and the KL is
    log(eigenvalue / noise) / 2; one below it is switched off, however far its posterior is drawn."""
    noise, eigenvalues = 0.5, np.array([4.0, 1.5, 0.52, 0.5, 0.3, 0.01])
    away = np.random.default_rng(seed).normal(size=(3000, len(eigenvalues)))
    away = np.linalg.qr(away - away.mean(0))[0] * np.sqrt(len(away))  # Of unit variance, uncorrelated, to the last bit.
    kept = np.maximum(eigenvalues - noise, 0) / eigenvalues
    means, scales = away * np.sqrt(kept), np.sqrt(np.where(kept > 0, noise / eigenvalues, 1.0))
    codes = Codes(means.astype(np.float32), np.tile(scales, (len(away), 1)).astype(np.float32), np.arange(len(away)))
    facts = dimension_facts(codes, NormalPrior())
    assert facts.kl is not None
    np.testing.assert_allclose(facts.kl, np.log(np.maximum(eigenvalues, noise) / noise) / 2, atol=2e-6)
    np.testing.assert_allclose(facts.variance, kept, atol=1e-6)
    assert facts.active.tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize("family", FAMILIES.names)
def test_every_family_tells_what_its_codes_and_its_training_say(family: str, small_run: Small) -> None:
    trained = small_run(family)
    result = shown(trained, "count=4096")
    loc = trained.codes["train"].loc.astype(np.float64)
    np.testing.assert_allclose(result.values["variance"], loc.var(0)[result.dims], rtol=1e-5, atol=1e-12)
    kept, history = trained.dimensions, trained.history
    assert len(result.dims) == result.total == trained.code_dim == kept.dims
    assert kept.epochs == [row["epoch"] for row in history]
    if FAMILIES[family].variational:
        assert result.active.tolist() == active_dimensions(loc)[result.dims].tolist()
        assert result.values["kl"].sum() == pytest.approx(result.kl_total)
        for kl, variance, row in zip(kept.kl, kept.variance, history, strict=True):
            assert kl.sum() == pytest.approx(row["train_kl"], rel=1e-4)
            assert (variance > 0.01).sum() == row["active_units"]
    else:
        assert "kl" not in result.values and result.kl_total is None and not kept.kl
        assert np.isfinite(kept.variance).all() and np.max(kept.variance) > 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_posterior_that_has_collapsed_is_seen_to_die(train_once: Train, seed: int) -> None:
    usual = ("model.hidden=[128, 64]", "training.lr=0.002", "training.numerics=exact", "training.device=cpu")
    less = (f"training.seed={seed}", "data.limit=400") if seed else ()
    changes = ("training.snapshots=0", "model.beta=100", f"training.epochs={40 if seed else 12}", *less)
    trained = train_once(RunConfig().updated([*usual, *changes]))
    result = shown(trained)
    assert result.active_total == 0 and not result.active.any() and (result.values["kl"] < 0.01).all()
    assert (result.died != ALIVE).all() and result.over[-1].max() < 0.01
    assert result.subtitle.startswith(f"0 of {trained.code_dim} active · KL 0.0 nats")


@pytest.mark.parametrize(
    ("rows", "variational", "expected"),
    [
        ([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], True, [ALIVE, 4, NEVER]),
        ([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], True, [6, ALIVE]),
        ([[0.01, 0.011], [0.01, 0.01], [0.01, 0.01]], True, [NEVER, 4]),  # Above 0.01, not from it on.
        ([[NAN, NAN], [1.0, 1.0], [1.0, 0.0]], True, [ALIVE, 6]),
        ([[NAN, NAN]] * 3, True, [ALIVE, ALIVE]),
        ([[5.0, 0.004], [5.0, 0.006], [5.0, 0.004]], False, [ALIVE, 6]),
        ([[0.0, 0.0]] * 3, False, [NEVER, NEVER]),
    ],
)
def test_a_dimension_died_in_the_epoch_since_which_it_is_not_active(
    rows: list[list[float]], variational: bool, expected: list[int]
) -> None:
    assert died_in(np.array([2, 4, 6]), np.array(rows), variational).tolist() == expected
    assert died_in(np.zeros(0, np.int64), np.zeros((0, 2)), variational).tolist() == [ALIVE, ALIVE]


def test_a_run_without_the_table_is_shown_as_it_stands(small_run: Small, tmp_path: object) -> None:
    import shutil
    from pathlib import Path

    path = small_run("vae").path
    assert path is not None and isinstance(tmp_path, Path)
    older = tmp_path / "older"
    shutil.copytree(path, older)
    (older / "dimensions.csv").unlink()
    trained = Trained.load(older, with_data=False)
    result = shown(trained)
    assert len(trained.dimensions) == len(RunFolder.open(older).dimensions) == len(result.epochs) == 0
    assert len(result.dims) and (result.died == ALIVE).all()


def test_many_codes_of_many_dimensions_are_told_in_order(small_run: Small) -> None:
    from dataclasses import replace

    rng, trained = np.random.default_rng(0), small_run("vae", "model.latent_dim=128")
    count, widths = 60_000, np.geomspace(2, 1e-3, 128)[rng.permutation(128)]
    loc = (rng.normal(size=(count, 128)) * widths).astype(np.float32)
    codes = Codes(loc, np.full_like(loc, 0.5), np.arange(count))
    many = replace(trained, codes={"train": codes})
    result = shown(many, "sort=variance", "count=40")
    assert result.codes == MOST_CODES and len(result.dims) == 40 and result.total == 128
    assert (np.diff(result.values["variance"]) <= 0).all() and set(result.dims) == set(np.argsort(-widths)[:40])
    least = shown(many, "sort=kl", "reverse=true", "count=4096")
    assert (np.diff(least.values["kl"]) >= 0).all() and len(least.dims) == 128
    assert "The first 40 of 128 dimensions" in result.notes
