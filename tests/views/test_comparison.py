"""Several runs beside each other: the same images, maps in one frame, only what can be compared beside each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentexplorer.core.cancellation import NEVER
from latentexplorer.core.config import RunConfig
from latentexplorer.core.costs import watched
from latentexplorer.core.errors import LatentExplorerError, NotApplicableError
from latentexplorer.core.history import History
from latentexplorer.latent.alignment import align
from latentexplorer.latent.measured import measure
from latentexplorer.models.budget import sigma_of
from latentexplorer.runs import Trained
from latentexplorer.training.held_out import watch
from latentexplorer.training.numerics import Numerics
from latentexplorer.views import settings_from
from latentexplorer.views.comparable import NO_DENSITY, bound_words, loss_kind, loss_words, recon_kind
from latentexplorer.views.compared import Row
from latentexplorer.views.comparison import compare
from latentexplorer.views.comparison_chance import Chance, sure_of
from latentexplorer.views.comparison_numbers import Metric, _marked
from latentexplorer.views.lookup import rmse
from latentexplorer.views.registry import load_view

Small = Callable[..., Trained]


def compared(runs: list[Trained], *changes: str):
    """Runs beside each other with `KEY=VALUE` changes."""
    return compare(runs, settings_from("comparison", changes))


# -- images -----------------------------------------------------------------------------------------------------------


def test_runs_stand_in_the_order_asked_for_with_the_error_of_every_picture(small_run: Small) -> None:
    runs = [small_run(name) for name in ("conv-ae", "vae", "pca")]
    result = compared(runs, "count=5")
    assert result.names == tuple(run.name for run in runs)
    for run, entry in zip(runs, result.entries, strict=True):
        assert np.array_equal(entry.errors, rmse(entry.images, result.originals))
        assert np.array_equal(result.originals, run.images("test").images[:5])


def test_where_runs_differ_most_comes_first_and_it_says_of_how_many(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("ae")]
    first = compared(runs, "count=100")
    spread = np.ptp(np.stack([entry.errors for entry in first.entries]), axis=0)
    result = compared(runs, "order=differences", "count=6")
    found = np.ptp(np.stack([entry.errors for entry in result.entries]), axis=0)
    assert (np.diff(found) <= 0).all()
    assert found[0] >= spread.max() or result.index[0] >= 100
    assert "differ most of 500" in result.subtitle


@pytest.mark.parametrize("order", ["first", "random", "differences"])
def test_images_of_one_class_only(small_run: Small, order: str) -> None:
    result = compared([small_run("vae"), small_run("ae")], "label=7", f"order={order}", "count=4")
    assert set(result.labels) == {7} and len(result.index) == 4
    assert "of 7" in result.subtitle
    with pytest.raises(LatentExplorerError, match="class"):
        compared([small_run("vae"), small_run("ae")], "label=seven")


def test_a_random_draw_is_another_one_by_its_seed_and_the_same_again(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("ae")]
    one, again, other = (compared(runs, "order=random", f"seed={seed}").index for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


@pytest.mark.parametrize("family", ["separation-ae", "vae"])
def test_who_cannot_be_set_beside_the_others_stays_with_the_reason(small_run: Small, family: str) -> None:
    odd = small_run(family, *(("data.size=12",) if family == "vae" else ()))
    result = compared([small_run("vae"), odd, small_run("ae")], "count=2")
    assert [bool(entry.why) for entry in result.entries] == [False, True, False]
    assert ("12 x 12" if family == "vae" else "mixtures") in result.entries[1].why
    assert "still be compared" in result.entries[1].why
    assert any(odd.name in note for note in result.notes)
    # What can still be compared can.
    assert compared([small_run("vae"), odd], "show=losses", "curves=['rmse']").panels
    assert compared([small_run("vae"), odd], "show=numbers").settings


def test_whoever_has_the_images_has_them_for_all(small_run: Small) -> None:
    lacking = Trained.load(small_run("vae").path, with_data=False)
    whole = compared([small_run("vae"), small_run("ae")], "count=3")
    result = compared([lacking, small_run("ae")], "count=3")
    assert result.source == small_run("ae").name
    assert np.allclose(result.entries[0].images, whole.entries[0].images, atol=1e-5)
    with pytest.raises(LatentExplorerError, match="not there"):
        compared([lacking, Trained.load(small_run("ae").path, with_data=False)])


def test_one_alone_says_that_it_is_one(small_run: Small) -> None:
    with pytest.raises(NotApplicableError, match="alone"):
        compared([small_run("vae")])


# -- maps -------------------------------------------------------------------------------------------------------------


def test_points_that_differ_by_a_frame_only_are_laid_onto_each_other() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=(40, 2)) * (3, 1)
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1])
    found = align(target @ turn * 0.2 + 5, target)
    assert np.allclose(found(target @ turn * 0.2 + 5), target) and found.share == pytest.approx(1)
    noise = align(rng.normal(size=(2000, 2)), rng.normal(size=(2000, 2)))
    assert noise.share < 0.01
    for points in (target[:2], np.zeros((5, 2))):
        with pytest.raises(NotApplicableError):
            align(points, target[: len(points)])


def test_maps_of_the_same_images_share_a_frame_and_the_others_say_that_they_do_not(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("ae", "model.latent_dim=5"), small_run("vae", "data.seed=5")]
    result = compared(runs, "show=maps")
    one, two, other = result.entries
    assert one.map.method == "dims" and two.map.method == "pca"
    assert one.map.area == two.map.area is not None and other.map.area is None
    assert one.fit is None and 0 < two.fit <= 1
    assert one.shared and two.shared and not other.shared
    apart = compared(runs, "show=maps", "align=false").entries[1].map
    laid = align(apart.coords, one.map.coords)
    assert np.allclose(two.map.coords, laid(apart.coords), atol=1e-4)
    said = " ".join(result.notes)
    assert "Procrustes" in said and f"{other.name} is not aligned" in said


# -- losses and numbers -----------------------------------------------------------------------------------------------


KINDS = {
    "likelihood": ("model.likelihood=bernoulli",),
    "sigma": ("model.sigma=0.3",),
    "KL weight": ("model.beta=4",),
    "family": ("model.family=ae",),
    "own term": ("model.family=tc-vae",),
}


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS)
def test_losses_of_two_kinds_never_share_an_axis_or_a_mark(small_run: Small, changes: tuple[str, ...]) -> None:
    family = next((change.split("=")[1] for change in changes if "family" in change), "vae")
    other = small_run(family, *(change for change in changes if "family" not in change))
    result = compared([small_run("vae"), other], "show=losses")
    nats = [panel for panel in result.panels if panel.unit == "nats per image"]
    assert [{curve.run for curve in panel.curves} for panel in nats] == [{name} for name in result.names]
    pixels = next(panel for panel in result.panels if panel.unit != "nats per image")
    assert result.panels[0] is pixels and {curve.run for curve in pixels.curves} == set(result.names)
    rows = {row.title: row for row in compared([small_run("vae"), other], "show=numbers").metrics}
    assert rows["Total, held-out"].best == () and "Not compared" in rows["Total, held-out"].tip
    # What a model with posteriors is known by after an epoch is of draws, of others of the code itself.
    assert ("Not compared" in rows["Pixel error, held-out"].tip) == (family == "ae")


def test_losses_of_one_kind_share_an_axis_and_settings_that_differ_are_told(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("vae", "training.seed=3")]
    result = compared(runs, "show=losses")
    assert len(result.panels) == 2 and not any(panel.kind for panel in result.panels)
    numbers = compared(runs, "show=numbers")
    assert [row.title for row in numbers.settings] == ["Seed"]


@pytest.mark.parametrize(
    "changes",
    [("data.binarise=fixed",), ("data.size=12",), ("data.name=shapes", "data.size=8")],
    ids=["black and white", "size", "set"],
)
def test_curves_of_other_images_or_of_the_same_read_otherwise_share_no_axis(
    small_run: Small, changes: tuple[str, ...]
) -> None:
    """An error on black and white pixels, or on larger images, is another quantity than on grey ones."""
    bernoulli = "model.likelihood=bernoulli"
    runs = [small_run("vae", bernoulli), small_run("vae", bernoulli, "model.latent_dim=3")]
    assert len(compared(runs, "show=losses").panels) == 2
    other = small_run("vae", bernoulli, *changes)
    result = compared([*runs, other], "show=losses")
    shared = [{curve.run for curve in panel.curves} for panel in result.panels]
    assert sorted(map(len, shared)) == [1, 1, 2, 2] and "Runs of other images" in result.notes[0]
    assert all(panel.kind for panel in result.panels)
    rows = compared([runs[0], other], "show=numbers").metrics
    assert not any(row.best for row in rows)


def better(run: Trained, by: float) -> Trained:
    """The same run as if all its held-out images had an error (rmse) lower by so much, and a loss by as many nats."""
    rows = [row | {"test_rmse": row["test_rmse"] - by, "test_loss": row["test_loss"] - by} for row in run.history.rows]
    return replace(run, history=History(rows))


def test_only_what_is_better_by_more_than_chance_is_marked(small_run: Small) -> None:
    run, other = small_run("vae"), small_run("vae", "training.seed=3")
    x, parts = run.images("test"), []
    for seed, one in enumerate((run, other)):
        parts.append(measure(one, x.take(np.arange(len(x))), None, "", len(x), seed, NEVER).sse / x.images[0].size)
    first, second = parts
    # As the table has it: of 40 images.
    error = (first - second).std(ddof=1) / math.sqrt(40) / sum(math.sqrt(part.mean()) for part in parts)
    gap = run.history.rows[-1]["test_rmse"] - other.history.rows[-1]["test_rmse"]
    for ahead, marked in ((3.0, (0,)), (1.0, ()), (-1.0, ()), (-3.0, (1,))):
        row = row_of([better(run, gap + ahead * error), other], "Pixel error, held-out")
        assert row.best == marked, ahead
        assert ("None is marked" in row.tip) == (not marked) and f"± {error:.1g}"[:5] in row.tip
    # Of three the two that chance may have set apart are both better than the third.
    far = better(other, -40 * error)
    row = row_of([better(run, gap + error), other, far], "Pixel error, held-out")
    assert row.best == (0, 1)


def test_of_many_runs_that_are_alike_chance_marks_as_few_as_of_two() -> None:
    metric = Metric("Error", lambda run: math.nan, 6, -1, count=lambda run: 100.0, varies="psnr")
    for count in (2, 3, 8):
        runs: list[Any] = [None] * count
        marked = 0
        for seed in range(300):
            random = np.random.default_rng([count, seed])
            each = 3 * random.standard_normal(100) + random.standard_normal((count, 100))
            values = each.mean(1).tolist()
            words = [f"{value:.6f}" for value in values]
            marked += bool(_marked(metric, runs, values, words, Chance({"psnr": each}))[0])
        # Of eight runs two standard errors mark every other time.
        assert marked <= 0.09 * 300, count
    assert sure_of(1) == pytest.approx(2) == sure_of(2) and sure_of(3) < sure_of(8) < 3.2


def test_without_images_nothing_is_marked(small_run: Small) -> None:
    runs = [small_run("vae"), better(small_run("vae", "training.seed=3"), 0.1)]
    assert row_of(runs, "Pixel error, held-out").best == (1,)
    runs = [replace(run, data=None) for run in runs]
    row = row_of(runs, "Pixel error, held-out")
    assert row.best == () and "nothing tells what chance" in row.tip


def test_what_was_learned_is_no_result_to_be_marked(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("vae", "training.epochs=6")]
    row = row_of(runs, "Pixel error, training")
    assert not row.best and "marked" not in row.tip


def row_of(runs: list[Trained], title: str) -> Row:
    return next(row for row in compared(runs, "show=numbers").metrics if row.title == title)


def evaluated(run: Trained, **test: object) -> Trained:
    """The run as if `evaluate` had found this of its held-out images."""
    return replace(run, metrics={"test": {"images": {"used": 40, "of": 899}, **test}})


@pytest.mark.parametrize(("draws", "images", "compares"), [(200, 100, True), (50, 100, False), (200, 30, False)])
def test_importance_weighted_bounds_compare_of_as_many_draws_and_images_only(
    small_run: Small, draws: int, images: int, compares: bool
) -> None:
    run, other = small_run("vae"), small_run("vae", "training.seed=3")
    found = {"iwae": -60.0, "iwae_standard_error": 1.25, "iwae_draws": 200, "iwae_images": 100}
    rest = {"iwae": -161.0, "iwae_standard_error": None, "iwae_draws": draws, "iwae_images": images}
    row = row_of([evaluated(run, **found), evaluated(other, **rest)], "IWAE bound, held-out")
    assert row.values == ("−60.0 ± 1.2", "−161.0") and bool(row.best) == compares
    assert ("100 held-out images" in row.tip) == (images == 100) and "standard error" in row.tip
    assert ("50 draws" in row.tip) == (draws == 50)


def test_a_bound_is_not_held_against_log_p_itself(small_run: Small) -> None:
    exact, bound = small_run("pca", "model.sigma=learned"), small_run("vae", "model.sigma=0.3")
    row = row_of([exact, bound], "Bits per dimension, held-out")
    assert "–" not in row.values and not row.best and "log p(x) itself and of a bound" in row.tip
    assert row_of([bound, small_run("vae", "model.sigma=0.2")], "Bits per dimension, held-out").best


def test_it_is_said_of_how_many_held_out_images_a_number_is(small_run: Small) -> None:
    """An encoder's are thinned out beside few training images, those of an auto-decoder are not."""
    runs = [small_run(family, "training.held_out=200") for family in ("ae", "ad")]
    for run in runs:
        watching = watch(run.config, run.data, run.model, Numerics("exact", "cpu", 1))
        assert watching is not None
        assert len(watching.index) == watched(run.config, run.info.num_train, run.info.num_test)
    assert "Of 64 and 200 held-out images, run by run" in row_of(runs, "Pixel error, held-out").tip
    assert "Of 64 held-out images" in row_of([runs[0], small_run("vae", "training.held_out=200")], "KL, held-out").tip
    found = [evaluated(run, rmse=error) for run, error in zip(runs, (0.2, 0.3), strict=True)]
    row = row_of(found, "Pixel error, held-out, at the means")
    assert row.best == (0,) and "Of 40 held-out images" in row.tip


