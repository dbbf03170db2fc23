"""Every number that an instrument shows, worked out once more: by scipy, scikit-learn, simulation or plain numpy.

`opinion` names the figures of an instrument that a test holds against an independent calculation; `ELSEWHERE` those
whose closed forms have a test of their own. A number of a document that has neither fails.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import procrustes
from scipy.spatial.distance import pdist
from scipy.special import softmax
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import accuracy_score, balanced_accuracy_score, root_mean_squared_error
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestCentroid, NearestNeighbors

import latentexplorer
from latentexplorer.cli.odd_command import document as odd_document
from latentexplorer.latent.codes import draw_posteriors
from latentexplorer.latent.oddness import expected_by_chance
from latentexplorer.models import encode_images
from latentexplorer.runs import Trained
from latentexplorer.views.attribute_words import document as receipt_document
from latentexplorer.views.judging import judge_of
from latentexplorer.views.map_regions import regions_of_map
from latentexplorer.views.prior_lab import OTHER_LUCK
from latentexplorer.views.registry import load_view, settings_from

Small = Callable[..., Trained]
Test = Callable[..., None]
OPINIONS: dict[str, dict[str, str]] = {}
INSTRUMENT_OF = {
    "views.attribute.numbers": "attribute",
    "views.attribute_words.document": "attribute",
    "views.decision_regions.numbers": "decision-regions",
    "views.duel.numbers": "duel",
    "views.duel_words.numbers": "duel",
    "views.judging.numbers": "decision-regions",
    "views.map_regions.numbers": "decision-regions",
    "views.path_race.numbers": "path-race",
    "views.plane_result.numbers": "decision-regions",
    "views.prior_lab.numbers": "prior-lab",
    "views.prior_rows.numbers": "prior-lab",
    "views.swapped.document": "swapped",
    "views.swapped.numbers": "swapped",
    "views.time_machine.numbers": "time-machine",
    "cli.odd_command.document": "odd-images",
}
"""Tables of numbers by the function that gives them, and the instrument below whose figures they hold."""
TESTED_ELSEWHERE = {
    "views.interpolation.numbers": (
        "views/test_decision_regions.py::test_of_a_linear_model_regions_are_half_planes_and_the_flip_is_on_their",
    ),
    "views.code_found.document": ("cli/test_one_image.py::test_fit_finds_a_code_whose_error_is_that_of_its_decode",),
    "views.mended.document": ("cli/test_one_image.py::test_mend_keeps_what_is_known_and_tells_both_errors",),
    "views.dimension_effect.as_table": (
        "latent/test_effect.py::test_a_linear_decoder_moves_by_its_weights_and_a_dimension_it_ignores_by_nought",
        "latent/test_effect.py::test_correlations_are_those_of_scipy_and_scikit_learn_with_ties_and_gaps",
        "latent/test_effect.py::test_the_deviation_of_images_is_that_about_their_mean",
    ),
    "views.map_places.to_json": (
        "latent/test_inverse_maps.py::test_the_error_that_is_predicted_at_a_place_is_the_one_that_hidden_codes_have",
    ),
    "views.map_preservation.preservation_facts": (
        "latent/test_preservation.py::test_it_is_scikit_learns_and_continuity_is_it_with_the_spaces_swapped",
    ),
    "cli.loss_command.document": (
        "latent/test_loss_terms.py::test_the_terms_of_every_family_add_up_to_the_loss_that_its_history_says",
        "latent/test_loss_terms.py::test_identities_between_the_scales",
        "latent/test_loss_terms.py::test_the_kl_in_three_is_that_of_normal_codes_around_normal_means",
        "latent/test_loss_terms.py::test_baselines_are_what_the_likelihood_says_of_simpler_decodes",
    ),
    "cli.sweep_table.as_json": (
        "views/test_sweep.py::test_mean_spread_and_knee_over_seeds",
        "latent/test_knee.py::test_the_knee_of_an_exponential_is_where_it_runs_along_the_diagonal",
    ),
}
"""Those whose independent calculations stand with what works them out."""
NO_FIGURES = {
    "views.base.numbers",
    "views.new_image.to_values",
    "views.plane_settings.given",
    "cli.asked.asked_image",
    "cli.asked.asked_search",
    "cli.published.columns",
}
"""Tables of settings, and the empty one of a view without numbers."""
SHAPES = ("data.name=shapes", "data.size=10", "data.count=240", "data.limit=none")
COUNTS = {
    "duel": {"images", "images_in_both", "images_asked", "neighbours", "first", "second"},
    "prior-lab": {"codes", "codes_of_mmd2", "most_off"},
    "attribute": {"code_dim", "images", "images_from", "images_to", "epoch", "codes", "chance", "way"},
    "decision-regions": {"extent", "points_compared"},
    "swapped": {"swaps", "images"},
    "time-machine": {"epochs", "images"},
    "odd-images": {"images", "position", "rank", "held_against"},
    "path-race": {"iterations"},
    "magnification": set(),
}
"""Numbers that say how something was measured, and of which image or dimension."""
ELSEWHERE = {
    "duel": {
        "cka.standard_error": "latent/test_duel.py::test_the_standard_errors_are_those_of_other_images",
        "neighbour_overlap.standard_error": "latent/test_duel.py::test_the_standard_errors_are_those_of_other_images",
    },
    "decision-regions": {
        "at": "views/test_decision_regions.py::test_of_a_linear_model_regions_are_half_planes_and_the_flip_is_on_their"
    },
    "swapped": {
        "classes.error": "latent/test_swapped.py::test_errors_are_those_of_the_three_pictures",
        "classes.mean_image_error": "latent/test_swapped.py::test_errors_are_those_of_the_three_pictures",
    },
    "magnification": {"values": "latent/test_magnification.py::"},
}


def opinion(instrument: str, *figures: str) -> Callable[[Test], Test]:
    """These figures of an instrument are held against an independent calculation by this test."""

    def kept(test: Test) -> Test:
        OPINIONS.setdefault(instrument, {}).update(dict.fromkeys(figures, test.__name__))
        return test

    return kept


def view(run: Trained, kind: str, *changes: str) -> Any:
    return load_view(kind).compute(run, settings_from(kind, changes))


# -- two models -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(small_run: Small) -> tuple[Trained, Trained]:
    return small_run("vae", "model.latent_dim=4"), small_run("ae", "model.latent_dim=3")


def kernel_alignment(a: np.ndarray, b: np.ndarray) -> float:
    """By centred Gram matrices of images, not by covariances of dimensions."""
    centre = np.eye(len(a)) - 1 / len(a)
    ours, theirs = (centre @ x @ x.T @ centre for x in (a, b))
    return float((ours * theirs).sum() / np.linalg.norm(ours) / np.linalg.norm(theirs))


@opinion("duel", "cka.value", "cka.by_chance", "neighbour_overlap.value", "neighbour_overlap.by_chance", "map_fit")
def test_how_alike_two_models_are(pair: tuple[Trained, Trained]) -> None:
    result = view(pair[0], "duel", f"other={pair[1].path}", "rows=0", "steps=2", "limit=300")
    told = result.numbers
    a, b = (codes.loc.astype(np.float64) for codes in result.pairs.codes)
    assert len(a) == 300
    assert told["cka"]["value"] == pytest.approx(kernel_alignment(a, b), abs=1e-6)
    rng = np.random.default_rng(0)
    centre = np.eye(300) - 1 / 300
    ours, theirs = (centre @ x @ x.T @ centre for x in (a, b))
    orders = [rng.permutation(300) for _ in range(1000)]
    sums = np.array([(ours * theirs[np.ix_(order, order)]).sum() for order in orders])
    mixed = sums / np.linalg.norm(ours) / np.linalg.norm(theirs)
    assert told["cka"]["by_chance"] == pytest.approx(np.mean(mixed), abs=4 * np.std(mixed) / math.sqrt(1000))
    near = [NearestNeighbors(n_neighbors=15).fit(z).kneighbors(return_distance=False) for z in (a, b)]
    shared = [len(set(one) & set(other)) / 15 for one, other in zip(*near, strict=True)]
    assert told["neighbour_overlap"]["value"] == pytest.approx(np.mean(shared), abs=1e-3)
    # Of 299 others 15 are drawn twice.
    assert told["neighbour_overlap"]["by_chance"] == pytest.approx(stats.hypergeom(299, 15, 15).mean() / 15)
    maps = [entry.map.coords.astype(np.float64) for entry in result.maps]
    assert told["map_fit"] == pytest.approx(1 - procrustes(*maps)[2], abs=1e-4)


@opinion("duel", "dimensions.r", "dimensions.low", "dimensions.high", "dimensions.runner_up", "r_by_chance")
def test_which_dimensions_match(pair: tuple[Trained, Trained]) -> None:
    result = view(pair[0], "duel", f"other={pair[1].path}", "rows=0", "steps=2", "limit=300")
    told, (a, b) = result.numbers, (codes.loc.astype(np.float64) for codes in result.pairs.codes)
    used = sorted({each["first"] for each in told["dimensions"]})
    r = np.array([[stats.spearmanr(x, y).statistic for y in b.T] for x in a.T])
    assert len(used) == 3
    best = max(permutations(range(4), 3), key=lambda order: sum(abs(r[order[at], at]) for at in range(3)))
    assert {(each["first"], each["second"]) for each in told["dimensions"]} == set(zip(best, range(3), strict=True))
    width = stats.norm.isf(0.025 / 12)
    for each in told["dimensions"]:
        i, j = each["first"], each["second"]
        assert each["r"] == pytest.approx(r[i, j], abs=1e-6)
        size = abs(r[i, j])
        away = width * math.sqrt((1 + size**2 / 2) / 297)
        assert each["low"] == pytest.approx(max(math.tanh(math.atanh(size) - away), 0), abs=1e-5)
        assert each["high"] == pytest.approx(math.tanh(math.atanh(size) + away), abs=1e-5)
        others = np.abs(np.concatenate([np.delete(r[i], j), np.delete(r[:, j], i)]))
        assert each["runner_up"] == pytest.approx(others.max(), abs=1e-6)
    rng = np.random.default_rng(0)
    ranks = [stats.rankdata(z, axis=0) for z in (a, b)]
    largest = [np.abs(np.corrcoef(ranks[0].T, rng.permutation(ranks[1]).T)[:4, 4:]).max() for _ in range(400)]
    assert told["r_by_chance"] == pytest.approx(np.quantile(largest, 0.95), rel=0.15)


# -- codes and their prior --------------------------------------------------------------------------------------------


@opinion(
    "prior-lab",
    "wasserstein",
    "wasserstein_per_dimension",
    "wasserstein_by_chance",
    "per_dimension_by_chance_below",
    "dimensions_beyond_chance",
    "mmd2",
    "mmd2_by_chance",
)
def test_how_far_codes_are_from_their_prior(small_run: Small) -> None:
    run = small_run("vae", "model.latent_dim=3")
    told = view(run, "prior-lab", "part=test", "codes=150", "draws=1").numbers["priors"]
    codes = run.codes["test"].take(np.linspace(0, len(run.codes["test"]) - 1, 150).round().astype(int))
    z = draw_posteriors(run.prior, codes, 0).astype(np.float64)
    grid = np.linspace(-12, 12, 200_001)

    def moved(values: np.ndarray, normal: Any) -> float:
        """The area between both distribution functions."""
        below = np.searchsorted(np.sort(values), grid, side="right") / len(values)
        return float(np.trapezoid(np.abs(below - normal.cdf(grid)), grid))

    own, normal = told["own"], stats.norm()
    each = [moved(column, normal) for column in z.T]
    np.testing.assert_allclose(own["wasserstein_per_dimension"], each, atol=4e-3)
    assert own["wasserstein"] == pytest.approx(np.mean(each), abs=3e-3)
    rng = np.random.default_rng(5)
    quantiles = normal.ppf((np.arange(150) + 0.5) / 150)[:, None]
    luck = np.abs(np.sort(rng.normal(size=(600, 150, 3)), axis=1) - quantiles).mean(1)
    np.testing.assert_allclose(own["wasserstein_by_chance"], np.quantile(luck.mean(1), [0.025, 0.975]), rtol=0.12)
    below = np.quantile(luck, 0.975)
    np.testing.assert_allclose(own["per_dimension_by_chance_below"], np.full(3, below), rtol=0.15)
    assert own["dimensions_beyond_chance"] == sum(np.array(each) > np.array(own["per_dimension_by_chance_below"]))
    gamma = 1 / (2 * 3)

    def discrepancy(values: np.ndarray, others: np.ndarray, among: float) -> float:
        inside = rbf_kernel(values, gamma=gamma)
        pairs = (inside.sum() - len(values)) / (len(values) * (len(values) - 1))
        return float(pairs - 2 * rbf_kernel(values, others, gamma=gamma).mean() + among)

    draws = rng.normal(size=(6000, 3))
    # Of two Normals that are one: the root of w^2 / (w^2 + 2), a dimension each.
    among = (3 / 5) ** 1.5
    assert own["mmd2"] == pytest.approx(discrepancy(z, draws, among), abs=5e-3)
    lucky = [discrepancy(rng.normal(size=(150, 3)), draws, among) for _ in range(150)]
    low, high = np.quantile(lucky, [0.025, 0.975])
    assert own["mmd2_by_chance"] == pytest.approx([low, high], abs=0.4 * (high - low))
    # A fitted Gaussian is that of the other codes: their means and deviations.
    others = draw_posteriors(run.prior, run.codes["train"], OTHER_LUCK).astype(np.float64)
    fitted = [moved(z[:, at], stats.norm(others[:, at].mean(), others[:, at].std(ddof=1))) for at in range(3)]
    np.testing.assert_allclose(told["gaussian"]["wasserstein_per_dimension"], fitted, atol=6e-3)


# -- directions -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapes(small_run: Small) -> Trained:
    return small_run("pca", "model.latent_dim=8", *SHAPES)


@opinion(
    "attribute",
    "held_out_accuracy.value",
    "held_out_accuracy.low",
    "held_out_accuracy.high",
    "held_out_accuracy.discriminant",
    "step",
)
def test_how_well_a_direction_tells(shapes: Trained) -> None:
    told = receipt_document(view(shapes, "attribute", "from_group=low:x", "to_group=high:x", "count=1").attribute)
    which, codes = {}, {}
    for part in ("train", "test"):
        codes[part] = shapes.codes[part].loc.astype(np.float64)
        which[part] = shapes.columns(part)["x"][shapes.codes[part].index] > np.median(shapes.columns("train")["x"])
    a, b = (codes["train"][which["train"] == high] for high in (False, True))
    assert (told["images_from"], told["images_to"]) == (len(a), len(b))
    np.testing.assert_allclose(told["step"], b.mean(0) - a.mean(0), atol=1e-5)
    accuracy = told["held_out_accuracy"]
    nearest = NearestCentroid().fit(codes["train"], which["train"])
    right = nearest.predict(codes["test"]) == which["test"]
    assert accuracy["value"] == pytest.approx(balanced_accuracy_score(which["test"], nearest.predict(codes["test"])))
    shares, ends = [], []
    for high in (False, True):
        group = right[which["test"] == high]
        shares.append(group.mean())
        ends.append(stats.binomtest(int(group.sum()), len(group)).proportion_ci(0.95, "wilson"))
    below = math.hypot(*(p - end.low for p, end in zip(shares, ends, strict=True))) / 2
    above = math.hypot(*(end.high - p for p, end in zip(shares, ends, strict=True))) / 2
    assert accuracy["low"] == pytest.approx(np.mean(shares) - below, abs=1e-6)
    assert accuracy["high"] == pytest.approx(min(np.mean(shares) + above, 1), abs=1e-6)
    other = LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=LedoitWolf(), priors=[0.5, 0.5])
    named = other.fit(codes["train"], which["train"]).predict(codes["test"])
    assert accuracy["discriminant"] == pytest.approx(balanced_accuracy_score(which["test"], named), abs=0.03)


@opinion("attribute", "beside.value", "beside.low", "beside.high", "beside.against")
@opinion("attribute", "pixels.step", "pixels.between", "pixels.within")
def test_what_else_a_direction_changes(shapes: Trained) -> None:
    told = receipt_document(view(shapes, "attribute", "from_group=low:x", "to_group=high:x", "count=1").attribute)
    step, codes = np.array(told["step"]), shapes.codes
    train = codes["train"].loc.astype(np.float64)
    a = train[shapes.columns("train")["x"][codes["train"].index] <= np.median(shapes.columns("train")["x"])]
    place = (codes["test"].loc - a.mean(0)) @ step / (step @ step)
    rows = {row["name"]: row for row in told["beside"]}
    assert {"x", "y", "size"} <= rows.keys() and any(row["group"] for row in rows.values())
    level = 0.05 / len(rows)
    for name, row in rows.items():
        if row["group"]:
            column, _, value = name.partition(" = ")
            names = shapes.columns("test")[column][codes["test"].index] if column != "class" else None
            inside = (
                codes["test"].labels == shapes.class_names.index(value) if names is None else names.astype(str) == value
            )
            some = place[inside]
            low, high = stats.t.interval(1 - level, len(some) - 1, some.mean(), stats.sem(some))
            assert row["against"] == pytest.approx(place.mean(), abs=1e-5)
            assert row["value"] == pytest.approx(some.mean(), abs=1e-5)
        else:
            y = shapes.columns("test")[name][codes["test"].index].astype(float)
            y = (y - y.mean()) / y.std()
            fit = stats.linregress(place, y)
            # HC3 by matrices: (X' X)^-1 X' diag(e^2 / (1 - h)^2) X (X' X)^-1.
            x = np.stack([np.ones(len(y)), place], 1)
            inverse = np.linalg.inv(x.T @ x)
            left = (y - fit.intercept - fit.slope * place) / (1 - np.einsum("ij,jk,ik->i", x, inverse, x))
            error = math.sqrt((inverse @ (x.T * left**2) @ x @ inverse)[1, 1])
            away = stats.t.isf(level / 2, len(y) - 2) * error
            low, high = fit.slope - away, fit.slope + away
            assert row["value"] == pytest.approx(fit.slope, abs=1e-5) and row["against"] == 0
        assert (row["low"], row["high"]) == pytest.approx((low, high), rel=1e-3, abs=1e-4), name
    b = train[~np.isin(np.arange(len(train)), np.flatnonzero((train[:, None] == a[None]).all(2).any(1)))]
    some = [group[np.linspace(0, len(group) - 1, min(len(a), 64)).astype(int)] for group in (a, b)]
    before, after, target = (
        np.clip(shapes.decode(z.astype(np.float32), clamped=False), 0, 1).reshape(len(z), -1)
        for z in (some[0], some[0] + step, some[1])
    )
    for name, images in (("step", after), ("between", target)):
        apart = np.mean([root_mean_squared_error(x, y) for x, y in zip(before, images, strict=True)])
        assert told["pixels"][name] == pytest.approx(apart, rel=1e-3)
    # Of the pairs of one group some are taken: their mean is that of all, but for chance.
    alone = np.mean([pdist(group).mean() / math.sqrt(group.shape[1]) for group in (before, target)])
    assert told["pixels"]["within"] == pytest.approx(alone, rel=0.1)


# -- classes ----------------------------------------------------------------------------------------------------------


@opinion("decision-regions", "confidence", "points_that_agree", "points_that_agree_by_chance")
def test_which_class_places_decode_to_and_how_sure_that_is(small_run: Small) -> None:
    run = small_run("pca", "model.latent_dim=3")
    judge = judge_of(run)
    first, first_bias, last, last_bias = (each.detach().double().numpy() for each in judge.readers.weights)

    def logits(images: np.ndarray) -> np.ndarray:
        x = np.asarray(images, np.float64).reshape(len(images), -1)
        return (np.maximum(x @ first + first_bias, 0) @ last + last_bias).mean(0)

    test = run.images("test")
    own = logits(test.images / 255)
    assert judge.tested.right == pytest.approx(accuracy_score(test.labels, own.argmax(1)), abs=1e-3)
    heats = np.geomspace(1, 50, 400)
    costs = [-np.log(softmax(own / heat, axis=1)[np.arange(len(own)), test.labels]).mean() for heat in heats]
    assert judge.temperature == pytest.approx(heats[int(np.argmin(costs))], rel=0.02)
    found = view(run, "decision-regions", "n=5", "axes=dims", "range=[-1,1]", "points=false")
    x = np.linspace(-1, 1, 5)
    told = np.array(found.numbers["confidence"])
    plane = view(run, "latent-grid", "n=5", "axes=dims", "range=[-1,1]", "spacing=linear")
    assert x == pytest.approx(plane.x)
    sure = softmax(logits(np.clip(run.decode(plane.codes[::-1].reshape(25, 3)), 0, 1)) / judge.temperature, axis=1)
    np.testing.assert_allclose(told.ravel(), sure.max(1), atol=1e-4)
    map_ = view(run, "map", "method=pca", "limit=40")
    regions = regions_of_map(run, map_.projection, judge, 6)
    codes = map_.projection.codes.astype(np.float64)
    flat = PCA(2).fit(codes)
    seen, shown = (
        logits(np.clip(run.decode(z.astype(np.float32)), 0, 1)).argmax(1)
        for z in (codes, flat.inverse_transform(flat.transform(codes)))
    )
    assert regions.numbers["points_that_agree"] == pytest.approx((seen == shown).mean(), abs=1e-9)
    thrown = np.mean([(np.roll(seen, by) == shown).mean() for by in range(len(seen))])
    assert regions.numbers["points_that_agree_by_chance"] == pytest.approx(thrown, abs=1e-9)
    assert f"by chance {100 * thrown:.0f} %" in regions.brief


@opinion(
    "swapped",
    "checked.error",
    "checked.standard_error",
    "checked.mean_image_error",
    "checked.other_style_error",
    "checked.better_than_mean_image",
    "checked.better_than_other_style",
)
def test_how_true_swaps_are(small_run: Small) -> None:
    run = small_run("cvae", *SHAPES)
    result = view(run, "swapped", "checks=300", "code=test:1")
    told, errors, of = result.numbers["checked"], result.swaps.errors, result.swaps.of
    assert told["error"] == pytest.approx(sum(errors.swapped) / 300)
    assert told["mean_image_error"] == pytest.approx(sum(errors.mean) / 300)
    assert told["other_style_error"] == pytest.approx(sum(errors.other) / 300)
    assert told["better_than_mean_image"] == pytest.approx(
        np.mean([a < b for a, b in zip(errors.swapped, errors.mean, strict=True)])
    )
    assert told["better_than_other_style"] == pytest.approx(
        np.mean([a < b for a, b in zip(errors.swapped, errors.other, strict=True)])
    )
    # Images are drawn again, with all of their swaps.
    rng, groups = np.random.default_rng(0), [errors.swapped[of == row] for row in np.unique(of)]
    again = [
        np.concatenate([groups[at] for at in rng.integers(len(groups), size=len(groups))]).mean() for _ in range(1000)
    ]
    assert told["standard_error"] == pytest.approx(np.std(again), rel=0.12)


# -- epochs, errors, ways ---------------------------------------------------------------------------------------------


@opinion("time-machine", "spreads_to_the_end", "rmse")
def test_how_far_epochs_are_from_the_end(small_run: Small) -> None:
    run = small_run("vae", "training.snapshots=3", "training.epochs=3")
    told = view(run, "time-machine", "count=4", "n=0").numbers
    states = [Trained.load(run.path, epoch=epoch) for epoch in told["epochs"]]
    end = states[-1].codes["train"].loc.astype(np.float64)
    # The first held-out images that have a code in every state.
    shown = sorted(set.intersection(*(set(state.codes["test"].index.tolist()) for state in states)))[:4]
    for at, state in enumerate(states):
        away = state.codes["train"].loc - end
        spread = np.trace(np.cov(end.T, bias=True))
        assert told["spreads_to_the_end"][at] == pytest.approx(math.sqrt((away**2).sum() / len(end) / spread), abs=1e-4)
        rows = np.searchsorted(state.codes["test"].index, shown)
        x = run.images("test").images[shown].reshape(4, -1) / 255
        x_hat = state.decode(state.codes["test"].loc[rows]).reshape(4, -1)
        assert told["rmse"][at] == pytest.approx(root_mean_squared_error(x.ravel(), x_hat.ravel()), rel=1e-4)


@opinion(
    "odd-images",
    "oddest.rmse",
    "oddest.p",
    "oddest.q",
    "p_at_most_0.05",
    "expected_by_chance",
    "smallest_possible_p",
)
def test_how_odd_images_are(small_run: Small, tmp_path: Path) -> None:
    run = small_run("vae")
    rng = np.random.default_rng(0)
    images = np.concatenate([run.images("train").images[:12, ..., 0] // 2, 255 - run.images("test").images[:4, ..., 0]])
    np.savez(tmp_path / "new.npz", images=images)
    result = view(run, "odd-images", f"images={tmp_path / 'new.npz'}", "count=16")
    told = odd_document(result)
    order = [each["position"] for each in told["oddest"]]
    decoded = run.decode(encode_images(run.model, images[order][..., None]).loc, clamped=False).reshape(16, -1)
    known = run.codes["test"]
    count = len(known)
    originals = run.images("test").images[known.index].reshape(count, -1) / 255
    given_back = run.decode(known.loc, clamped=False).reshape(count, -1)
    usual = [root_mean_squared_error(*each) for each in zip(originals, given_back, strict=True)]
    p = []
    for row, each in enumerate(told["oddest"]):
        error = root_mean_squared_error(images[order[row]].ravel() / 255, decoded[row])
        assert each["rmse"] == pytest.approx(error, rel=1e-4)
        p.append((1 + sum(other >= error for other in usual)) / (1 + count))
    np.testing.assert_allclose([each["p"] for each in told["oddest"]], p, atol=1e-9)
    np.testing.assert_allclose([each["q"] for each in told["oddest"]], stats.false_discovery_control(p), atol=1e-9)
    assert told["p_at_most_0.05"] == sum(np.array(p) <= 0.05) and told["smallest_possible_p"] == pytest.approx(
        1 / (1 + count)
    )
    for n in (count, 30, 19, 18):
        # Of images like the others each rank is as likely.
        ranks = rng.integers(1, n + 2, (4000, 16)) / (n + 1)
        assert expected_by_chance(np.full(16, n)) == pytest.approx((ranks <= 0.05).sum(1).mean(), abs=0.06)
    assert told["expected_by_chance"] == pytest.approx(expected_by_chance(np.full(16, count)))
    assert expected_by_chance(np.array([19, 18, 0])) == pytest.approx(0.05)


@opinion(
    "path-race",
    *(
        f"{way}.{figure}"
        for way in ("linear", "spherical", "geodesic")
        for figure in ("length_pixels", "length_codes", "energy", "steps_pixels")
    ),
)
def test_how_long_ways_are(small_run: Small) -> None:
    run = small_run("vae", "model.latent_dim=3")
    result = view(run, "path-race", "segments=6", "iterations=10", "steps=3")
    for strip in result.strips:
        told, codes = result.numbers[strip.name], strip.way.codes
        images = run.decode(codes.astype(np.float32), clamped=False).reshape(7, -1)
        steps = [root_mean_squared_error(a, b) for a, b in pairwise(images)]
        np.testing.assert_allclose(told["steps_pixels"], steps, rtol=1e-3, atol=1e-6)
        assert told["length_pixels"] == pytest.approx(math.fsum(steps), rel=1e-3)
        assert told["energy"] == pytest.approx(6 * math.fsum(step**2 for step in steps), rel=2e-3)
        apart = [math.dist(a, b) for a, b in pairwise(codes)]
        assert told["length_codes"] == pytest.approx(math.fsum(apart), rel=1e-6)
    ends = result.strips[0].way.codes[[0, -1]]
    assert result.numbers["linear"]["length_codes"] == pytest.approx(math.dist(*ends), rel=1e-6)


# -- that none is left out --------------------------------------------------------------------------------------------


def figures_of(value: Any, name: str = "") -> set[str]:
    """Names of all numbers of a document, by where they stand; those of a list by the name of the list."""
    if isinstance(value, dict):
        return {each for key, item in value.items() for each in figures_of(item, f"{name}.{key}".strip("."))}
    if isinstance(value, list | tuple | np.ndarray):
        return {each for item in value for each in figures_of(item, name)}
    numbers = int | float | np.integer | np.floating
    return {name} if isinstance(value, numbers) and not isinstance(value, bool | np.bool_) else set()


def documents() -> set[str]:
    """Every function of a view or a command that gives a table of numbers, by module and name."""
    package = Path(latentexplorer.__file__).parent
    tables = {"dict[str, Any]", "dict[str, object]", "list[dict[str, Any]]"}
    return {
        f"{room}.{file.stem}.{node.name}"
        for room in ("views", "cli")
        for file in (package / room).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.returns is not None and ast.unparse(node.returns) in tables
        if not node.name.startswith("_")
    }


def test_every_table_of_numbers_is_held_against_an_independent_calculation() -> None:
    assert documents() == INSTRUMENT_OF.keys() | TESTED_ELSEWHERE.keys() | NO_FIGURES
    assert set(INSTRUMENT_OF.values()) <= COUNTS.keys()
    here = Path(__file__).parents[1]
    for name, places in TESTED_ELSEWHERE.items():
        for place in places:
            file, _, test = place.partition("::")
            assert f"def {test}" in (here / file).read_text(encoding="utf-8"), name


@pytest.mark.parametrize("instrument", COUNTS)
def test_every_number_of_an_instrument_has_a_second_opinion(
    small_run: Small, pair: tuple[Trained, Trained], shapes: Trained, instrument: str
) -> None:
    run = small_run("vae")
    told: Any = {
        "duel": lambda: view(pair[0], "duel", f"other={pair[1].path}", "rows=0", "steps=2", "limit=300").numbers,
        "prior-lab": lambda: view(run, "prior-lab", "part=test", "codes=50", "draws=1").numbers,
        "attribute": lambda: receipt_document(
            view(shapes, "attribute", "from_group=low:x", "to_group=high:x", "count=1").attribute
        ),
        "decision-regions": lambda: (
            view(
                small_run("pca", "model.latent_dim=3"), "decision-regions", "under=map", "method=pca", "n=4", "limit=40"
            ).numbers
        ),
        "swapped": lambda: view(small_run("cvae", *SHAPES), "swapped", "checks=20", "code=test:1").numbers,
        "time-machine": lambda: (
            view(
                small_run("vae", "training.snapshots=3", "training.epochs=3"), "time-machine", "count=4", "n=0"
            ).numbers
        ),
        "odd-images": lambda: odd_document(view(run, "odd-images", "count=2")),
        "path-race": lambda: view(run, "path-race", "segments=4", "iterations=2", "steps=2").numbers,
        "magnification": lambda: {"values": view(run, "magnification", "n=2").values},
    }[instrument]()
    if instrument == "prior-lab":
        told = told["priors"]["own"]
    if instrument == "swapped":
        told = {key: value for key, value in told.items() if key != "code"}
    known = OPINIONS.get(instrument, {}).keys() | ELSEWHERE.get(instrument, {}).keys()
    found = {name for name in figures_of(told) if name.rpartition(".")[2] not in COUNTS[instrument]}
    assert found <= known, found - known
    here = Path(__file__).parents[1]
    for where in ELSEWHERE.get(instrument, {}).values():
        file, _, test = where.partition("::")
        assert f"def {test or 'test_'}" in (here / file).read_text(encoding="utf-8"), where
