"""Every figure that the program tells, worked out once more by others: scipy, scikit-learn, closed forms, plain numpy.

`opinion` names the measures that a test holds against an independent calculation; `ELSEWHERE` those whose closed forms
have a test of their own. A measure without either fails, and so does a figure that is no measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special
import torch
from scipy import stats
from scipy.linalg import sqrtm
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist, squareform
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, mutual_info_score
from sklearn.neural_network import MLPClassifier
from torch import nn

from latentexplorer.core.history import COLUMNS as HISTORY
from latentexplorer.core.measures import COMPARED, MEASURES, bits_per_dim
from latentexplorer.gui.panes.runs.columns import COLUMNS
from latentexplorer.latent.disentanglement import Dci, dci, disentanglement, mig
from latentexplorer.latent.evaluation import evaluate
from latentexplorer.latent.frechet import Features
from latentexplorer.latent.likelihood import iwae
from latentexplorer.latent.map_kl import map_kl
from latentexplorer.latent.projection import project
from latentexplorer.latent.readability import Readers
from latentexplorer.latent.sampler import fitted_sampler, prior_sampler
from latentexplorer.latent.tsne import TsneMap
from latentexplorer.models import LossTerms
from latentexplorer.runs import Trained
from latentexplorer.training.meter import Meter
from latentexplorer.views.comparison_numbers import METRICS
from latentexplorer.views.loss import QUANTITIES
from tests.latent.conftest import Make

SIGMA = "model.sigma=0.2"
SETTINGS = {"epoch", "seconds", "beta", "lr", "code_lr"}
"""Columns of a history that are no figures of the model."""
FACTS = {"epochs", "modified", "seconds", "latent", "beta", "lr", "seed"}
"""Numbers in the table of runs that are settings, or facts of the training; in a comparison: `Epochs` and so on."""
WORDS = {"name", "what", "state", "family", "data", "size", "preset", "likelihood"}
"""Columns of the table of runs that hold no number."""
SHOWN_AS = {"bits": "bits_per_dim", "units": "active_units", "norm": "norm_metric", "log_p": "log_likelihood"}
"""Columns of the table of runs that are not called like their measure."""
COUNTS = {
    "used",
    "of",
    "epoch",
    "seed",
    "codes",
    "originals",
    "range",
    "mean",
    "draws",
    "images",
    "cold_images",
    "iwae_draws",
    "iwae_images",
}
"""Numbers of `evaluate` that say how something was measured, or are part of a measure's own table."""
WITHIN = {
    "norm_metric_cold": "norm_metric",
    "norm_metric_warm": "norm_metric",
    "iwae_standard_error": "iwae",
    "elbo_standard_error": "elbo",
    "log_likelihood_standard_error": "log_likelihood",
}
"""Numbers of `evaluate` that stand beside a measure, and are worked out again with it."""
ELSEWHERE = {
    "ssim": "latent/test_measures.py::test_ssim_agrees_with_the_formula_window_by_window",
    "support": "latent/test_geometry.py::",
    "assignment_floor": "latent/test_evaluation.py::test_the_floor_of_a_fixed_assignment_is_the_mean_difference_of_the",
    "mmd": "models/test_terms.py::test_the_mmd_is_that_of_two_normal_distributions_without_bias",
    "mi": "models/test_terms.py::test_the_three_terms_of_the_kl_are_those_of_normal_posteriors_around_normal_means",
    "tc": "models/test_terms.py::test_the_three_terms_of_the_kl_are_those_of_normal_posteriors_around_normal_means",
    "dimwise_kl": "models/test_terms.py::test_the_three_terms_of_the_kl_are_those_of_normal_posteriors_around_normal",
}
OPINIONS: dict[str, str] = {}
Test = Callable[..., None]
Found = Callable[..., dict[str, Any]]


def opinion(*names: str) -> Callable[[Test], Test]:
    """These measures are held against an independent calculation by this test."""

    def kept(test: Test) -> Test:
        OPINIONS.update(dict.fromkeys(names, test.__name__))
        return test

    return kept