def test_a_bound_given_the_class_is_not_held_against_one_of_the_image_alone(small_run: Small) -> None:
    runs = [small_run(family, "model.sigma=0.3") for family in ("vae", "cvae")]
    for title in ("Bits per dimension, held-out", "Total, held-out", "Reconstruction, held-out"):
        row = row_of(runs, title)
        assert "–" not in row.values and not row.best and "given the class" in row.tip, title
    # An error is one, whatever the model is told.
    assert "Not compared" not in row_of(runs, "Pixel error, held-out").tip
    assert bound_words(runs[1].config).endswith("−log p(x given the class)")
    assert len([panel for panel in compared(runs, "show=losses").panels if panel.unit == "nats per image"]) == 2


def test_bounds_stand_with_their_standard_error(small_run: Small) -> None:
    runs = [evaluated(small_run("vae"), elbo=-60.0, elbo_standard_error=1.25) for _ in range(2)]
    row = row_of(runs, "ELBO, held-out")
    assert row.values == ("−60.0 ± 1.2",) * 2 and "standard error over its images; the difference" in row.tip


def test_what_is_added_up_while_a_model_learns_is_not_said_to_be_of_its_end(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("vae", "training.seed=3")]
    for title, of_end in (("Pixel error, training", False), ("Active units, training", False), ("KL, held-out", True)):
        tip = row_of(runs, title).tip
        assert ("After the last epoch" in tip) == of_end and ("while the model still learned" in tip) != of_end, title
    for part, said in (("both", True), ("test", False)):
        notes = compared(runs, "show=losses", f"curve_part={part}").notes
        assert any("while the model still learned" in note for note in notes) == said


