"""What a map is true to: colours and numbers of kept neighbours, distances as shades, and what not to read into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.latent.preservation import preservation
from latentexplorer.runs import Trained
from latentexplorer.views.map import recolor
from latentexplorer.views.map_distances import SHADES, DistanceShades
from latentexplorer.views.map_preservation import caution
from latentexplorer.views.registry import load_view, settings_from

Small = Callable[..., Trained]


def view(trained: Trained, *changes: str) -> object:
    return load_view("map").compute(trained, settings_from("map", changes))


def test_nearly_all_of_the_variance_is_not_all_of_it(small_run: Small) -> None:
    run = small_run("ae", "model.latent_dim=3")
    z = np.random.default_rng(0).normal(size=(len(run.codes["train"]), 3)) * (1, 1, 0.05)
    flat = replace(run, codes={"train": replace(run.codes["train"], loc=np.float32(z))})
    assert "shows 99.9 % of the variance" in caution(view(flat, "method=pca"))


@pytest.mark.parametrize("measure", ["kept", "trustworthiness", "continuity"])
def test_a_map_is_coloured_by_how_well_it_keeps_neighbours(small_run: Small, measure: str) -> None:
    run = small_run("vae", "model.latent_dim=4")
    result = view(run, "method=pca", "limit=50", f"color_by={measure}", "neighbours=7")
    made = result.projection
    expected = preservation(made.codes, made.coords, 7)
    np.testing.assert_array_equal(result.values, expected.values(measure))
    assert result.groups is None and "7 neighbours" in result.color_title
    assert "from all 50 points" in result.description and caution(result) in result.notes
    classes = view(run, "method=pca", "limit=50")
    assert classes.preservation is None and not any("eighbours" in note for note in classes.notes)
    again = recolor(run, classes, settings_from("map", [f"color_by={measure}", "neighbours=7"]), queries=20)
    assert np.isfinite(again.values).sum() == len(again.preservation.rows) == 20
    back = recolor(run, again, settings_from("map", []))
    assert back.color_title == "class" and back.preservation is None


@pytest.mark.parametrize("family", FAMILIES.names)
def test_every_family_says_what_not_to_read_into_its_map(small_run: Small, family: str) -> None:
    result = view(small_run(family), "method=pca", "limit=60", "color_by=kept")
    assert 0 <= np.nanmin(result.values) <= np.nanmax(result.values) <= 1
    words = caution(result)
    whole = result.projection.codes.shape[1] <= 2
    assert ("whole code" in words) if whole else (f"{100 * sum(result.projection.found.share):.0f} %" in words)


def test_what_not_to_read_depends_on_the_method(small_run: Small) -> None:
    run = small_run("vae", "model.latent_dim=4")
    of = {name: caution(view(run, f"method={name}", "steps=20", "limit=60")) for name in ("tsne", "pca", "dims")}
    assert "sizes of clusters" in of["tsne"]
    assert "of the variance" in of["pca"]
    assert "2 of 4 dimensions" in of["dims"]


def test_two_codes_have_no_neighbourhoods(small_run: Small) -> None:
    with pytest.raises(NotApplicableError, match="three points"):
        view(small_run("vae"), "method=pca", "limit=2", "color_by=kept")


def test_the_point_itself_is_no_end_of_the_scale() -> None:
    shaded = DistanceShades().to(np.array([[0.0], [5.0], [7.0]], np.float32), 0)
    assert 5 <= shaded.low < shaded.high <= 7 and shaded.shades.tolist() == [0, 0, SHADES - 1]


@pytest.mark.parametrize("count, dims", [(60_000, 16), (500, 128), (2, 3), (1, 1)])
def test_shades_tell_the_true_order_of_distances(count: int, dims: int) -> None:
    codes = np.random.default_rng(0).normal(7, 2, (count, dims)).astype(np.float32)
    shaded = DistanceShades().to(codes, count // 2)
    away = np.linalg.norm(codes.astype(float) - codes[count // 2], axis=1)
    order = np.argsort(away)
    assert shaded.shades.shape == (count,) and shaded.shades[count // 2] == 0
    # Rounding may put two that are nearly as far into shades the other way round.
    assert (np.diff(shaded.shades[order]) >= -1).all()
    assert 0 <= shaded.shades.min() <= shaded.shades.max() < SHADES
    if count > 2:
        assert shaded.low < shaded.high
        assert shaded.high == pytest.approx(np.quantile(np.delete(away, count // 2), 0.99), rel=1e-3)