@pytest.fixture(scope="module")
def found(trained: Make) -> Found:
    """`found("vae")`: what `evaluate` says of that family's run, worked out once."""
    return cache(lambda family, *changes: evaluate(trained(family, *changes), quick=True))


def weights(network: nn.Module) -> list[tuple[np.ndarray, np.ndarray]]:
    """The linear layers of a network, in order, as numbers."""
    layers = [module for module in network.modules() if isinstance(module, nn.Linear)]
    return [(layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()) for layer in layers]


def decoded(run: Trained, z: np.ndarray) -> np.ndarray:
    """Decodes (B, pixels) of codes of a fully connected model, in double precision and without torch."""
    x, layers = np.asarray(z, np.float64), weights(run.model.decoder)
    for matrix, bias in layers[:-1]:
        x = np.maximum(x @ matrix.T + bias, 0)
    return scipy.special.expit(x @ layers[-1][0].T + layers[-1][1])


def pixels(run: Trained, part: str) -> np.ndarray:
    return run.images(part).images.reshape(len(run.images(part)), -1) / 255.0


def nats(x: np.ndarray, x_hat: np.ndarray, sigma: float = 0.2) -> np.ndarray:
    return -stats.norm.logpdf(x, x_hat, sigma).sum(-1)


@opinion("rmse", "mae", "sse", "psnr", "norm_metric", "recon_mean")
@pytest.mark.parametrize("part", ["train", "test"])
def test_errors_of_the_decoded_means(trained: Make, found: Found, part: str) -> None:
    run, figures = trained("vae", SIGMA), found("vae", SIGMA)[part]
    x, x_hat = pixels(run, part), decoded(run, run.codes[part].loc)
    mse = np.array([mean_squared_error(*pair) for pair in zip(x, x_hat, strict=True)])
    assert figures["rmse"] == pytest.approx(math.sqrt(mean_squared_error(x, x_hat)), rel=1e-5)
    assert figures["mae"] == pytest.approx(mean_absolute_error(x, x_hat), rel=1e-5)
    assert figures["sse"] == pytest.approx(mse.mean() * x.shape[1], rel=1e-5)
    assert figures["psnr"] == pytest.approx(np.mean(10 * np.log10(1 / mse)), rel=1e-5)
    batches = [255 * (x - x_hat)[start : start + 64] for start in range(0, len(x), 64)]
    assert figures["norm_metric"] == pytest.approx(np.mean([np.linalg.norm(b) / b.size for b in batches]), rel=1e-5)
    assert figures["recon_mean"] == pytest.approx(nats(x, x_hat).mean(), rel=1e-5)


@opinion("recon", "kl", "kl_per_dim", "elbo", "sse_plus_kl", "bits_per_dim", "loss")
def test_what_an_image_costs_in_nats(trained: Make, found: Found) -> None:
    run, figures = trained("vae", SIGMA), found("vae", SIGMA)["test"]
    codes, x = run.codes["test"], pixels(run, "test")
    mean, scale = codes.loc.astype(np.float64), codes.scale.astype(np.float64)
    per_dim = 0.5 * (scale**2 + mean**2 - 1 - 2 * np.log(scale))
    assert figures["kl_per_dim"] == pytest.approx(per_dim.mean(0), rel=1e-4, abs=1e-6)
    assert figures["kl"] == pytest.approx(per_dim.sum(1).mean(), rel=1e-4)
    drawn = [decoded(run, mean + scale * np.random.default_rng(seed).normal(size=mean.shape)) for seed in range(200)]
    costs = np.array([nats(x, each) for each in drawn])
    chance = 5 * math.sqrt((costs.var(0) / len(x) ** 2).sum())
    assert figures["recon"] == pytest.approx(costs.mean(), abs=chance)
    assert figures["elbo"] == pytest.approx(-(costs.mean() + per_dim.sum(1).mean()), abs=chance)
    squared = np.array([np.square(x - each).sum(1) for each in drawn])
    chance = 5 * math.sqrt((squared.var(0) / len(x) ** 2).sum())
    assert figures["sse_plus_kl"] == pytest.approx(squared.mean() + per_dim.sum(1).mean(), abs=chance)
    # A grey level of 256 is as wide as 1/256: the code length of it is that of the density there, 8 bits up.
    assert figures["bits_per_dim"] == pytest.approx(-figures["elbo"] / x.shape[1] / math.log(2) + math.log2(256))
    last = run.history.rows[-1]
    assert last["test_loss"] == pytest.approx(last["test_recon"] + last["test_kl"], rel=1e-6)
    assert last["test_recon"] == pytest.approx(costs.mean(), rel=0.02) and last["test_kl"] == pytest.approx(
        figures["kl"], rel=0.02
    )


