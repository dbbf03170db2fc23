"""The loss, explained: what is said of it, for every family, and by command."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from latentexplorer.cli import main
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.figures import make
from latentexplorer.runs import Trained
from latentexplorer.views import settings_from
from latentexplorer.views.loss_lines import lines_of
from latentexplorer.views.loss_terms import Result, compute

Small = Callable[..., Trained]


def explained(trained: Trained, *changes: str) -> Result:
    return compute(trained, settings_from("loss-terms", changes))


@pytest.mark.parametrize("family", FAMILIES.names)
def test_every_family_says_what_its_total_is(small_run: Small, family: str) -> None:
    trained = small_run(family)
    result = explained(trained)
    for part in result.parts:
        assert sum(row.costs[part] for row in result.rows) == pytest.approx(result.total[part], rel=1e-3, abs=1e-2)
    bound = trained.config.model.kind.variational
    assert ("ELBO" in result.sentence) == bound and ("bounds nothing" in result.sentence) == (not bound)
    assert "\n" not in result.sentence and "nan" not in " ".join([result.sentence, *result.remarks, *result.notes])
    for part, bits in result.bits.items():
        nats = result.recon[part] + result.kl[part] if bound else -trained.history.rows[-1][f"{part}_log_likelihood"]
        assert bits == pytest.approx(nats / (result.objective.pixels * math.log(2)) + 8)
    if bound:
        apart = explained(trained, "apart=true", "images=20").apart
        assert "20 images" in apart.source and set(apart.errors) == {"mi", "tc", "dimwise_kl"}
    else:
        with pytest.raises(NotApplicableError):
            explained(trained, "apart=true")


def test_weights_are_said_on_every_scale_and_an_epoch_is_that_of_the_history(small_run: Small) -> None:
    trained = small_run("vae", "model.beta=4", "model.sigma=0.1")
    result = explained(trained, "epoch=1", "part=test")
    assert result.parts == ("test",) and result.total["test"] == trained.history.rows[0]["test_loss"]
    scales = {scale.name: scale for scale in result.scales}
    assert scales["weight_one"].sigma == pytest.approx(0.2) and scales["sum"].weights["kl"] == pytest.approx(0.08)
    assert "Weights of one make −ELBO" in result.sentence
    assert "That is −ELBO" in explained(small_run("vae")).sentence
    with pytest.raises(NotApplicableError, match="no epoch 9"):
        explained(trained, "epoch=9")
    # What is learned with the weights cannot be traded for a weight.
    learned = explained(small_run("vae", "model.sigma=learned"))
    assert [row.name for row in learned.rows] == ["recon", "kl"]
    assert {scale.name for scale in learned.scales} == {"as_set", "sum", "mean", "means"}
    tc = explained(small_run("tc-vae"))
    assert "batches of 20 of" in tc.apart.source and "6 on the total correlation" in tc.remarks[0]


def test_a_bernoulli_of_grey_values_is_called_no_bound(small_run: Small) -> None:
    grey = explained(small_run("vae", "model.likelihood=bernoulli"))
    drawn = explained(small_run("vae", "model.likelihood=bernoulli", "data.binarise=fixed"))
    assert "bounds log p(x)" in grey.sentence and "That is −ELBO" not in grey.sentence and not grey.bits
    assert "That is −ELBO" in drawn.sentence and drawn.bits
    for result, bounds in ((grey, False), (drawn, True)):
        line = next(line for line in lines_of(result) if line.name == "elbo")
        assert ("is at most that" in line.tip) == bounds


@pytest.mark.parametrize("changes", [("data.limit=1",), ("training.held_out=0",), ("model.latent_dim=128",)])
def test_one_image_none_held_out_and_many_dimensions(small_run: Small, changes: tuple[str, ...]) -> None:
    result = explained(small_run("vae", *changes), "apart=true", "baselines=true")
    assert result.apart is not None and result.baselines
    make("loss-terms", small_run("vae", *changes), ["apart=true", "baselines=true"])


def test_the_command_prints_all_of_it_for_people_and_for_programs(
    small_run: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = small_run("tc-vae")
    assert main(["loss", str(trained.path), "--json", "--quiet", "--baselines"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(term["cost"]["test"] for term in told["terms"].values()) == pytest.approx(
        told["total"]["test"], rel=1e-3
    )
    assert told["weights"] == {"kl": 1.0, "tc": 5.0} and set(told["baselines"]) == {"mean", "pca", "exact"}
    assert told["kl_apart"]["source"].startswith("estimated from batches")
    assert main(["loss", str(trained.path), "--apart", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "Summed squared error" in said and "Bits per dimension" in said and "one draw each" in said
    assert main(["loss", str(trained.path), "--epoch", "77", "--quiet"]) == 2
