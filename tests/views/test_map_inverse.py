"""Places of a map decoded, and how wrong that will be, for every family."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.core.events import Notice
from latentexplorer.runs import Trained
from latentexplorer.runs.kept_inverses import MOST
from latentexplorer.runs.tensor_file import TensorFile, write_tensors
from latentexplorer.views import settings_from
from latentexplorer.views.map_inverse import VIEW, compute, keep, map_of, measured
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


def test_what_was_measured_is_kept_with_the_run_for_the_same_codes_alone(small_run: Small, tmp_path: Path) -> None:
    path = tmp_path / "run"
    shutil.copytree(small_run("vae", "model.latent_dim=3").path, path)
    trained = Trained.load(path)
    made = map_of(trained, settings_from("map-inverse", ("method=pca",)))
    first = measured(trained, made.projection, "train")
    assert keep(trained, first) == ""
    # Of a run that was opened again, laid out again: it is the one that was kept, and fewer ways of it do.
    trained = Trained.load(path, with_data=False)
    same = map_of(trained, settings_from("map-inverse", ("method=pca",)))
    heard: list[object] = []
    again = measured(trained, same.projection, "train", ways=("network", "nearest"), emit=heard.append)
    assert not heard and set(again.errors) == set(first.errors) and again.chance == first.chance
    places = same.coords[:5] + np.float32(0.1)
    for way in first.errors:
        assert np.array_equal(again.predicted(way, places).pixel, first.predicted(way, places).pixel)
        assert np.array_equal(again.code_at(way, places[2])[0], first.code_at(way, places[2])[0])
    for method, part, seed in (("dims", "train", 0), ("pca", "test", 0), ("pca", "train", 1)):
        other = map_of(trained, settings_from("map-inverse", (f"method={method}", f"part={part}")))
        assert set(measured(trained, other.projection, part, ways=("nearest",), seed=seed).errors) == {"nearest"}
    for seed in range(1, MOST + 3):
        assert keep(trained, first, seed) == ""
    assert len(list((path / "maps").iterdir())) == MOST


@pytest.mark.parametrize("harm", ["cut", "numbers", "rows", "shapes", "facts", "link", "waves"])
def test_what_was_kept_and_is_damaged_is_said_and_measured_anew(small_run: Small, tmp_path: Path, harm: str) -> None:
    path = tmp_path / "run"
    shutil.copytree(small_run("vae", "model.latent_dim=3").path, path)
    trained = Trained.load(path)
    made = map_of(trained, settings_from("map-inverse", ("method=pca",)))
    first = measured(trained, made.projection, "train", ways=("nearest",))
    if harm == "waves":
        first = measured(trained, made.projection, "train", ways=("nearest", "network"))
    assert keep(trained, first) == ""
    (file,) = (path / "maps").iterdir()
    content = TensorFile(file)
    tensors, facts = content.read(content.shapes), content.info
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    elif harm == "link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        tensors["pixel"][0, 0] = float("nan") if harm == "numbers" else 0.1
        tensors["rows"][0] = 10_000 if harm == "rows" else 0
        tensors["gaps"] = tensors["gaps"][1:] if harm == "shapes" else tensors["gaps"]
        if harm == "waves":
            tensors["waves"] = tensors["waves"].sum()
        write_tensors(file, tensors, facts | ({"chance": [-1, "x"]} if harm == "facts" else {}))
    heard: list[object] = []
    again = measured(trained, made.projection, "train", ways=("nearest",), emit=heard.append)
    told = [event.text for event in heard if isinstance(event, Notice)]
    assert len(told) == 1 and all("is not used" in text for text in told)
    assert np.array_equal(again.errors["nearest"].pixel, first.errors["nearest"].pixel)
