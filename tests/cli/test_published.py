"""Figures that others published: what is as good as they are, and a table that is resumed, kept and printed."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from latentexplorer.cli.published import Published, published
from latentexplorer.cli.reproduced_table import markdown, text
from latentexplorer.core.config import RunConfig
from latentexplorer.core.errors import NotApplicableError, SettingsError
from latentexplorer.latent.anchors import MEASURES, OF_IMAGES, Asked, bound, log_likelihood, squared_error
from tests.conftest import Train

from .conftest import Latentexplorer

NO_IMAGES = np.zeros((0, 2, 2, 1), np.uint8)


@pytest.mark.parametrize(
    ("direction", "as_good", "worse"),
    [
        ("within", (9.5, 10.5), (9.4, 10.6)),
        ("higher", (9.5, 99), (9.4,)),
        ("lower", (-99, 10.5), (10.6,)),
        ("below", (9.5, 10, 10.1), (9.4, 10.2)),
    ],
)
def test_what_is_as_good_as_published(direction: str, as_good: tuple[float, ...], worse: tuple[float, ...]) -> None:
    row = Published("a", "test.elbo", "one draw", reported=10, tolerance=0.5, direction=direction)
    assert [row.met(value) for value in as_good] == [True] * len(as_good)
    assert [row.met(value) for value in worse] == [False] * len(worse)
    assert row.met(None) is None


def test_every_row_names_what_can_be_measured_and_where_it_was_published() -> None:
    for row in published():
        assert row.metric in (MEASURES if row.preset else OF_IMAGES) and row.source and row.reported is not None
    assert {row.name for row in published(["pca-30-mnist"])} == {"pca-30-mnist", "ppca-mnist"}
    with pytest.raises(SettingsError, match="Did you mean tsne-mnist"):
        published(["tsne-mnst"])


def test_the_likelihood_of_pca_is_that_of_its_gaussian(train_once: Train) -> None:
    """Against scipy, of the covariance that the run's numbers stand for."""
    config = RunConfig().updated(["model.family=pca", "model.latent_dim=5", "model.sigma=learned"])
    run = train_once(config)
    train, test = (run.images(part).images.reshape(-1, 64) / 255 for part in ("train", "test"))
    values, vectors = np.linalg.eigh(np.cov(train.T))
    noise = values[:-5].mean()
    covariance = (vectors[:, -5:] * (values[-5:] - noise)) @ vectors[:, -5:].T + noise * np.eye(64)
    exact = multivariate_normal(train.mean(0), covariance).logpdf(test).mean()
    assert log_likelihood(run, Asked()) == pytest.approx(exact, abs=0.01)
    # Unclamped, as others measure it: what the components leave, dark and bright ends included.
    away = test - train.mean(0)
    left = away - away @ vectors[:, -5:] @ vectors[:, -5:].T
    assert squared_error(run, Asked()) == pytest.approx((left**2).sum(1).mean(), rel=1e-4)


def test_a_linear_vae_comes_to_it_from_below(train_once: Train) -> None:
    plain = ["model.latent_dim=2", "model.sigma=learned"]
    pca = train_once(RunConfig().updated(["model.family=pca", *plain]))
    training = ["training.epochs=60", "training.lr=0.01", "training.schedule=cosine", "training.numerics=exact"]
    linear = train_once(RunConfig().updated(["model.family=vae", "model.architecture=linear", *plain, *training]))
    exact, found = log_likelihood(pca, Asked()), bound(linear, Asked())
    assert exact - 1 < found < exact + 0.1
    with pytest.raises(NotApplicableError):
        log_likelihood(linear, Asked())


def test_tools_give_what_is_known_of_them() -> None:
    few = Asked(images=2000)
    assert OF_IMAGES["mig"](NO_IMAGES, few) < 0.02
    assert OF_IMAGES["dci.disentanglement"](NO_IMAGES, few) == pytest.approx(1 - math.log(2) / math.log(10), abs=0.02)


def test_the_table_is_trained_once_and_printed_in_every_shape(
    latentexplorer: Latentexplorer, data_root: Path, tmp_path: Path
) -> None:
    names = ("reproduce", "published", "pca-30-mnist", "vae-binary-mnist", "dci-mig", "--quick")
    places = ("--data-root", data_root, "--out", tmp_path)
    # Nothing is trained only to be told of.
    code, out, err = latentexplorer(*names, *places, "--finished", "--quiet", "--json")
    assert code == 0 and not list(tmp_path.glob("*/config.json")), err
    unmeasured = [row for row in json.loads(out) if row["preset"]]
    assert unmeasured and all(row["measured"] is None and row["note"] == "Not trained yet" for row in unmeasured)
    shown = latentexplorer(*names, *places, "--finished", "--quiet", "--markdown")[1]
    assert shown.count("| dci-mig") == 2 and "Not measured: pca-30-mnist" in shown and "| pca-30" not in shown
    code, out, err = latentexplorer(*names, *places, "--json", "--quiet")
    assert code == 0, err
    first = json.loads(out)
    fields = {
        "name",
        "metric",
        "kind",
        "reported",
        "measured",
        "range",
        "tolerance",
        "met",
        "seconds",
        "note",
        "source",
    }
    assert all(fields <= set(row) and math.isfinite(row["measured"]) for row in first)
    # Two figures of one run, a tighter bound above the looser one, and a tool that needs no run.
    elbo, iwae = (row for row in first if row["preset"] == "vae-binary-mnist")
    assert elbo["runs"] == iwae["runs"] and elbo["measured"] < iwae["measured"]
    assert next(row for row in first if row["name"] == "dci-mig")["runs"] == []
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    code, out, err = latentexplorer(*names, *places, "--markdown")
    assert code == 0 and {file: file.stat().st_mtime_ns for file in before} == before
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert out.rstrip("\n") == markdown(first) and len(table) == len(first) + 2
    assert latentexplorer(*names, *places, "--quiet")[1].rstrip("\n") == text(first)


def test_a_training_that_takes_long_says_so_first(
    latentexplorer: Latentexplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a few embedded digits, with everything else as it is."""
    from latentexplorer.cli import reproduce_command

    (row,) = (row for row in published() if row.metric == "test.iwae" and row.preset == "vae-binary-mnist-better")
    small = ("data.name=digits", "data.limit=64", "training.epochs=2", "model.latent_dim=3", "training.snapshots=0")
    rows = [replace(row, settings=small, draws=3, images=20)]
    monkeypatch.setattr(reproduce_command, "published", lambda names: rows)
    arguments = ("reproduce", "published", "--out", tmp_path)
    code, out, err = latentexplorer(*arguments)
    assert code == 0 and f"takes {row.takes} on one quiet core" in err and "goes on at the next call" in err
    code, out, err = latentexplorer(*arguments)
    assert code == 0 and row.takes not in err and "1 rows are as good" in out
