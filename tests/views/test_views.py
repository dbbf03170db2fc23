"""What views hold is exactly what the model says, for every family, or one line says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import DataError, NotApplicableError, SettingsError, Stopped
from latentexplorer.latent.codes import infer
from latentexplorer.runs import Trained
from latentexplorer.views import VIEWS, settings_from
from latentexplorer.views.dimension_effect import _brief
from latentexplorer.views.pick import pick_code
from latentexplorer.views.plane import place_of
from latentexplorer.views.registry import load_view
from tests.conftest import DRAWN, not_shown

Small = Callable[..., Trained]


def view(trained: Trained, kind: str, *changes: str, stop: StopToken | None = None):
    """The result of a view with `KEY=VALUE` changes."""
    return load_view(kind).compute(trained, settings_from(kind, changes), stop=stop or StopToken())


def decoded(trained: Trained, z: np.ndarray, y: np.ndarray | int | None = None) -> np.ndarray:
    """What the model makes of codes, without any view; a linear decoder may leave [0, 1]."""
    if not trained.config.model.kind.conditional:
        y = None
    return trained.decode(z, None if y is None else np.broadcast_to(y, len(z)), clamped=False)


@pytest.mark.parametrize("kind", VIEWS.names)
@pytest.mark.parametrize("family", [name for name in FAMILIES.names if name not in DRAWN])
def test_every_family_has_every_view_or_one_line_that_says_why_not(small_run: Small, family: str, kind: str) -> None:
    """Those of which every kind is drawn are seen by `figures/test_figures`."""
    trained = small_run(family)
    changes = {"map": ("method=pca",), "samples": ("count=4",)}.get(kind, ())
    if kind in not_shown(family):
        with pytest.raises(NotApplicableError) as refused:
            view(trained, kind, *changes)
        assert str(refused.value) and "\n" not in str(refused.value)
    else:
        result = view(trained, kind, *changes)
        assert result.title and isinstance(result.notes, tuple)


@pytest.mark.parametrize("family", [family.name for family in FAMILIES if not family.separates])
def test_reconstructions_are_the_decodes_of_the_kept_codes(small_run: Small, family: str) -> None:
    trained = small_run(family)
    result = view(trained, "reconstructions", "part=train", "count=5")
    codes = trained.codes["train"].take(np.arange(5))
    assert np.array_equal(result.images, decoded(trained, codes.loc, codes.labels))
    assert np.array_equal(result.originals, trained.images("train").images[codes.index])
    worst = view(trained, "reconstructions", "part=train", "sort=worst", "count=60")
    assert (np.diff(worst.errors) <= 0).all() and len(worst.errors) == 60
    first = np.abs(worst.images[0] - worst.originals[0] / 255.0)
    assert worst.errors[0] == pytest.approx(np.sqrt((first**2).mean()))


def test_a_code_is_decoded_beside_its_original_and_its_neighbours(small_run: Small) -> None:
    trained = small_run("vae", "model.latent_dim=5")
    codes = trained.codes["train"]
    result = view(trained, "decoded", "code=train:4", "nearest=3")
    assert np.array_equal(result.image, decoded(trained, codes.loc[codes.index == 4])[0])
    assert np.array_equal(result.original, trained.images("train").images[4])
    assert np.array_equal(result.scale, codes.scale[codes.index == 4][0])
    away = np.linalg.norm(codes.loc - result.code.z, axis=1)
    away[codes.index == 4] = np.inf
    assert result.nearest_index.tolist() == codes.index[np.argsort(away, kind="stable")[:3]].tolist()
    # A code of no image has no original, and is any code at all.
    z = codes.loc[:2].mean(0)
    free = view(trained, "decoded", f"code={[float(number) for number in z]}")
    assert free.original is None and free.error is None and free.scale is None
    assert np.array_equal(free.image, decoded(trained, z[None])[0])


def test_a_mixture_stands_beside_both_its_originals(small_run: Small) -> None:
    trained = small_run("separation-ae")
    part = view(trained, "separation", "count=5", "part=test")
    for at, (first, second) in enumerate(part.index):
        result = view(trained, "decoded", f"code=test:{first}")
        images = trained.images("test").images[[first, second]]
        pairs = [np.concatenate(images[order], axis=1) for order in ([0, 1], [1, 0])]
        errors = [np.sqrt(np.mean((result.image - pair / 255.0) ** 2)) for pair in pairs]
        assert any(np.array_equal(result.original, pair) for pair in pairs)
        assert result.error in [pytest.approx(error, rel=1e-5) for error in errors]
        # As in the view of separations: each part beside the original that it fits better.
        width = images.shape[2]
        halves = np.stack([result.image[:, :width], result.image[:, width:]])
        beside = np.stack([result.original[:, :width], result.original[:, width:]])
        below = {
            original.tobytes(): found for original, found in zip(part.originals[at], part.components[at], strict=True)
        }
        for found, original in zip(halves, beside, strict=True):
            np.testing.assert_allclose(found, below[original.tobytes()], atol=1e-5)


def test_reconstructions_of_one_class_or_of_chosen_images(small_run: Small) -> None:
    trained = small_run("vae")
    assert set(view(trained, "reconstructions", "part=train", "label=3", "count=50").labels) == {3}
    assert view(trained, "reconstructions", "index=[7, 2]").index.tolist() == [7, 2]
    with pytest.raises(SettingsError, match="99999"):
        view(trained, "reconstructions", "index=[99999]")
    with pytest.raises(SettingsError, match="class 'dog'"):
        view(trained, "reconstructions", "label=dog")


@pytest.mark.parametrize("method", ["lerp", "slerp"])
def test_both_ends_of_an_interpolation_are_the_codes_themselves(small_run: Small, method: str) -> None:
    trained = small_run("vae", "model.latent_dim=5")
    result = view(trained, "interpolation", "start=train:4", "end=test:9", f"method={method}", "steps=7")
    assert len(result.images) == 7
    ends = [trained.codes[part].loc[trained.codes[part].index == at][0] for part, at in (("train", 4), ("test", 9))]
    assert np.array_equal(result.codes[[0, -1]], ends)
    assert np.array_equal(result.images, decoded(trained, result.codes))
    assert np.array_equal(result.start.original, trained.images("train").images[4])
    assert np.array_equal(result.end.original, trained.images("test").images[9])


def test_an_interpolation_chooses_two_classes_and_changes_the_class_halfway(small_run: Small) -> None:
    trained = small_run("cvae")
    result = view(trained, "interpolation", "steps=6")
    assert result.start.y != result.end.y
    assert result.labels.tolist() == [result.start.y] * 3 + [result.end.y] * 3
    assert np.array_equal(result.images, decoded(trained, result.codes, result.labels))
    assert set(view(trained, "interpolation", "label=8").labels) == {8}


def test_codes_are_named_by_image_class_draw_or_number(small_run: Small) -> None:
    trained = small_run("vae")
    members = trained.codes["train"].loc[trained.codes["train"].labels == 2]
    picked = {
        "mean:2": members.mean(0),
        "median:2": np.median(members, axis=0),
        "prior-mean": np.zeros(2),
        "[0.5, -1]": np.array([0.5, -1]),
    }
    for name, z in picked.items():
        assert np.allclose(view(trained, "interpolation", f"start={name}").codes[0], z, atol=1e-6)
    one, again = (view(trained, "interpolation", "start=random:3", f"steps={n}").codes[0] for n in (4, 9))
    assert np.array_equal(one, again)
    for wrong in ("train:100000", "mean:9000", "[1, 2, 3]", "somewhere", "train:-1"):
        with pytest.raises(SettingsError):
            view(trained, "interpolation", f"start={wrong}")


def test_a_plane_by_quantiles_puts_equal_parts_of_the_prior_between_its_cells(small_run: Small) -> None:
    from scipy.stats import norm

    trained = small_run("vae")
    result = view(trained, "latent-grid", "n=7")
    assert np.allclose(np.diff(norm.cdf(result.x)), 1 / 7) and np.allclose(np.diff(norm.cdf(result.y)), -1 / 7)
    assert np.array_equal(result.images.reshape(49, 8, 8, 1), decoded(trained, result.codes.reshape(49, 2)))
    # Row 0 is the top: the largest value of the second dimension.
    assert np.allclose(result.codes[0, :, 1], result.y.max()) and np.allclose(result.codes[:, -1, 0], result.x.max())


def test_a_plane_keeps_to_its_rectangle_its_centre_and_its_class(small_run: Small) -> None:
    trained = small_run("ae", "model.latent_dim=4")
    changes = ("axes=dims", "dims=[3, 1]", "x_range=[-10, 0]", "y_range=[-5, 5]", "n=3", "centre=train:6")
    result = view(trained, "latent-grid", *changes)
    assert result.x.tolist() == [-10, -5, 0] and result.y.tolist() == [5, 0, -5]
    held = trained.codes["train"].loc[trained.codes["train"].index == 6][0]
    assert np.allclose(result.codes[..., 0], held[0]) and np.allclose(result.codes[..., 2], held[2])
    assert np.allclose(result.codes[1, 2, [3, 1]], [0, 0])
    told = small_run("cvae")
    by_class = view(told, "latent-grid", "n=2", "label=7")
    assert by_class.label == 7
    assert np.array_equal(by_class.images.reshape(4, 8, 8, 1), decoded(told, by_class.codes.reshape(4, 2), 7))


def test_a_plane_of_directions_goes_through_the_codes(small_run: Small) -> None:
    trained = small_run("ae", "model.latent_dim=4")
    result = view(trained, "latent-grid", "n=4")
    assert np.allclose(result.basis @ result.basis.T, np.eye(2), atol=1e-5)
    cell = result.origin + result.x[2] * result.basis[0] + result.y[1] * result.basis[1]
    assert np.allclose(result.codes[1, 2], cell, atol=1e-5)


@pytest.mark.parametrize(("family", "centre"), [("vad", ""), ("ae", "train:1"), ("ae", "")])
def test_a_code_lies_on_the_grid_where_it_lies_on_the_map(small_run: Small, family: str, centre: str) -> None:
    trained = small_run(family, "model.latent_dim=4")
    codes = trained.codes["train"]
    on_map = view(trained, "map", "method=pca")
    plane = view(trained, "latent-grid", "n=4", *([f"centre={centre}"] if centre else []))
    z = codes.loc[[codes.index.tolist().index(index) for index in on_map.index]]
    assert np.allclose([place_of(plane, each).values for each in z], on_map.coords, atol=1e-3)
    if plane.centre:
        assert place_of(plane, pick_code(trained, plane.centre).z).on_plane


def test_a_plane_may_count_from_the_code_that_it_goes_through(small_run: Small) -> None:
    trained = small_run("ae", "model.latent_dim=4")
    ends = ("x_range=[-1, 1]", "y_range=[-1, 1]")
    plane = view(trained, "latent-grid", "n=3", "centre=train:1", "origin=centre", *ends)
    z = trained.codes["train"].loc[1]
    assert np.allclose(plane.codes[1, 1], z, atol=1e-5)
    assert np.allclose(place_of(plane, z).values, (0, 0), atol=1e-5)


def test_a_traversal_changes_one_dimension_a_row_the_most_important_first(small_run: Small) -> None:
    trained = small_run("vae", "model.latent_dim=5")
    result = view(trained, "traversal", "base=train:1", "steps=4", "range=[-3, 3]")
    assert result.dims.tolist() == np.argsort(-result.importance, kind="stable").tolist()
    base = trained.codes["train"].loc[1]
    for dim, images in zip(result.dims, result.images, strict=True):
        codes = np.repeat(base[None], 4, axis=0)
        codes[:, dim] = [-3, -1, 1, 3]
        # All rows are decoded together, and sums of another number of codes round differently on some processors.
        np.testing.assert_allclose(images, decoded(trained, codes), atol=1e-6)
    # A batch of another size rounds differently in the last bit.
    assert np.allclose(result.base_image, decoded(trained, base[None])[0], atol=1e-6)
    even = view(trained, "traversal", "choose=even", "count=3")
    assert even.dims.tolist() == [0, 2, 4]


def test_traversal_importance_is_the_kl_of_the_posteriors(small_run: Small) -> None:
    trained = small_run("vae", "model.latent_dim=5")
    codes = trained.codes["train"]
    kl = (codes.loc**2 + codes.scale**2 - 1) / 2 - np.log(codes.scale)
    result = view(trained, "traversal")
    assert result.importance_title == "KL, nats"
    assert np.allclose(result.importance, kl.mean(0), rtol=1e-4)
    assert np.allclose(view(trained, "map", "method=pca", "color_by=kl").values, kl.sum(1), rtol=1e-4)


def test_samples_are_seeded_draws_beside_held_out_decodes(small_run: Small) -> None:
    trained = small_run("vad")
    first, again, other = (view(trained, "samples", f"seed={seed}", "count=6") for seed in (1, 1, 2))
    assert np.array_equal(first.images, again.images) and not np.array_equal(first.codes, other.codes)
    assert np.array_equal(first.images, decoded(trained, first.codes))
    held_out = trained.codes["test"]
    assert np.array_equal(first.beside, decoded(trained, held_out.loc[np.isin(held_out.index, first.beside_index)]))
    assert np.allclose(view(trained, "samples", "temperature=0").codes, 0)
    # Why draws from the prior may look bad: it is wider, or narrower, than what was learned.
    codes = trained.codes["train"]
    widths = np.sqrt(codes.loc.var(0) + (codes.scale**2).mean(0))
    (said,) = [note for note in first.notes if "as wide as the prior" in note]
    assert f"{widths.max():.2g} times as wide as the prior" in said
    assert not any("as wide" in note for note in view(trained, "samples", "source=fitted").notes)
    with pytest.raises(NotApplicableError, match="no prior"):
        view(small_run("ae"), "samples", "source=prior")
    alone = view(small_run("ae"), "samples")
    assert alone.source == "fitted" and alone.fitted is None


def test_samples_show_the_prior_beside_the_fitted_sampler_where_nothing_else_is_asked(small_run: Small) -> None:
    trained = small_run("cvae")
    both, prior, fitted = (view(trained, "samples", f"source={source}") for source in ("auto", "prior", "fitted"))
    assert np.array_equal(both.images, prior.images) and np.array_equal(both.fitted, fitted.images)
    assert np.array_equal(both.fitted_labels, fitted.labels)
    assert (both.source_title, both.fitted_title) == ("normal prior", "fitted sampler")
    assert prior.fitted is None and fitted.fitted is None
    one = view(small_run("vae", "data.limit=1"), "samples")
    assert one.fitted is None and len(one.images) and any("at least two codes" in note for note in one.notes)


def test_class_decodes_are_decodes_of_medians(small_run: Small) -> None:
    trained = small_run("cvae")
    result = view(trained, "class-decodes")
    codes = trained.codes["train"]
    medians = np.stack([np.median(codes.loc[codes.labels == y], axis=0) for y in result.classes])
    assert np.allclose(result.codes, medians, atol=1e-6)
    assert np.array_equal(result.images, decoded(trained, result.codes, result.classes))


CONDITIONAL = [family.name for family in FAMILIES if family.conditional]


@pytest.mark.parametrize("source", ["prior", "held-out", "code", "path"])
@pytest.mark.parametrize("family", CONDITIONAL)
def test_a_class_grid_holds_each_style_as_every_class(small_run: Small, family: str, source: str) -> None:
    trained = small_run(family)
    result = view(trained, "class-grid", f"source={source}", "count=3", "code=test:5", "end=random:2")
    rows, known = (1 if source == "code" else 3), trained.num_classes
    assert result.images.shape[:2] == (rows, known) and result.class_names == trained.class_names
    for codes, images in zip(result.codes, result.images, strict=True):
        expected = decoded(trained, codes[None].repeat(known, 0), np.arange(known))
        np.testing.assert_allclose(images, expected, atol=1e-5)
    if source in ("code", "path"):
        codes = trained.codes["test"]
        assert np.array_equal(result.codes[0], codes.loc[codes.index == 5][0])
    if source == "held-out":
        images = trained.images("test")
        assert np.array_equal(result.originals, images.images[result.index])
        assert result.own.tolist() == images.labels[result.index].tolist() and len(set(result.own)) == 3
    assert len(result.styles) == rows


def test_a_class_grid_draws_others_by_seed_and_says_which_classes_it_leaves_out(small_run: Small) -> None:
    trained = small_run("cvae")
    for source in ("prior", "held-out"):
        first, again, other = (view(trained, "class-grid", f"source={source}", f"seed={seed}") for seed in (1, 1, 2))
        assert np.array_equal(first.codes, again.codes) and not np.array_equal(first.codes, other.codes)
    some = view(trained, "class-grid", "most=4", "count=1")
    assert some.class_names == ("0", "3", "6", "9") and "4 of 10 classes, evenly spread" in some.notes[0]
    named = view(trained, "class-grid", "classes=[7, 2, 7]", "count=1")
    assert named.class_names == ("7", "2") and "2 of 10 classes, the chosen ones" in named.notes[0]
    assert not view(trained, "class-grid", "count=1").notes


def test_a_class_grid_that_cannot_be_made_says_why(small_run: Small) -> None:
    cvae = small_run("cvae")
    with pytest.raises(NotApplicableError, match="decodes without a class"):
        view(small_run("vae"), "class-grid")
    with pytest.raises(SettingsError, match="no class 'Bag'"):
        view(cvae, "class-grid", "classes=Bag")
    with pytest.raises(SettingsError, match="two ends"):
        view(cvae, "class-grid", "source=path", "count=1")
    names = tuple(f"species {number}" for number in range(1000))
    thousand = replace(cvae, info=cvae.info.model_copy(update={"class_names": names}))
    with pytest.raises(SettingsError, match="more than 4,096 images"):
        view(thousand, "class-grid", "most=1000", "count=5")
    without = Trained.load(cvae.path, with_data=False)
    assert view(without, "class-grid", "source=held-out", "count=2").originals is None


def test_the_map_shows_its_codes_and_says_how_many(small_run: Small) -> None:
    trained = small_run("vae")
    result = view(trained, "map")
    assert result.method == "dims" and np.array_equal(result.coords, trained.codes["train"].loc)
    assert np.array_equal(result.groups, trained.codes["train"].labels)
    some = view(trained, "map", "part=test", "limit=50", "method=pca")
    assert len(some.coords) == 50 and "50 of 898" in some.subtitle
    images = trained.images("test").images[some.index]
    again = view(trained, "map", "part=test", "limit=50", "color_by=error")
    rows = np.isin(trained.codes["test"].index, again.index)
    difference = decoded(trained, trained.codes["test"].loc[rows]) - images / 255.0
    assert np.allclose(again.values, np.sqrt((difference**2).mean((1, 2, 3))))


def test_the_map_names_what_it_cannot_be_coloured_by(small_run: Small) -> None:
    with pytest.raises(NotApplicableError, match="no KL"):
        view(small_run("ae"), "map", "color_by=kl")
    with pytest.raises(SettingsError, match="no such column"):
        view(small_run("ae"), "map", "color_by=colour")
    assert view(small_run("ae"), "map", "color_by=none").groups is None


def test_the_map_tells_what_a_reader_must_know(small_run: Small) -> None:
    started = view(small_run("ad", "model.code_init=per-class"), "map")
    assert "Codes started by label carry the label" in started.notes
    wide = view(small_run("conv-ae"), "map", "method=pca")
    assert "The code has 8 numbers, 4 for each of 2 latent channels" in wide.notes


def test_tsne_is_watched_while_it_converges_and_repeats(small_run: Small) -> None:
    from latentexplorer.core.events import ProjectionMoved

    trained = small_run("vae", "model.latent_dim=5")
    events: list[object] = []
    settings = settings_from("map", ["method=tsne"])
    first = load_view("map").compute(trained, settings, emit=events.append)
    moved = [event for event in events if isinstance(event, ProjectionMoved)]
    assert moved and moved[-1].coords.shape == (60, 2)
    assert np.array_equal(first.coords, view(trained, "map", "method=tsne").coords)


def test_work_stops_when_asked(small_run: Small) -> None:
    stop = StopToken()
    stop.request()
    for kind in ("latent-grid", "traversal", "interpolation", "reconstructions", "samples"):
        with pytest.raises(Stopped):
            view(small_run("vae"), kind, stop=stop)


def test_loss_leaves_out_what_a_family_does_not_have_and_smooths_without_bias(small_run: Small) -> None:
    with_kl = view(small_run("vae"), "loss")
    assert {(c.quantity, c.part) for c in with_kl.curves} == {
        (quantity, part) for quantity in ("loss", "recon", "kl", "rmse") for part in ("train", "test")
    }
    assert {c.quantity for c in view(small_run("ae"), "loss").curves} == {"loss", "rmse"}
    ad = small_run("ad", "model.code_penalty=1")
    assert {c.quantity for c in view(ad, "loss").curves} == {"loss", "recon", "rmse", "penalty"}
    assert [c.quantity for c in view(ad, "loss", "curves=['penalty']", "part=train").curves] == ["penalty"]
    with pytest.raises(SettingsError, match="no curve 'penalti'"):
        view(ad, "loss", "curves=['penalti']")
    with pytest.raises(NotApplicableError, match=r"Choose among loss, recon, kl, rmse$"):
        view(small_run("vae"), "loss", "curves=['penalty']")
    smooth = view(small_run("vae"), "loss", "smoothing=0.5", "curves=['loss']", "part=train").curves[0]
    assert smooth.values[0] == smooth.raw[0]
    assert smooth.values[1] == pytest.approx((smooth.raw[0] + 2 * smooth.raw[1]) / 3)


def test_curves_of_the_loss_add_up_or_it_says_with_which_weights(small_run: Small) -> None:
    counted, bound, last = view(small_run("vae"), "loss").notes
    assert counted.startswith("Held-out curves are of 40 of ") and "while the model still learned" in last
    assert bound == "Total = −ELBO, an upper bound on −log p(x)"
    assert "bounds nothing" in view(small_run("ad"), "loss").notes[1]
    beta = small_run("vae", "model.beta=0.5", "model.kl_warmup=1", "model.free_bits=0.1")
    assert view(beta, "loss").notes[1] == "Total = Reconstruction + 0.5 × KL (at least 0.1 a dimension)"
    assert "not the ELBO" in view(beta, "loss").notes[2]
    tc = small_run("tc-vae")
    assert view(tc, "loss").notes[1] == "Total = Reconstruction + KL + 5 × Total correlation"
    for run, weighted in ((small_run("vae"), set()), (beta, {"Weighted KL"}), (tc, {"Weighted total correlation"})):
        curves = view(run, "loss").curves
        assert {curve.title for curve in curves if curve.weighted} == weighted
        for part in ("train", "test"):
            # In every epoch, also while the weight of the KL grows.
            terms = {curve.quantity: curve.values for curve in curves if curve.part == part}
            total = terms["recon"] + terms["kl"] + terms.get("tc", 0)
            np.testing.assert_allclose(terms["loss"], total, rtol=1e-5)
    # Without the total a term is what it is.
    (kl,) = view(beta, "loss", "curves=['kl']", "part=train").curves
    assert not kl.weighted and kl.title == "KL" and np.array_equal(kl.values, beta.history.column("train_kl"))


def test_runs_are_compared_on_the_same_images(small_run: Small) -> None:
    first, second = small_run("vae"), small_run("conv-ae")
    result = view(first, "comparison", f"runs=['{second.path}']", "count=3")
    assert [entry.name for entry in result.entries] == [first.name, second.name]
    assert "8 numbers" in result.entries[1].text
    for run, entry in zip((first, second), result.entries, strict=True):
        assert np.array_equal(entry.images, decoded(run, run.codes["test"].loc[:3]))
    maps = view(first, "comparison", f"runs=['{second.path}']", "show=maps", "method=pca")
    assert [len(entry.map.coords) for entry in maps.entries] == [898, 898]
    curves = view(first, "loss", f"runs=['{second.path}']")
    assert set(curves.runs) == {first.name, second.name}


def test_curves_of_another_run_stand_on_an_axis_only_where_they_can_be_held_against_the_first(small_run: Small) -> None:
    run, alike, point, size = (
        small_run(*how) for how in (("vae",), ("vae", "training.seed=3"), ("ae",), ("vae", "data.size=12"))
    )
    both = {"loss", "recon", "kl", "rmse"}
    for other, shown, said in ((alike, both, ""), (point, {"rmse"}, "another loss"), (size, set(), "other images")):
        found = view(run, "loss", f"runs=['{other.path}']")
        first, second = found.runs
        assert {curve.quantity for curve in found.curves if curve.run == second} == shown
        assert {curve.quantity for curve in found.curves if curve.run == first} == both
        assert [said in note for note in found.notes if second in note] == [True] * bool(said)


def test_a_run_trained_on_other_images_is_asked_anew(small_run: Small) -> None:
    first, other = small_run("vae"), small_run("vad", "data.seed=5")
    result = view(first, "comparison", f"runs=['{other.path}']", "count=2")
    assert result.entries[1].images.shape == (2, 8, 8, 1)
    with pytest.raises(SettingsError, match="12 x 12"):
        view(first, "comparison", f"runs=['{small_run('vae', 'data.size=12').path}']")


def test_runs_that_count_their_classes_otherwise_are_compared_by_their_names(small_run: Small, tmp_path: Path) -> None:
    digits = np.concatenate([part.images[:12] for part in (small_run("vae").data.train, small_run("vae").data.test)])
    runs = []
    for names in (["a", "b"], ["b", "a"]):
        labels = np.arange(24) % 2 if names[0] == "a" else 1 - np.arange(24) % 2
        path = tmp_path / f"{names[0]}.npz"
        np.savez(path, images=digits, labels=labels, class_names=np.array(names))
        runs.append(small_run("cvae", "data.name=images", f"data.path={path}"))
    first, second = runs
    result = view(first, "comparison", f"runs=['{second.path}']", "part=test", "count=4")
    z = infer(second, result.originals, 1 - result.labels).codes.loc
    assert np.array_equal(result.entries[1].images, second.decode(z, 1 - result.labels))
    maps = [entry.map for entry in view(first, "comparison", f"runs=['{second.path}']", "show=maps").entries]
    assert maps[0].group_names == maps[1].group_names == ("a", "b")
    for run, found in zip(runs, maps, strict=True):
        assert np.array_equal(found.groups, run.images("test").ids[found.index] % 2)


def test_separated_parts_stand_in_the_order_of_their_originals(small_run: Small) -> None:
    for mixture in ("difference", "sum"):
        trained = small_run("separation-ae", f"model.mixture={mixture}")
        result = view(trained, "separation", "count=4")
        images = trained.images("test").images
        assert np.array_equal(result.originals[:, 0], images[result.index[:, 0]])
        assert np.array_equal(result.originals[:, 1], images[result.index[:, 1]])
        a, b = (result.originals[:, at] / 255.0 for at in range(2))
        mixed = (a - b + 1) / 2 if mixture == "difference" else (a + b) / 2
        assert np.allclose(result.mixtures, mixed, atol=1e-6)
        both = np.concatenate([result.components[:, 0], result.components[:, 1]], axis=2)
        straight = decoded(trained, trained.codes["test"].loc[:4])
        swapped = np.concatenate([straight[:, :, 8:], straight[:, :, :8]], axis=2)
        goal = np.concatenate([result.originals[:, 0], result.originals[:, 1]], axis=2) / 255.0
        for at in range(4):
            off, other = (np.abs(parts[at] - goal[at]).mean() for parts in (straight, swapped))
            crossed = mixture == "sum" and other < off
            assert np.array_equal(both[at], swapped[at] if crossed else straight[at])


def test_explained_variance_is_that_of_the_images_for_pca_and_of_the_codes_for_others(small_run: Small) -> None:
    trained = small_run("pca", "model.latent_dim=6")
    result = view(trained, "explained-variance")
    x = trained.images("train").images.reshape(60, -1) / 255.0
    variance = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    assert result.of == "images" and np.allclose(result.share, (variance / variance.sum())[:6], atol=1e-4)
    codes = view(small_run("vae", "model.latent_dim=5"), "explained-variance")
    assert codes.of == "codes" and codes.cumulative[-1] == pytest.approx(1) and (np.diff(codes.kl) <= 0).all()


def test_the_effect_of_a_dimension_is_of_the_models_own_decodes(small_run: Small) -> None:
    """A linear decoder moves by its weights, whatever the code; columns of the data are named beside classes."""
    trained = small_run("pca", "data.name=shapes", "data.count=120", "data.limit=120", "model.latent_dim=3")
    result = view(trained, "dimension-effect")
    loc = trained.codes["train"].loc
    taken = np.quantile(loc, np.linspace(0.05, 0.95, 5), axis=0, method="inverted_cdf")
    axes = decoded(trained, np.eye(3, dtype=np.float32)) - decoded(trained, np.zeros((1, 3), np.float32))
    assert result.effect.change == pytest.approx(taken.std(0) * np.sqrt(np.square(axes).mean((1, 2, 3))), rel=1e-3)
    images = trained.images("train").images / 255
    assert result.deviation == pytest.approx(np.sqrt(images.var(0).mean()))
    assert result.share(0) == pytest.approx(result.effect.change[0] / result.deviation)
    # The column of shapes is the classes, and is not told twice.
    assert set(result.correlations.names) == {
        *(f"class = {name}" for name in trained.class_names), "size", "angle", "x", "y"
    }  # fmt: skip
    assert {result.goes_with(dim).column for dim in (0, 1)} == {"x", "y"}
    assert all(result.goes_with(dim).low * result.goes_with(dim).high > 0 for dim in (0, 1))


def test_codes_that_were_started_by_class_go_with_it_and_that_is_said(small_run: Small) -> None:
    """Not what the model has found: it would be there before the first step."""
    for start in ("per-class", "normal"):
        result = view(small_run("ad", f"model.code_init={start}", "data.limit=400"), "dimension-effect", "codes=4")
        told = "Codes started by label carry the label"
        assert (told in result.notes) == (told in _brief(result, result.epoch)) == (start == "per-class")


def test_an_earlier_epoch_can_be_looked_back_at(small_run: Small) -> None:
    trained = small_run("vae")
    earlier = view(trained, "latent-grid", "epoch=1", "n=3")
    assert not np.array_equal(earlier.images, view(trained, "latent-grid", "n=3").images)
    assert "epoch 1" in earlier.subtitle
    assert np.array_equal(
        earlier.images.reshape(9, 8, 8, 1), Trained.load(trained.path, epoch=1).decode(earlier.codes.reshape(9, 2))
    )


def test_a_wrong_setting_is_named() -> None:
    with pytest.raises(SettingsError, match=r"perplexty.*perplexity"):
        settings_from("map", ["perplexty=3"])
    with pytest.raises(SettingsError, match="perplexity = 0"):
        settings_from("map", ["perplexity=0"])
    with pytest.raises(SettingsError, match=r"dims = .*; n = 1000"):
        settings_from("latent-grid", ["n=1000", "dims=[1, 2, 3]"])
    with pytest.raises(SettingsError, match="smaller"):
        settings_from("latent-grid", ["x_range=[3, -3]"])
    with pytest.raises(SettingsError, match="latent-grid"):
        settings_from("latentgrid", [])


@pytest.mark.parametrize("kind", VIEWS.names)
def test_every_setting_is_described_for_form_and_help(kind: str) -> None:
    for name, field in load_view(kind).settings.model_fields.items():
        assert field.title and field.description, f"{kind}.{name}"


def test_settings_are_known_before_torch_is_loaded() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from latentexplorer.views import VIEWS, settings_class; "
        "[settings_class(view.name) for view in VIEWS]; sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_run_without_its_data_shows_what_codes_and_decoder_can(small_run: Small) -> None:
    trained = Trained.load(small_run("vae").path, with_data=False)
    shown = view(trained, "interpolation", "start=train:1", "end=train:2")
    assert shown.start.original is None and len(shown.images) == 10
    kinds = ("map", "latent-grid", "traversal", "samples", "class-decodes", "explained-variance", "loss")
    for kind in (*kinds, "dimension-effect"):
        assert view(trained, kind, *(("method=pca",) if kind == "map" else ())).title
    for kind, changes in (("gallery", ()), ("reconstructions", ()), ("map", ("color_by=error",))):
        with pytest.raises(DataError) as error:
            view(trained, kind, *changes)
        assert "not there" in str(error.value) and "\n" not in str(error.value)


def test_a_run_of_one_image_has_its_views(small_run: Small) -> None:
    trained = small_run("vae", "data.limit=1")
    assert view(trained, "map").coords.shape == (1, 2)
    assert len(view(trained, "reconstructions", "part=train").images) == 1
    assert view(trained, "latent-grid", "n=2").images.shape[:2] == (2, 2)
    assert len(view(trained, "gallery").images) == 1
    with pytest.raises(NotApplicableError, match="no variance"):
        view(trained, "explained-variance")


def test_a_map_is_gone_on_with_recoloured_and_shown_in_part(small_run: Small) -> None:
    from latentexplorer.views.map import recolor, resume

    vae = small_run("vae")

    short = view(vae, "map", "method=tsne", "steps=20", "limit=60")
    longer = resume(short, 40)
    assert longer.projection.step == 40
    assert not np.array_equal(longer.coords, short.coords)
    np.testing.assert_array_equal(longer.index, short.index)
    by_error = recolor(vae, longer, settings_from("map", ["color_by=error"]))
    np.testing.assert_array_equal(by_error.coords, longer.coords)
    fresh = view(vae, "map", "method=pca", "limit=60", "color_by=error")
    np.testing.assert_allclose(by_error.values, fresh.values)
    part = view(vae, "map", "method=pca", 'hide=["3", "7"]')
    assert not np.isin(part.labels, (3, 7)).any()
    assert len(part.index) < len(part.projection.index)
    with pytest.raises(SettingsError, match="no group"):
        view(vae, "map", "method=pca", 'hide=["Trousers"]')


def test_the_originals_of_a_mixtures_code_are_those_it_was_encoded_from(small_run: Small) -> None:
    from latentexplorer.models import to_batch
    from latentexplorer.views.pick import pick_code

    trained = small_run("separation-ae")
    codes = trained.codes["train"]
    for row in (0, len(codes) - 1):
        both = pick_code(trained, f"train:{codes.index[row]}").original
        first, second = np.split(both, 2, axis=1)
        batch = to_batch(first[None])
        batch.partner = to_batch(second[None]).x
        np.testing.assert_allclose(trained.model.posterior(batch).mean[0].numpy(), codes.loc[row], atol=1e-4)


def test_a_tsne_says_what_lays_it_out_again_as_far_as_it_has_come(small_run: Small) -> None:
    from latentexplorer.views.map import resume

    vae = small_run("vae")
    stopped = view(vae, "map", "method=tsne", "steps=90", "stopped=20", "limit=60", "perplexity=7", "seed=4")
    assert stopped.tsne_settings == {"perplexity": 7, "steps": 90, "seed": 4, "stopped": 20}
    # The steps that pull harder stay those of the first plan, which is no third of the new one.
    longer = resume(stopped, 40)
    assert longer.tsne_settings == {"perplexity": 7, "steps": 40, "seed": 4, "early": 30}
    again = view(
        vae, "map", "method=tsne", "limit=60", *(f"{key}={value}" for key, value in longer.tsne_settings.items())
    )
    np.testing.assert_array_equal(again.coords, longer.coords)
    assert view(vae, "map", "method=pca").tsne_settings == {}


def test_before_it_moves_a_map_stands_by_its_principal_components(small_run: Small) -> None:
    from latentexplorer.views.map import beginning, compute

    vae = small_run("vae")
    settings = settings_from("map", ["method=tsne", "steps=20", "limit=60"])
    begun, done = beginning(vae, settings), compute(vae, settings)
    assert begun.method == "tsne" and begun.same_points(done)
    np.testing.assert_array_equal(begun.coords, view(vae, "map", "method=pca", "limit=60").coords)
    assert not begun.same_points(view(vae, "map", "method=pca", "part=test", "limit=60"))
    by_error = view(vae, "map", "method=pca", "limit=60", "color_by=error")
    colored = done.colored_as(by_error)
    np.testing.assert_array_equal(colored.coords, done.coords)
    np.testing.assert_array_equal(colored.values, by_error.values)
    assert colored.groups is None and colored.color_title == by_error.color_title