def test_results_of_other_images_are_shown_and_none_is_marked(small_run: Small) -> None:
    numbers = compared([small_run("vae"), small_run("vae", "data.seed=5")], "show=numbers")
    assert not any(row.best for row in numbers.metrics)
    assert any("no result is marked" in note for note in numbers.notes)


def test_pca_has_a_point_of_its_error_but_no_curves(small_run: Small) -> None:
    points = [
        curve
        for panel in compared([small_run("vae"), small_run("pca")], "show=losses").panels
        for curve in panel.curves
    ]
    assert {curve.quantity for curve in points if curve.run == "pca"} == {"rmse"}
    result = compared([small_run("vae"), small_run("pca")], "show=losses", "curves=['loss']")
    assert "solved at once" in result.entries[1].why
    with pytest.raises(NotApplicableError):
        compared([small_run("pca"), small_run("pca")], "show=losses", "curves=['loss']")


def test_a_loss_is_called_by_all_that_it_holds() -> None:
    def words(*changes: str) -> str:
        return loss_words(RunConfig().updated(changes))

    assert words("model.family=vae", "model.sigma=0.1", "model.beta=4") == "Gaussian, σ 0.1, + 4 × KL"
    assert words("model.family=ae", "model.likelihood=bernoulli") == "Bernoulli, at one code"
    assert words("model.family=ad") == "Gaussian, σ auto, at one code, + Code penalty of 0.0001"
    assert words("model.family=vae", "model.free_bits=0.1") == "Gaussian, σ auto, + KL with 0.1 free nats"
    assert loss_kind(RunConfig(), (1, 28, 20)).endswith("Handwritten digits, 28 x 20 grey")