def test_no_model_at_all_needs_eight_bits_and_a_fair_coin_one() -> None:
    assert bits_per_dim(0.0, 64) == 8
    assert bits_per_dim(-64 * math.log(2), 64, grey_levels=False) == pytest.approx(1)


def test_standard_errors_are_how_far_other_images_move_a_bound(trained: Make, found: Found) -> None:
    run, figures = trained("vae", SIGMA), found("vae", SIGMA)["train"]
    codes, x, rng = run.codes["train"], pixels(run, "train"), np.random.default_rng(0)
    mean, scale = codes.loc.astype(np.float64), codes.scale.astype(np.float64)
    z = rng.normal(mean, scale)
    kl = 0.5 * (scale**2 + mean**2 - 1 - 2 * np.log(scale)).sum(1)
    costs = kl + nats(x, decoded(run, z))
    drawn = costs[rng.integers(len(costs), size=(4000, len(costs)))].mean(1)
    assert figures["elbo_standard_error"] == pytest.approx(drawn.std(), rel=0.15)
    exact = trained("pca", "model.latent_dim=2", "model.sigma=learned")
    scores = PCA(2, svd_solver="full").fit(pixels(exact, "train")).score_samples(pixels(exact, "test"))
    told = found("pca", "model.latent_dim=2", "model.sigma=learned")["test"]
    assert told["log_likelihood_standard_error"] == pytest.approx(stats.sem(scores), rel=1e-3)
    assert told["elbo_standard_error"] is None and told["iwae_standard_error"] is None


@opinion("iwae")
def test_the_importance_weighted_bound_is_that_of_plain_numpy(trained: Make) -> None:
    run = trained("vae", SIGMA)
    codes, x = run.codes["test"], pixels(run, "test")
    mean, scale, rng = codes.loc.astype(np.float64), codes.scale.astype(np.float64), np.random.default_rng(1)
    rows = []
    for _ in range(1000):
        z = rng.normal(mean, scale)
        prior, posterior = stats.norm.logpdf(z).sum(1), stats.norm.logpdf(z, mean, scale).sum(1)
        rows.append(prior - posterior - nats(x, decoded(run, z)))
    own = (scipy.special.logsumexp(rows, axis=0) - math.log(len(rows))).mean()
    assert iwae(run.model, run.images("test").images, draws=1000).mean() == pytest.approx(own, abs=0.3)


@opinion("log_likelihood", "explained_variance")
@pytest.mark.parametrize("dims", [2, 10])
def test_probabilistic_pca_is_that_of_scikit_learn(trained: Make, dims: int) -> None:
    run = trained("pca", f"model.latent_dim={dims}", "model.sigma=learned")
    other = PCA(dims, svd_solver="full").fit(pixels(run, "train"))
    figures = evaluate(run, quick=True)
    for part in ("train", "test"):
        score = other.score(pixels(run, part))
        assert figures[part]["log_likelihood"] == pytest.approx(score, abs=1e-3)
        assert run.history.rows[-1][f"{part}_log_likelihood"] == pytest.approx(score, abs=1e-3)
        assert figures[part]["bits_per_dim"] == pytest.approx(8 - score / 64 / math.log(2), abs=1e-4)
    shares = run.model.variance_shares()
    assert shares is not None
    np.testing.assert_allclose(shares.numpy(), other.explained_variance_ratio_, rtol=1e-4)
    # No prior is paid for the code that a reconstruction is made from: it promises more than there is.
    assert -figures["test"]["recon"] > figures["test"]["log_likelihood"]


