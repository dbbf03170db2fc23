"""A run epoch by epoch: what is shown is the run at that epoch, for every family; or why there is nothing."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentexplorer.core.catalog import FAMILIES
from latentexplorer.core.errors import NotApplicableError
from latentexplorer.figures.animation import export_animation
from latentexplorer.latent.evaluation import as_json
from latentexplorer.latent.over_epochs import same_images
from latentexplorer.runs import Trained
from latentexplorer.views import latent_grid, time_machine
from latentexplorer.views import map as map_view
from latentexplorer.views.palette import class_color
from latentexplorer.views.time_machine import Settings

Small = Callable[..., Trained]


@pytest.mark.parametrize("family", FAMILIES.names)
def test_every_family_shows_its_epochs_or_says_why_not(small_run: Small, family: str) -> None:
    run = small_run(family)
    if not run.config.model.kind.gradient:
        with pytest.raises(NotApplicableError, match="solved at once"):
            time_machine.compute(run, Settings())
        return
    found = time_machine.compute(run, Settings(count=2, n=2))
    assert found.epochs.tolist() == [1, 2] and found.moved[0] > 0 == found.moved[1]
    then = Trained.load(run.path, epoch=1, with_data=False)
    first, last = found.maps
    assert first.area == last.area and first.axes == last.axes and first.same_points(last)
    held = np.intersect1d(then.codes["test"].index, run.codes["test"].index)[:2]
    codes = same_images(then.codes["test"], held)
    y = codes.labels if run.config.model.kind.conditional else None
    np.testing.assert_allclose(found.images[0], then.decode(codes.loc, y, clamped=False), atol=1e-5)
    assert (found.originals is None) == run.config.model.kind.separates
    json.dumps(as_json(found.numbers))


@pytest.mark.parametrize("seed", range(3))
def test_an_epoch_is_what_a_training_that_ended_with_it_has_learned(small_run: Small, seed: int) -> None:
    """Nothing is read back that was kept: another run of the same seed is trained for fewer epochs."""
    chosen = (f"training.seed={seed}", "model.latent_dim=3")
    run = small_run("vae", *chosen, "training.epochs=3", "training.snapshots=3")
    found = time_machine.compute(run, Settings(count=3, n=3, method="dims"))
    plane = latent_grid.compute(run, latent_grid.Settings(n=3)).codes.reshape(9, -1)
    kept = (Trained.load(run.path, epoch=epoch, with_data=False).codes["test"].index for epoch in (1, 2))
    shown = reduce(np.intersect1d, (run.codes["test"].index, *kept))[:3]
    assert found.epochs.tolist() == [1, 2, 3]
    for at, epoch in enumerate(found.epochs):
        ended = run if epoch == 3 else small_run("vae", *chosen, f"training.epochs={epoch}")
        assert ended.epoch == epoch
        train, test = ended.codes_of("train"), same_images(ended.codes_of("test"), shown)
        np.testing.assert_array_equal(found.maps[at].coords, same_images(train, found.maps[at].index).loc[:, :2])
        images = ended.decode(test.loc, clamped=False)
        np.testing.assert_allclose(found.images[at], images, atol=1e-6)
        x = run.images("test").images[shown] / 255
        np.testing.assert_allclose(found.errors[at], np.sqrt(np.square(images - x).mean((1, 2, 3))), rtol=1e-4)
        there = ended.decode(plane, clamped=False).reshape(found.planes[at].shape)
        np.testing.assert_allclose(found.planes[at], there, atol=1e-6)
    assert not np.array_equal(found.images[0], found.images[1])


def test_map_and_grid_of_an_epoch_lie_in_the_frame_of_the_end(small_run: Small) -> None:
    from latentexplorer.latent.geometry import principal

    run = small_run("ae", "model.latent_dim=4")
    then = Trained.load(run.path, epoch=1, with_data=False)
    shown = map_view.compute(run, map_view.Settings(method="pca", epoch=1))
    along = principal(run.codes["train"].loc, 2)
    np.testing.assert_allclose(shown.coords, along.coordinates(then.codes["train"].loc), atol=1e-4)
    assert any("end" in note for note in shown.notes)
    ends, begins = (latent_grid.compute(run, latent_grid.Settings(n=2, epoch=epoch)) for epoch in (None, 1))
    np.testing.assert_array_equal(ends.codes, begins.codes)
    assert not np.array_equal(ends.images, begins.images)


def test_tsne_is_one_map_of_the_codes_of_all_epochs(small_run: Small, tmp_path: Path) -> None:
    from latentexplorer.latent.projection import project

    run = small_run("vae", "model.latent_dim=4")
    first, last = time_machine.compute(run, Settings(method="tsne", count=0, n=0, seed=3)).maps
    then = Trained.load(run.path, epoch=1, with_data=False)
    states = [same_images(state.codes["train"], first.index).loc for state in (then, run)]
    one = project(np.concatenate(states), "tsne", seed=3)
    np.testing.assert_allclose(np.concatenate([first.coords, last.coords]), one.coords, atol=1e-4)
    assert first.area == last.area and first.axes == last.axes == ("", "") and first.same_points(last)
    # An empty place of an epoch is decoded by codes of that epoch.
    z, _ = first.projection.code_at(first.coords[5])
    np.testing.assert_array_equal(z, states[0][5])
    path = export_animation(run, tmp_path / "a.gif", ["method=tsne", "count=1", "n=0"], kind="time-machine")
    with Image.open(path) as film:
        assert film.n_frames == 2


def test_classes_keep_their_colours_in_a_film_of_few_colours(small_run: Small, tmp_path: Path) -> None:
    path = export_animation(small_run("vae"), tmp_path / "a.gif", ["count=4", "n=4"], kind="time-machine")
    with Image.open(path) as film:
        pixels = np.unique(np.asarray(film.convert("RGB")).reshape(-1, 3), axis=0).astype(int)
    for number in range(10):
        own = np.array([int(class_color(number, dark=False)[at : at + 2], 16) for at in (1, 3, 5)])
        assert np.abs(pixels - own).max(1).min() <= 8, number


def test_extremes_have_their_film_too(small_run: Small, tmp_path: Path) -> None:
    wide = small_run("vae", "model.latent_dim=128")
    path = export_animation(wide, tmp_path / "a.gif", ["count=1", "n=2"], kind="time-machine")
    with Image.open(path) as film:
        assert film.n_frames == 2
    line = small_run("vae", "model.latent_dim=1")
    assert not time_machine.compute(line, Settings()).planes.size
    bare = dataclasses.replace(line, data=None)
    found = time_machine.compute(bare, Settings(count=0))
    assert found.originals is None and found.errors is None


def test_why_there_is_nothing_to_go_through(small_run: Small, tmp_path: Path) -> None:
    run = small_run("vae")
    with pytest.raises(NotApplicableError, match="not been saved"):
        time_machine.compute(dataclasses.replace(run, path=None), Settings())
    bare = tmp_path / "bare"
    shutil.copytree(run.path, bare)
    shutil.rmtree(bare / "snapshots")
    with pytest.raises(NotApplicableError, match="kept no states") as caught:
        time_machine.compute(dataclasses.replace(run, path=bare), Settings())
    assert "training.snapshots" in str(caught.value.todo)