def test_a_sigma_that_follows_the_images_is_told_as_what_it_is() -> None:
    """Of large images it hangs on the length of the code: two lengths are two likelihoods."""
    for side, dims in ((8, 2), (32, 2), (33, 2), (64, 2), (64, 5)):
        for sizing in (1, 2):
            config = RunConfig().updated(["model.family=vae", f"model.latent_dim={dims}", f"model.sizing={sizing}"])
            sigma = sigma_of(config.model, (1, side, side))
            words = f"Gaussian, σ {'by PCA of ' + str(dims) if sigma == 'measured' else f'{sigma:g}'}, + KL"
            assert loss_words(config, (1, side, side)) == words
    assert (
        loss_words(RunConfig().updated(["model.family=vae", "model.sigma=learned"]), (1, 64, 64)).count("learned") == 1
    )


def test_what_training_wrote_is_not_said_to_be_what_evaluate_found(small_run: Small) -> None:
    runs = [small_run("vae"), small_run("vae", "training.seed=3")]
    assert all(run.folder().metrics["kind"] == "running" and not run.metrics for run in runs)
    assert not any("at the means" in row.title for row in compared(runs, "show=numbers").metrics)


def test_what_is_solved_at_once_has_no_weights_to_count(small_run: Small) -> None:
    row = row_of([small_run("pca"), small_run("vae")], "Weights")
    assert row.values[0] == "–" and row.values[1] != "–"