@pytest.mark.parametrize("family", ["pca", "linear-ae"])
def test_errors_of_a_linear_decoder_agree_with_its_likelihood(trained: Make, found: Found, family: str) -> None:
    changes = ("model.latent_dim=6", "model.sigma=learned")
    run, metrics = trained(family, *changes), found(family, *changes)
    sigma = run.model.likelihood.sigma
    for part in ("train", "test"):
        figures, count = metrics[part], 64
        constant = count * math.log(sigma * math.sqrt(2 * math.pi))
        assert figures["recon"] == pytest.approx(constant + figures["sse"] / (2 * sigma**2), rel=1e-4)
        assert figures["rmse"] == pytest.approx(math.sqrt(figures["sse"] / count), rel=1e-6)
    assert run.history.rows[-1]["test_rmse"] == pytest.approx(metrics["test"]["rmse"], rel=1e-3)
    if family == "pca":
        other = PCA(6, svd_solver="full").fit(pixels(run, "train"))
        x = pixels(run, "test")
        away = x - other.inverse_transform(other.transform(x))
        assert metrics["test"]["sse"] == pytest.approx(np.square(away).sum(1).mean(), rel=1e-5)
        assert metrics["train"]["rmse"] == pytest.approx(sigma, rel=1e-4)
    assert any("leave [0, 1]" in note for note in metrics["notes"])


@opinion("active_units")
def test_active_units_are_counted_by_the_variance_of_the_means_everywhere(trained: Make, found: Found) -> None:
    run, figures = trained("vae", SIGMA), found("vae", SIGMA)["train"]
    assert figures["active_units"] == (run.codes["train"].loc.astype(np.float64).var(0) > 0.01).sum()
    rng, meter, batches = np.random.default_rng(0), Meter(3, torch.device("cpu")), []
    for number in range(30):
        # Of the dimensions one tells images apart; one is far from the prior and moves, but is the same for all images.
        means = np.stack([rng.normal(0, 0.2, 16), np.full(16, 3 + 0.1 * number), rng.normal(0, 0.05, 16)], 1)
        batches.append(means)
        terms = LossTerms(torch.zeros(16), torch.ones(16), torch.ones(16, 3), torch.zeros(16, 1), torch.zeros(16, 1))
        terms.means = torch.tensor(means, dtype=torch.float32)
        meter.add(terms, torch.tensor(1.0))
    assert meter.active_units() == 1
    within = np.mean([means.var(0, ddof=1) for means in batches], axis=0)
    np.testing.assert_allclose(meter.spread[:3].numpy() / meter.spread[3].item(), within, rtol=1e-3, atol=1e-6)
    assert (within > 0.01).sum() == 1 < (np.concatenate(batches).var(0) > 0.01).sum()


@opinion("penalty")
def test_the_penalty_of_a_code_is_its_squared_length(trained: Make, found: Found) -> None:
    run, figures = trained("ad", "model.code_penalty=0.01"), found("ad", "model.code_penalty=0.01")["train"]
    length = np.square(run.codes["train"].loc.astype(np.float64)).sum(1)
    assert figures["penalty"] == pytest.approx(0.01 * length.mean(), rel=1e-5)


