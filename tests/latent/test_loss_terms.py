"""What a loss is made of: terms that add up, the same objective on other scales, the KL in three, baselines."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.config import ModelConfig
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.kl_apart import take_apart
from latentexplorer.latent.loss_baselines import baselines
from latentexplorer.latent.loss_scales import Objective
from latentexplorer.latent.loss_terms import objective_of, read_loss, splits
from latentexplorer.models import Batch, Codes, build_model
from latentexplorer.models.distributions import make_prior
from latentexplorer.runs import Trained

Small = Callable[..., Trained]


@pytest.mark.parametrize("family", FAMILIES.names)
def test_the_terms_of_every_family_add_up_to_the_loss_that_its_history_says(small_run: Small, family: str) -> None:
    trained = small_run(family)
    model, objective = trained.config.model, objective_of(trained)
    for row in trained.history:
        for part in ("train", "test"):
            loss = read_loss(row, part, model, objective, split=splits(model))
            assert loss is not None and loss.total == row[f"{part}_loss"]
            assert abs(loss.rest) <= 1e-5 * (abs(loss.total) + abs(loss.recon))
            # Each by its own weight: none of them is what the others leave.
            assert not any(term.is_rest for term in loss.terms)
            for term in loss.terms:
                assert term.cost == pytest.approx(term.weight * term.value)
            error = loss.of("error")
            if error is not None and objective.likelihood == "gaussian":
                # The squared error is known from elsewhere, too.
                assert error.value == pytest.approx(objective.pixels * row[f"{part}_rmse"] ** 2, rel=1e-3)


@pytest.mark.parametrize("likelihood", ["bernoulli", "laplace"])
def test_other_likelihoods_add_up_too(small_run: Small, likelihood: str) -> None:
    trained = small_run("vae", f"model.likelihood={likelihood}", "model.beta=3")
    loss = read_loss(trained.history.rows[-1], "test", trained.config.model, objective_of(trained))
    assert loss is not None and abs(loss.rest) <= 1e-4 * abs(loss.total) and loss.of("kl").weight == 3
    assert (loss.of("recon") is None) == (likelihood == "laplace")


def test_what_free_bits_and_a_growing_weight_cost_is_what_the_others_leave(small_run: Small) -> None:
    free = small_run("vae", "model.free_bits=50", "model.latent_dim=3")
    loss = read_loss(free.history.rows[-1], "test", free.config.model, objective_of(free))
    # Far below the allowance each dimension costs just that.
    kl = loss.of("kl")
    assert kl.is_rest and kl.cost == pytest.approx(150, rel=1e-3) and kl.value < 150
    growing = small_run("vae", "model.kl_warmup=2", "training.epochs=3", "model.beta=50")
    first = read_loss(growing.history.rows[0], "train", growing.config.model, objective_of(growing))
    kl = first.of("kl")
    assert kl.is_rest and 0 < kl.weight < growing.history.rows[0]["beta"]
    last = read_loss(growing.history.rows[-1], "train", growing.config.model, objective_of(growing))
    assert not last.of("kl").is_rest and last.of("kl").weight == 50


def gradients(changes: dict[str, object], x: torch.Tensor) -> list[torch.Tensor]:
    model = build_model(ModelConfig(**{"latent_dim": 3, "hidden": (8,), **changes}), (1, 6, 5), 0, len(x))
    terms = model.loss(Batch(x, index=torch.arange(len(x))), torch.Generator().manual_seed(1))
    model.cost(terms, model.config.beta).mean().backward()
    found = [parameter.grad for parameter in model.parameters()]
    return [each.to_dense() if each.is_sparse else each for each in found if each is not None]


@pytest.mark.parametrize("likelihood", ["gaussian", "laplace"])
@pytest.mark.parametrize("family", ["vae", "tc-vae", "wae"])
def test_another_sigma_with_the_weights_that_go_with_it_leaves_the_gradients_proportional(
    family: str, likelihood: str
) -> None:
    x = torch.rand(7, 1, 6, 5, generator=torch.Generator().manual_seed(0))
    sigma, other = 0.2, 0.7
    weights = {"vae": {"kl": 4.0}, "tc-vae": {"kl": 2.0, "tc": 3.0}, "wae": {"mmd": 30.0}}[family]
    settings = {"kl": "beta", "tc": "tc_weight", "mmd": "mmd_weight"}
    named = {settings[name]: weight for name, weight in weights.items()}
    common = {"family": family, "likelihood": likelihood}
    objective = Objective(likelihood, sigma, 30, 3, weights)
    moved = objective.at_sigma(other)
    before = gradients({**common, "sigma": sigma, **named}, x)
    after = gradients({**common, "sigma": other, **{settings[n]: w for n, w in moved.weights.items()}}, x)
    factor = moved.nats_of_error / objective.nats_of_error
    for mine, theirs in zip(before, after, strict=True):
        torch.testing.assert_close(factor * mine, theirs, rtol=2e-3, atol=1e-5)


def test_identities_between_the_scales() -> None:
    objective = Objective("gaussian", 0.1, 784, 20, {"kl": 4.0})
    assert objective.at_sum["kl"] == pytest.approx(2 * 0.1**2 * 4)
    assert objective.at_mean["kl"] == pytest.approx(objective.at_sum["kl"] / 784)
    assert objective.at_means["kl"] == pytest.approx(objective.at_mean["kl"] * 20)
    assert objective.at_weight_one("kl").sigma == pytest.approx(0.2)
    assert objective.at_weight_one("kl").weights["kl"] == pytest.approx(1)
    assert objective.at_sigma(1.0).weights["kl"] == pytest.approx(0.04)
    assert objective.normalised("kl") == pytest.approx(4 * 20 / 784)
    absolute = Objective("laplace", 0.1, 784, 20, {"kl": 4.0})
    assert absolute.at_weight_one("kl").sigma == pytest.approx(0.4)
    assert absolute.at_sum["kl"] == pytest.approx(4 * 0.1 / math.sqrt(2))
    entropy = Objective("bernoulli", None, 784, 20, {"kl": 4.0})
    assert entropy.at_sum == {"kl": 4.0} and entropy.at_weight_one("kl") is None and entropy.constant == 0
    # A mean-squared error with weight w is a Gaussian whose sigma is sqrt(N w / 2), at a KL weight of one.
    weight = 0.001
    assert Objective("gaussian", math.sqrt(784 * weight / 2), 784, 20, {"kl": 1.0}).at_mean["kl"] == pytest.approx(
        weight
    )


def codes(mean: np.ndarray, scale: float) -> Codes:
    loc = mean.astype(np.float32)
    return Codes(loc, np.full_like(loc, scale), np.arange(len(loc)), None)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_kl_in_three_is_that_of_normal_codes_around_normal_means(seed: int) -> None:
    prior, count, rho, scale = make_prior("normal"), 1500, 0.8, 0.6
    rng = np.random.default_rng(seed)
    # All together codes have a variance of one and a correlation of rho times what their means carry.
    means = rng.multivariate_normal([0, 0], (1 - scale**2) * np.array([[1, rho], [rho, 1]]), count)
    found = take_apart(prior, codes(means, scale), most=count, seed=seed)
    joint = np.array([[1, rho * (1 - scale**2)], [rho * (1 - scale**2), 1]])
    assert found.tc == pytest.approx(-0.5 * math.log(np.linalg.det(joint)), abs=0.08)
    assert found.mi == pytest.approx(0.5 * math.log(np.linalg.det(joint) / scale**4), abs=0.12)
    assert found.dimwise_kl == pytest.approx(0, abs=0.08)
    kl = 0.5 * (means**2 + scale**2 - 1 - 2 * math.log(scale)).sum(1).mean()
    assert found.total == pytest.approx(kl, abs=4 * sum(found.errors.values()))


def test_the_kl_in_three_of_codes_that_say_nothing_and_of_codes_that_say_all() -> None:
    prior = make_prior("normal")
    same = take_apart(prior, codes(np.ones((50, 3)), 0.5))
    assert same.mi == pytest.approx(0, abs=1e-4) and same.tc == pytest.approx(0, abs=1e-4)
    far = take_apart(prior, codes(np.arange(50)[:, None] * np.ones((1, 3)) * 100, 1.0))
    assert far.mi == pytest.approx(far.most_mi) == pytest.approx(math.log(50), abs=1e-3)
    one = take_apart(prior, codes(np.zeros((1, 128)), 0.5))
    assert one.images == 1 and one.mi == pytest.approx(0, abs=1e-3)
    many = take_apart(prior, codes(np.random.default_rng(0).normal(size=(60_000, 2)), 0.5), most=400)
    assert many.images == 400
    with pytest.raises(NotApplicableError):
        take_apart(prior, Codes(np.zeros((5, 2), np.float32), None, np.arange(5), None))


def test_pieces_of_it_are_those_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    prior, some = make_prior("normal"), codes(np.random.default_rng(0).normal(size=(40, 3)), 0.3)
    whole = take_apart(prior, some)
    monkeypatch.setattr("latentexplorer.latent.kl_apart._AT_ONCE", 1)
    assert take_apart(prior, some).mi == pytest.approx(whole.mi, rel=1e-5)


@pytest.mark.parametrize("changes", [("model.sigma=0.3",), ("model.likelihood=bernoulli",)])
def test_baselines_are_what_the_likelihood_says_of_simpler_decodes(small_run: Small, changes: tuple[str, ...]) -> None:
    trained = small_run("vae", "model.latent_dim=4", *changes)
    found = {each.name: each for each in baselines(trained)}
    images = {part: trained.images(part).images.reshape(-1, 64) / 255.0 for part in ("train", "test")}
    mean = images["train"].mean(0)
    x = images["test"]
    if len(changes[0]) < 20:
        nats = ((x - mean) ** 2).sum(1).mean() / (2 * 0.09) + 64 * math.log(0.3 * math.sqrt(2 * math.pi))
        assert found["exact"].recon["test"] == pytest.approx(objective_of(trained).constant, rel=1e-5)
    else:
        p = mean.clip(1e-6, 1 - 1e-6)
        nats = -(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(1).mean()
    assert found["mean"].recon["test"] == pytest.approx(nats, rel=1e-4)
    assert found["exact"].recon["test"] < found["pca"].recon["test"] < found["mean"].recon["test"]
    assert found["pca"].numbers == 4 and found["mean"].images["test"] == len(x)
    pca = small_run("pca", "model.latent_dim=4")
    if len(changes[0]) < 20:
        error = pca.history.rows[-1]["train_rmse"] ** 2 * 64
        assert found["pca"].recon["train"] == pytest.approx(error / 0.18 + objective_of(trained).constant, rel=1e-3)
    with pytest.raises(NotApplicableError):
        baselines(small_run("separation-ae"))
