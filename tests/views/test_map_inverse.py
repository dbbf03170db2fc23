"""Places of a map decoded, and how wrong that will be, for every family."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.runs import Trained
from latentexplorer.views import settings_from
from latentexplorer.views.map_inverse import VIEW, compute
from latentexplorer.views.map_places import places_of_map

Small = Callable[..., Trained]


@pytest.mark.parametrize("family", FAMILIES.names)
def test_errors_are_those_of_the_familys_own_decodes(small_run: Small, family: str) -> None:
    trained = small_run(family, "model.latent_dim=3")
    settings = settings_from("map-inverse", ("method=pca", "way=nearest", "cells=8"))
    result = compute(trained, settings)
    inverse, codes = result.inverse, trained.codes["train"]
    assert result.errors.shape[1] == 8 and np.nanmax(result.errors) > 0
    # Of a code that was hidden: its decode beside that of the one nearest to it on what was left of the map.
    tried, error = inverse.tried, inverse.errors["nearest"]
    row = int(tried.rows[5])
    away = np.linalg.norm(result.coords - result.coords[row], axis=1)
    left = int(np.flatnonzero(np.isclose(away, tried.gaps[5], rtol=1e-4))[0])
    y = None
    if trained.config.model.kind.conditional:
        y = codes.labels[[row, row]]
    true, guess = trained.decode(codes.loc[[row, left]], y, clamped=False)
    assert error.pixel[5] == pytest.approx(np.sqrt(np.square(true - guess).mean()), rel=1e-3)
    assert error.code[5] == pytest.approx(np.linalg.norm(codes.loc[row] - codes.loc[left]), rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        (("method=pca",), "exact"),
        (("method=dims", "part=test"), "exact"),
        (("method=tsne", "steps=20"), "neighbours"),
        (("method=tsne", "steps=20", "way=network", "unit=codes"), "network"),
        (("epoch=1",), "exact"),
    ],
)
def test_a_way_is_taken_as_a_click_takes_it_unless_another_is_asked_for(
    small_run: Small, changes: tuple[str, ...], way: str
) -> None:
    trained = small_run("vae", "model.latent_dim=3")
    result = compute(trained, settings_from("map-inverse", changes))
    assert result.way == way and {"nearest", "neighbours", way} == set(result.inverse.errors)
    left, right, bottom, top = result.extent
    assert left < result.coords[:, 0].min() and result.coords[:, 1].max() < top and bottom < top and left < right
    assert any("hidden code" in note and "at random" in note for note in result.notes)
    assert result.overall == result.inverse.overall(way)["unit=codes" not in changes]
    assert VIEW.settings is type(settings_from("map-inverse"))


def test_places_have_codes_and_errors_and_those_that_cannot_are_told_why(small_run: Small) -> None:
    trained = small_run("vae", "model.latent_dim=2")
    point = trained.codes["train"].loc[3]
    found = places_of_map(trained, settings_from("map-inverse", ()), np.array([point, [50, 50]]))
    assert found.way == "exact" and found.codes[0] == pytest.approx(point, abs=1e-5)
    told = found.to_json()
    assert [place["beyond_what_was_tried"] for place in told["places"]] == [False, True]
    assert set(told["held_out"]) == {"exact", "nearest", "neighbours"}
    assert told["held_out"]["exact"]["pixel_rmse"] < 1e-5 < told["at_random"]["pixel_rmse"]
    assert found.lines[0].startswith(f"({point[0]:g}, {point[1]:g}) exact: pixel error about 0 here")
    assert "at least" in found.lines[1]
    for changes, why in (
        (("method=tsne", "steps=5", "way=exact"), "no exact inverse"),
        (("limit=10",), "from 10 codes"),
    ):
        with pytest.raises(NotApplicableError, match=why):
            places_of_map(trained, settings_from("map-inverse", changes), np.zeros((1, 2)))