def test_losses_are_called_by_the_images_and_as_what_these_were_read() -> None:
    def kinds(*changes: str) -> tuple[str, str]:
        config = RunConfig().updated(["model.likelihood=bernoulli", *changes])
        return loss_kind(config, (1, 28, 28)), recon_kind(config, (1, 28, 28))

    own = ("data.name=images", "data.path=/some/faces")
    ways = [(), ("data.binarise=fixed",), own, (*own, "data.fit=crop"), (*own, "data.fit=squash")]
    ways.append(("data.name=images", "data.path=/some/shoes"))
    for at in (0, 1):
        assert len({kinds(*way)[at] for way in ways}) == len(ways)
    # How often training images are drawn anew does not change what is measured.
    assert kinds("data.binarise=fixed") == kinds("data.binarise=every-epoch")
    assert "faces, 28 x 28 grey, cropped" in kinds(*own, "data.fit=crop")[0]


def test_a_bernoulli_of_grey_values_bounds_nothing() -> None:
    def words(*changes: str) -> str:
        return bound_words(RunConfig().updated(["model.family=vae", *changes]))

    assert words("model.likelihood=bernoulli") == NO_DENSITY
    assert "upper bound" in words("model.likelihood=bernoulli", "data.binarise=fixed")
    assert "upper bound" in words() and "no measure" in words("model.beta=4")
    assert words("model.kl_warmup=20").endswith(", once the KL weight has grown to 1 (epoch 20)")


# -- figures ----------------------------------------------------------------------------------------------------------


def test_the_figure_of_each_way_is_made_from_the_command_line_settings(small_run: Small, tmp_path: Path) -> None:
    from latentexplorer.figures import export

    for show in ("images", "maps", "losses", "numbers"):
        changes = [f"runs=['{small_run('ae').path}']", f"show={show}", "count=2"]
        file = tmp_path / f"{show}.png"
        export("comparison", small_run("vae"), file, changes, dpi=50)
        assert file.stat().st_size > 2000
    assert load_view("comparison").settings().show == "images"