@opinion("mig")
def test_mig_is_that_of_scikit_learns_mutual_information() -> None:
    rng = np.random.default_rng(0)
    factors = {"a": rng.integers(0, 4, 800), "b": rng.integers(0, 6, 800)}
    codes = np.stack([factors["a"] + rng.normal(0, 0.4, 800), factors["b"] + factors["a"], rng.normal(size=800)], 1)
    gaps = []
    for values in factors.values():
        told = []
        for column in codes.T:
            bins = np.minimum((column - column.min()) / np.ptp(column) * 20 // 1, 19)
            told.append(mutual_info_score(bins, values))
        first, second = sorted(told)[:-3:-1]
        gaps.append((first - second) / stats.entropy(np.bincount(values)))
    assert mig(codes, factors) == pytest.approx(np.mean(gaps), abs=1e-9)


@opinion("dci_disentanglement", "dci_completeness", "dci_informativeness")
def test_dci_of_codes_that_each_serve_two_of_ten_factors() -> None:
    """Each code fixes both of its factors: all is told, 1; its importance is shared by two of ten, 1 - ln 2 / ln 10."""

    def told_of(values: int, codes: int) -> Dci:
        rng = np.random.default_rng(0)
        factors = {str(at): rng.integers(0, values, 1200) for at in range(2 * codes)}
        return dci(
            np.stack([10.0 * factors[str(2 * at)] + factors[str(2 * at + 1)] for at in range(codes)], 1), factors
        )

    assert told_of(10, 2).informativeness > 0.99
    told = told_of(3, 5)
    assert told.completeness == pytest.approx(1, abs=0.01)
    assert told.disentanglement == pytest.approx(1 - math.log(2) / math.log(10), abs=0.01)


@opinion("frechet_prior", "frechet_fitted", "frechet_reconstructions", "frechet_real", "frechet_shrinkage")
def test_frechet_distances_are_those_of_scipy_beside_their_floor(trained: Make, found: Found) -> None:
    run, samples = trained("vae", SIGMA), found("vae", SIGMA)["samples"]
    train, test = run.images("train"), run.images("test")
    features = Features(train.images, train.labels, 10, steps=60)

    def apart(images: np.ndarray) -> float:
        (m, s), (n, t) = (
            (each.mean(0), LedoitWolf().fit(each).covariance_) for each in (features(images), features(test.images))
        )
        return float(np.square(m - n).sum() + np.trace(s + t - 2 * sqrtm(s @ t).real))

    drawn = {
        "frechet_prior": run.decode(prior_sampler(run).sample(40, 0)[0]),
        "frechet_fitted": run.decode(fitted_sampler(run).sample(40, 0)[0]),
        "frechet_reconstructions": run.decode(run.codes["test"].loc),
        "frechet_real": train.images[np.linspace(0, 119, 40).round().astype(int)],
    }
    for name, images in drawn.items():
        assert samples[name] == pytest.approx(apart(images), rel=1e-3), name
    assert samples["frechet_shrinkage"] == pytest.approx(LedoitWolf().fit(features(test.images)).shrinkage_)
    # So few images are apart though nothing is wrong with them.
    assert samples["frechet_real"] > 1


@opinion("readability", "readability_originals")
def test_readers_read_as_well_as_those_of_scikit_learn(trained: Make) -> None:
    run = trained("vae", SIGMA)
    train, test = run.images("train"), run.images("test")
    assert train.labels is not None and test.labels is not None
    other = MLPClassifier((50,), solver="lbfgs", max_iter=1000, random_state=0)
    named = other.fit(pixels(run, "train"), train.labels).predict(pixels(run, "test"))
    blank = np.zeros_like(test.images)
    read = Readers(train.images, train.labels, 10).compare(test.images, blank, test.labels)
    assert read.originals == pytest.approx(100 * accuracy_score(test.labels, named), abs=8)
    assert read.mean <= 25


@opinion("map_kl")
def test_the_divergence_of_a_map_is_that_of_the_formula_and_as_low_as_scikit_learns(trained: Make) -> None:
    points = pixels(trained("vae", SIGMA), "train").astype(np.float32)
    made = project(points, method="tsne", perplexity=10)
    assert isinstance(made, TsneMap) and made.affinities is not None and made.kl is not None
    p = made.affinities.by_perplexity[10].toarray()
    near = 1 / (1 + squareform(pdist(made.state.layout, "sqeuclidean")))
    np.fill_diagonal(near, 0)
    known = p > 0
    own = float((p[known] * np.log(p[known] / (near / near.sum())[known])).sum())
    assert made.kl == pytest.approx(own, abs=1e-6) and f"KL {own:.2f} nats" in made.description
    theirs = TSNE(perplexity=10, random_state=0, init="pca").fit(points).kl_divergence_
    assert own == pytest.approx(theirs, rel=0.15)
    # Of very many points a part of the pairs is looked at.
    layout = np.random.default_rng(0).normal(0, 20, (6000, 2))
    close = csr_matrix(([0.5, 0.5], ([0, 1], [1, 0])), (6000, 6000))
    every = (1 / (1 + pdist(layout, "sqeuclidean"))).sum() * 2
    gap = np.square(layout[0] - layout[1]).sum()
    assert map_kl(close, layout) == pytest.approx(math.log(0.5) + math.log1p(gap) + math.log(every), abs=0.03)


# -- that none is left out ---------------------------------------------------------------------------------------------


def test_every_measure_has_a_second_opinion_and_says_what_it_is() -> None:
    assert set(MEASURES) == OPINIONS.keys() | ELSEWHERE.keys()
    here = Path(__file__).parents[1]
    for name, where in ELSEWHERE.items():
        file, _, test = where.partition("::")
        assert f"def {test or 'test_'}" in (here / file).read_text(encoding="utf-8"), name
    for measure in MEASURES.values():
        assert measure.summary and not measure.summary.endswith("."), measure.name
        assert measure.compared in COMPARED and measure.better in (-1, 0, 1)
        # What says nothing about which run is better has no direction.
        assert measure.compared != "alone" or measure.better in (0, -1)


def numbers_of(value: Any, name: str = "") -> set[str]:
    """Names of all numbers of a document, lists of numbers by the name of the list, however deep they lie."""
    if isinstance(value, dict):
        inner = {"dci": "dci_"}.get(name, "")
        return {each for key, item in value.items() for each in numbers_of(item, f"{inner}{key}")}
    if isinstance(value, list | tuple | np.ndarray):
        return {each for item in value for each in numbers_of(item, name)}
    numbers = int | float | np.integer | np.floating
    return {name} if isinstance(value, numbers) and not isinstance(value, bool | np.bool_) else set()


@pytest.mark.parametrize("family", ["vae", "pca", "ad", "tc-vae", "wae", "separation-ae"])
def test_every_number_of_evaluate_is_a_measure(found: Found, family: str) -> None:
    metrics = found(family, SIGMA) if family == "vae" else found(family)
    # A notice is words; its number is the setting that helps.
    told = numbers_of({name: value for name, value in metrics.items() if name != "notices"})
    assert {WITHIN.get(name, name) for name in told} - COUNTS <= set(MEASURES)
    assert told & set(MEASURES) and set(WITHIN.values()) <= set(MEASURES)


def test_every_number_of_known_factors_is_a_measure() -> None:
    rng = np.random.default_rng(0)
    told = numbers_of(disentanglement(rng.normal(size=(40, 2)), {"a": rng.integers(0, 2, 40)}))
    assert {"mig", "dci_informativeness"} <= told and told - COUNTS <= set(MEASURES)


def test_every_number_of_history_window_and_figures_is_a_measure() -> None:
    columns = {name.removeprefix("train_").removeprefix("test_") for name in HISTORY}
    assert columns - SETTINGS <= set(MEASURES)
    assert set(QUANTITIES) <= set(MEASURES)
    assert {column.name for column in COLUMNS if not column.number} == WORDS
    for column in COLUMNS:
        if column.number and column.name not in FACTS:
            measure = MEASURES[SHOWN_AS.get(column.name, column.name)]
            assert column.tip.startswith(measure.tip), column.name
            # What depends on likelihood or terms stands apart by them; the norm metric by the size of images.
            apart = measure.compared in ("likelihood", "objective") or measure.name == "norm_metric"
            assert (column.kind is not None) == apart, column.name
    titles = {measure.title for measure in MEASURES.values()}
    for metric in METRICS:
        assert metric.title.partition(",")[0] in titles | {"Epochs", "Seconds", "Weights"}, metric.title
